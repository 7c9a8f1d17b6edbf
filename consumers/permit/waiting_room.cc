// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/waiting_room.h"

#include <fmt/format.h>

#include "consumers/permit/access.h"
#include "schemas/limits.h"

namespace z5::permit {

using SteadyClock = std::chrono::steady_clock;

WaitingRoom::WaitingRoom(projections::Projector& projector, std::chrono::nanoseconds max_lag)
    : projector_(projector), max_lag_(max_lag) {
  projector_.on_advance([this](const chain::Head& head) {
    const std::lock_guard lock(mutex_);
    size_ = head.size();
    if (!waiting_.empty()) changed_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

WaitingRoom::~WaitingRoom() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Status WaitingRoom::enter(std::uint64_t sequence, Job job) {
  std::uint64_t size = 0;
  if (const auto view = projector_.view(); view.ok()) size = view->head().size();
  const std::lock_guard lock(mutex_);
  if (stopping_ || waiting_.size() >= limits::kMaxWaiting)
    return unavailable("too many requests wait");
  size_ = std::max(size_, size);  // what was applied before on_advance was set
  waiting_.push_back({sequence, SteadyClock::now() + limits::kReadYourWrite, std::move(job)});
  changed_.notify_one();
  return Done{};
}

std::list<WaitingRoom::Waiting> WaitingRoom::take_due(std::uint64_t size) {
  std::list<Waiting> due;
  const auto now = SteadyClock::now();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const auto next = std::next(it);
    if (stopping_ || it->sequence == 0 || it->sequence < size || it->until <= now) {
      due.splice(due.end(), waiting_, it);
    }
    it = next;
  }
  return due;
}

void WaitingRoom::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::list<Waiting> due = take_due(size_);
    if (due.empty() && stopping_) return;
    if (due.empty()) {
      auto until = SteadyClock::time_point::max();
      for (const Waiting& each : waiting_) until = std::min(until, each.until);
      if (waiting_.empty())
        changed_.wait(lock);
      else
        changed_.wait_until(lock, until);
      continue;
    }
    const bool stopping = stopping_;
    lock.unlock();
    for (Waiting& each : due) {
      auto view = fresh_view(projector_, max_lag_);
      const bool there = view.ok() && (each.sequence == 0 || each.sequence < view->head().size());
      if (stopping)
        view = unavailable("the service ends");
      else if (view.ok() && !there) {
        view = unavailable(fmt::format("entry {} has not arrived here yet", each.sequence));
      }
      each.job(std::move(view));
    }
    lock.lock();
  }
}

}  // namespace z5::permit
