// SPDX-License-Identifier: Apache-2.0
// How often an actor may speak, and how many of its refusals are recorded: token buckets, so that
// nobody fills the ledger or starves the others (DESIGN section 5). Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "schemas/limits.h"
#include "schemas/time.h"

namespace z5::ledger {

// One bucket per actor: `burst` tokens, refilled at `per_minute`.
class Rate {
 public:
  Rate(unsigned per_minute, unsigned burst) : per_minute_(per_minute), burst_(burst) {}
  // Takes one token; false when there is none.
  bool take(const std::string& actor, Time now);

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  const double per_minute_, burst_;
  std::mutex mutex_;  // guards buckets_; as many as there are enrolled actors
  std::unordered_map<std::string, Bucket> buckets_;
};

struct RateLimits {
  unsigned commands_per_minute = limits::kCommandsPerMinute;
  unsigned refusals_per_minute = limits::kRefusalsPerMinute;
  unsigned refusal_burst = limits::kRefusalBurst;
};

}  // namespace z5::ledger
