// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/history.h"

#include <algorithm>

namespace z5::chain {

void History::add(std::uint64_t size, const Digest& root) {
  Z5_ASSERT(points_.empty() || points_.back().size < size);
  points_.push_back({size, root});
}

bool History::contains(std::uint64_t size, const Digest& root) const {
  if (size == 1) return root == genesis_ && !genesis_.is_zero();
  const auto at = std::ranges::lower_bound(points_, size, {}, &Point::size);
  return at != points_.end() && at->size == size && at->root == root;
}

}  // namespace z5::chain
