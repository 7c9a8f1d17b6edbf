// SPDX-License-Identifier: Apache-2.0
// Follows a log and keeps a store up to date: verifies the chain from the kept head on, checks each
// event against its origin, applies, and wakes who waits. Resumes by position.
//
// Threads: one of its own, "projector", which owns log reader and projection and ends in stop() or
// at the first entry that is not right; everything public is for any thread.
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

#include "ledger/log/log.h"
#include "projections/projection.h"
#include "projections/store.h"

namespace z5::projections {

class Projector {
 public:
  struct Settings {
    std::string state;       // folder of the store
    chain::Trust trust;      // trust.json
    // Opens the log at a position; asked again after Unavailable.
    std::function<Result<std::unique_ptr<log::Reader>>(log::Position)> open_log;
    std::string checkpoint_file;  // newest checkpoint of the ledger; empty = none is compared
  };

  // Opens the store and starts following. Errors as Store::open, and Corrupt when the log is not
  // the one that the store was built from, or is shorter (both are named).
  static Result<std::unique_ptr<Projector>> start(Settings settings);
  ~Projector();

  // The newest state that includes entry `sequence`; waits for it up to `timeout` (read your
  // writes: limits::kReadYourWrite). Unavailable: not there in time. Corrupt: the projector ended at
  // an entry that is not right (the message names it); no read is answered after that.
  Result<View> view_with(std::uint64_t sequence, std::chrono::nanoseconds timeout) const;
  // The newest state. Corrupt as above.
  Result<View> view() const;

  // How long ago the store was known to hold all that the log held. Grows while the log cannot be
  // reached or the projector is behind; its caller compares it with its bound (503).
  std::chrono::nanoseconds lag() const;
  // Why it ended by itself; nullopt while it works.
  std::optional<Error> ended() const;
  // Called on the projector's thread after each write, with the head that was reached. Set before
  // anything depends on it; must not block.
  void on_advance(std::function<void(const chain::Head&)> called);

  void stop();

 private:
  Projector(Settings settings, std::unique_ptr<Store> store);
  Status connect();
  void run();
  Status follow();
  Status advance();
  void end(Error why);

  Settings settings_;
  std::unique_ptr<Store> store_;
  Projection projection_;
  std::unique_ptr<chain::ChainReader> log_;

  mutable std::mutex mutex_;  // guards the five below
  mutable std::condition_variable advanced_;
  std::uint64_t size_ = 0;  // entries in the store
  std::chrono::steady_clock::time_point caught_up_;
  std::optional<Error> ended_;
  std::function<void(const chain::Head&)> on_advance_;
  bool stopping_ = false;
  std::thread thread_;
};

// Builds `state` from everything that the log holds now, without a thread that stays; the head
// reached. Errors as Projector::start, and Corrupt for the first entry that is not right.
Result<chain::Head> build(const Projector::Settings& settings);

}  // namespace z5::projections
