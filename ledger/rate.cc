// SPDX-License-Identifier: Apache-2.0
#include "ledger/rate.h"

#include <algorithm>

namespace z5::ledger {

bool Rate::take(const std::string& actor, Time now) {
  const std::lock_guard lock(mutex_);
  auto& bucket = buckets_.try_emplace(actor, Bucket{burst_, now}).first->second;
  const double minutes =
      std::max(0.0, std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count());
  bucket.tokens = std::min(burst_, bucket.tokens + minutes * per_minute_);
  bucket.at = std::max(bucket.at, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace z5::ledger
