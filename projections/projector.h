// SPDX-License-Identifier: Apache-2.0
// Follows a log and keeps a store up to date: verifies the chain from the kept head on, checks each
// event against its origin, applies, and wakes who waits. Resumes by position.
//
// Threads: "projector", which owns log reader and projection and ends in stop() or at the first
// entry that is not right; and for a store that began with a snapshot "replay", which reads the log
// from zero beside it and ends when it has compared. Everything public is for any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "projections/settings.h"
#include "projections/store.h"

namespace z5::projections {

class Follower;

class Projector {
 public:
  using Settings = projections::Settings;

  // Opens the store and starts following; a log that cannot be reached yet is waited for. Errors as
  // Store::open and of adopt (adoption.h), and Corrupt when the log is not the one that the store
  // was built from, or is shorter (both are named).
  static Result<std::unique_ptr<Projector>> start(Settings settings);
  ~Projector();

  // The newest state that includes entry `sequence`; waits for it up to `timeout` (read your
  // writes: limits::kReadYourWrite). Unavailable: not there in time. Corrupt: the projector ended
  // at an entry that is not right (the message names it); no read is answered after that.
  Result<View> view_with(std::uint64_t sequence, std::chrono::nanoseconds timeout) const;
  // The newest state. Corrupt as above. Views must not outlive the projector.
  Result<View> view() const;

  // How long ago the store was known to hold all that the log held. Grows while the log cannot be
  // reached or the projector is behind; its caller compares it with its bound (503). At rest it
  // stays below limits::kLogPoll and a bit.
  std::chrono::nanoseconds lag() const;
  // False while what is read rests on a snapshot that was not replayed yet. A snapshot that turns
  // out wrong ends the projector.
  bool verified() const { return store_->verified(); }
  // Why it ended by itself; nullopt while it works.
  std::optional<Error> ended() const;
  // `called` runs on the projector's thread after each write, with the head that was reached. It
  // must not block, nor call stop().
  void on_advance(std::function<void(const chain::Head&)> called);

  void stop();

 private:
  Projector(std::unique_ptr<Store> store, Settings settings);
  void run();
  void replay();
  void advance(bool caught_up, std::unique_lock<std::mutex>& lock);

  const Settings settings_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Follower> follower_;  // the thread's

  mutable std::mutex mutex_;  // guards what follows, but for the threads
  mutable std::condition_variable advanced_;
  std::uint64_t size_;  // entries in the store
  std::chrono::steady_clock::time_point caught_up_;
  std::optional<Error> ended_;
  std::function<void(const chain::Head&)> on_advance_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_, replay_;
};

// Brings `store` to what the log holds now, or to exactly `until` entries; the head reached. Errors
// as Projector::start, Corrupt for the first entry that is not right and when no group ends with
// `until`.
Result<chain::Head> build(Store& store, const Settings& settings,
                          std::optional<std::uint64_t> until = {});

}  // namespace z5::projections
