// SPDX-License-Identifier: Apache-2.0
// The feed as a service runs it: sessions one after another. When another feed takes over, it steps
// down, backs off, and stands by until the streams are silent for limits::kFeedSilence heartbeats.
//
// Threads: one of its own, "feed", which owns the session and ends in stop() or at what is not
// right; everything public is for any thread.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "consumers/feed/session.h"
#include "ledger/http/service_log.h"

namespace z5::feed {

class Feed {
 public:
  // `log` outlives it.
  Feed(Settings settings, http::ServiceLog& log);
  ~Feed();

  // Done when the streams hold what the ledger's newest checkpoint covers. Unavailable: why not.
  Status ready() const;
  // Why it ended by itself; nullopt while it works.
  std::optional<Error> ended() const;

  struct Figures {
    std::uint64_t size = 0;                             // entries read
    std::array<std::uint64_t, kStreams.size()> told{};  // events since the start, by stream
    std::uint64_t sessions = 0;
  };
  Figures figures() const;

  void stop();

 private:
  void run();
  Status live();
  void stand_by();
  bool wait(std::chrono::milliseconds time);  // false: stop
  void say(Status ready);

  const Settings settings_;
  http::ServiceLog& log_;
  mutable std::mutex mutex_;  // guards what follows, but for thread_
  std::condition_variable changed_;
  Status ready_ = unavailable("starting");
  std::optional<Error> ended_;
  Figures figures_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace z5::feed
