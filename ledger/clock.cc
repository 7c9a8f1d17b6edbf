// SPDX-License-Identifier: Apache-2.0
#include "ledger/clock.h"

#include <fmt/format.h>
#include <time.h>

#include "schemas/limits.h"

namespace z5::ledger {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

Clock machine_clock() {
  return {[] { return Time{read_clock(CLOCK_REALTIME)}; },
          [] { return std::chrono::nanoseconds(read_clock(CLOCK_BOOTTIME)); }};
}

GroupClock::GroupClock(Clock clock, Time last)
    : clock_(std::move(clock)), last_(last), wall_(clock_.wall()), boot_(clock_.boot()) {}

Result<Time> GroupClock::open_group() {
  const Time wall = clock_.wall();
  const auto boot = clock_.boot();
  const auto drift = std::chrono::abs((wall - wall_) - (boot - boot_));
  // A jump is judged against the time that was believed last: the clock is good again when it is
  // set back.
  if (drift > limits::kClockJump) {
    return unavailable(fmt::format("clock: the wall clock jumped by {} ms within this process",
                                   drift.count() / 1'000'000));
  }
  if (wall + limits::kClockBehind < last_) {
    return unavailable(fmt::format("clock: {} lies behind the last entry at {}", to_rfc3339(wall),
                                   to_rfc3339(last_)));
  }
  wall_ = wall;
  boot_ = boot;
  last_ = std::max(last_, wall);
  return last_;
}

}  // namespace z5::ledger
