// SPDX-License-Identifier: Apache-2.0
#include "projections/read_ahead.h"

#include <utility>

#include "schemas/limits.h"

namespace z5::projections {

ReadAhead::ReadAhead(std::unique_ptr<chain::ChainReader> log)
    : log_(std::move(log)), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

Result<std::optional<ReadGroup>> ReadAhead::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  // That the log held no more when it was asked before this call says nothing about now.
  if (ready_.empty() && end_ && (end_->ok() || told_)) {
    end_.reset();
    told_ = false;
    timeout_ = timeout;
    asked_.notify_one();
  }
  answered_.wait(lock, [this] { return !ready_.empty() || end_; });
  if (!ready_.empty()) {
    std::optional<ReadGroup> group(std::move(ready_.front()));
    ready_.pop_front();
    ready_bytes_ -= group->bytes;
    asked_.notify_one();
    return group;
  }
  if (end_->ok()) return std::optional<ReadGroup>();
  told_ = true;
  return end_->error();
}

void ReadAhead::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return ending_ || (!end_ && ready_bytes_ < limits::kReadAhead); });
    if (ending_) return;
    const auto timeout = std::exchange(timeout_, std::chrono::milliseconds(0));
    lock.unlock();
    auto group = read(timeout);
    lock.lock();
    if (group.ok() && *group) {
      ready_bytes_ += (*group)->bytes;
      ready_.push_back(std::move(**group));
    } else {
      end_ = group.ok() ? Status(Done{}) : Status(group.error());
    }
    answered_.notify_one();
  }
}

Result<std::optional<ReadGroup>> ReadAhead::read(std::chrono::milliseconds timeout) {
  Z5_TRY(const chain::VerifiedGroup* group, log_->next(timeout));
  if (group == nullptr) {
    Z5_CHECK(log_->verifier().reached_expected());
    return std::optional<ReadGroup>();
  }
  Z5_TRY(ReadGroup read, read_group(*group));
  return std::optional<ReadGroup>(std::move(read));
}

}  // namespace z5::projections
