// SPDX-License-Identifier: Apache-2.0
// Where requests go that a server thread must not wait for: reads of an entry that has not arrived
// here yet (read your writes, DESIGN section 9), and answers that take long. So a caller that names
// an entry of the future holds nobody up.
//
// Threads: one of its own, which runs the jobs and ends in the destructor (what waits then gets
// Unavailable); enter() is for any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "projections/projector.h"

namespace z5::permit {

class WaitingRoom {
 public:
  using Job = std::function<void(Result<projections::View>)>;

  // Takes the projector's on_advance; it must outlive this, and be stopped before this ends.
  WaitingRoom(projections::Projector& projector, std::chrono::nanoseconds max_lag);
  ~WaitingRoom();

  // Runs the job on the room's thread: once entry `sequence` is in the projection (0: at once), or
  // with Unavailable after limits::kReadYourWrite. Unavailable: limits::kMaxWaiting are waiting,
  // and the job is not run.
  Status enter(std::uint64_t sequence, Job job);

 private:
  struct Waiting {
    std::uint64_t sequence;
    std::chrono::steady_clock::time_point until;
    Job job;
  };
  void run();
  std::list<Waiting> take_due(std::uint64_t size);

  projections::Projector& projector_;
  const std::chrono::nanoseconds max_lag_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::list<Waiting> waiting_;
  std::uint64_t size_ = 0;  // entries in the projection, as told last
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace z5::permit
