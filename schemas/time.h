// SPDX-License-Identifier: Apache-2.0
// Points in time as the ledger writes them: nanoseconds since the Unix epoch, UTC, in an int64
// (until 2262). Nothing here reads a clock; time is passed in.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/result.h"

namespace z5 {

struct Time {
  std::int64_t ns = 0;  // since 1970-01-01T00:00:00Z; 0 = not set

  auto operator<=>(const Time&) const = default;
  bool is_set() const { return ns != 0; }
  std::int64_t seconds() const { return ns / 1'000'000'000; }
  friend Time operator+(Time t, std::chrono::nanoseconds d) { return {t.ns + d.count()}; }
  friend Time operator-(Time t, std::chrono::nanoseconds d) { return {t.ns - d.count()}; }
  friend std::chrono::nanoseconds operator-(Time a, Time b) {
    return std::chrono::nanoseconds(a.ns - b.ns);
  }
};

// RFC 3339 in UTC: "2026-11-24T07:32:25Z", with as many fraction digits as needed (0, 3, 6 or 9).
std::string to_rfc3339(Time time);
// RFC 3339 date-time with offset or Z, fraction up to 9 digits; Invalid for anything else, and
// before 1970.
Result<Time> from_rfc3339(std::string_view text);

}  // namespace z5
