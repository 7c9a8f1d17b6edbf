// SPDX-License-Identifier: Apache-2.0
#include "projections/projector.h"

#include <fmt/format.h>

#include "projections/adoption.h"
#include "projections/follower.h"
#include "schemas/limits.h"

namespace z5::projections {

using std::chrono::steady_clock;

Projector::Projector(std::unique_ptr<Store> store, Settings settings)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      follower_(std::make_unique<Follower>(*store_, settings_)),
      size_(store_->view().head().size()),
      caught_up_(steady_clock::now()) {}

Result<std::unique_ptr<Projector>> Projector::start(Settings settings) {
  Z5_CHECK(adopt(settings));
  Z5_TRY(auto store, Store::open(settings.state, settings.trust));
  std::unique_ptr<Projector> projector(new Projector(std::move(store), std::move(settings)));
  Z5_CHECK(projector->follower_->load());
  if (const Status connected = projector->follower_->connect();
      !connected.ok() && connected.error().code != ErrorCode::Unavailable) {
    return connected.error();
  }
  projector->thread_ = std::thread([raw = projector.get()] { raw->run(); });
  if (!projector->verified())
    projector->replay_ = std::thread([raw = projector.get()] { raw->replay(); });
  return projector;
}

Projector::~Projector() { stop(); }

void Projector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  advanced_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (replay_.joinable()) replay_.join();
}

void Projector::run() {
  for (std::unique_lock lock(mutex_); !stopping_ && !ended_;) {
    lock.unlock();
    const auto step = follower_->step(limits::kLogPoll);
    lock.lock();
    if (step.ok()) {
      if (*step != Follower::Step::Gathered) advance(*step == Follower::Step::CaughtUp, lock);
    } else if (step.error().code == ErrorCode::Unavailable && !follower_->failed()) {
      advance(false, lock);  // what came before is written
      advanced_.wait_for(lock, limits::kLogRetry, [&] { return stopping_ || ended_; });
    } else if (!ended_) {
      ended_ = step.error();
      advanced_.notify_all();
      return;
    }
  }
}

void Projector::replay() {
  for (;;) {
    const Status replayed = replay_adopted(*store_, settings_, stopping_);
    std::unique_lock lock(mutex_);
    if (replayed.ok() || stopping_ || ended_) return;
    if (replayed.error().code == ErrorCode::Unavailable) {
      advanced_.wait_for(lock, limits::kLogRetry, [&] { return stopping_ || ended_; });
    } else {
      ended_ = replayed.error();
      advanced_.notify_all();
      return;
    }
  }
}

void Projector::advance(bool caught_up, std::unique_lock<std::mutex>& lock) {
  const chain::Head& head = follower_->head();
  const bool moved = head.size() != size_;
  size_ = head.size();
  if (caught_up) caught_up_ = steady_clock::now();
  if (!moved) return;
  advanced_.notify_all();
  if (const auto called = on_advance_) {
    lock.unlock();
    called(head);
    lock.lock();
  }
}

Result<View> Projector::view_with(std::uint64_t sequence, std::chrono::nanoseconds timeout) const {
  std::unique_lock lock(mutex_);
  advanced_.wait_for(lock, timeout, [&] { return size_ > sequence || ended_ || stopping_; });
  if (ended_) return *ended_;
  if (size_ > sequence) return store_->view();
  return unavailable(
      fmt::format("entry {} is not in the read model yet, which holds {}", sequence, size_));
}

Result<View> Projector::view() const {
  const std::lock_guard lock(mutex_);
  if (ended_) return *ended_;
  return store_->view();
}

std::chrono::nanoseconds Projector::lag() const {
  const std::lock_guard lock(mutex_);
  return steady_clock::now() - caught_up_;
}
std::optional<Error> Projector::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}
void Projector::on_advance(std::function<void(const chain::Head&)> called) {
  const std::lock_guard lock(mutex_);
  on_advance_ = std::move(called);
}

Result<chain::Head> build(Store& store, const Projector::Settings& settings,
                          std::optional<std::uint64_t> until) {
  Follower follower(store, settings);
  Z5_CHECK(follower.load());
  Z5_CHECK(follower.connect());
  for (;;) {
    if (until && follower.head().size() >= *until) break;
    Z5_TRY(const auto step, follower.step(std::chrono::milliseconds(0)));
    if (step == Follower::Step::CaughtUp) break;
  }
  Z5_CHECK(follower.flush());
  if (until && follower.head().size() != *until) {
    return corrupt(fmt::format("the log holds {} entries, and not a group that ends with {}",
                               follower.head().size(), *until));
  }
  return follower.head();
}

}  // namespace z5::projections
