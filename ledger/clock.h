// SPDX-License-Identifier: Apache-2.0
// The only place where the writer asks what time it is, and the rules for believing the answer
// (DESIGN section 8).
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "schemas/time.h"

namespace z5::ledger {

// Two clocks of the machine: the wall's, which somebody may set, and the one that only runs. Passed
// in, so that a simulation decides.
struct Clock {
  std::function<Time()> wall;
  std::function<std::chrono::nanoseconds()> boot;  // CLOCK_BOOTTIME
};
Clock machine_clock();

// Gives groups their time. One thread.
class GroupClock {
 public:
  // `last`: recorded_at of the ledger's last group.
  GroupClock(Clock clock, Time last);

  // The time of a group that opens now, never before the last one's. Unavailable ("clock: …"): the
  // wall clock jumped against the boot clock by more than limits::kClockJump within this process,
  // or lies behind the last group by more than limits::kClockBehind. Downtime is no jump.
  Result<Time> open_group();

 private:
  Clock clock_;
  Time last_;
  Time wall_;  // at the last call
  std::chrono::nanoseconds boot_;
};

}  // namespace z5::ledger
