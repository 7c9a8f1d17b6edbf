// SPDX-License-Identifier: Apache-2.0
// What the passing of time makes happen: review dates of holds. The writer appends an event for
// each as soon as a group's time has reached it, before anything else in that group; readers demand
// it. One thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/gate/version.h"
#include "schemas/entry.h"

namespace z5::gate {

// Review dates that are still to come, of versions on hold.
class Reviews {
 public:
  // A version changed from `before` (null: there was none) to `after`.
  void changed(const Version* before, const Version& after);

  // The events due by `now` (inclusive), in (due, ref) order.
  std::vector<fb::EventUnion> due(Time now) const;

 private:
  std::map<std::pair<std::int64_t, std::string>, std::uint64_t>
      reviews_;  // (review_by, ref) to the hold's sequence
};

// Derived events stand first in their group and are exactly `due`: checks entry number `index` of
// it. Corrupt otherwise, naming the sequence.
Status check_due(std::span<const fb::EventUnion> due, std::size_t index, const Entry& entry);

// True when both events are of one type and equal in every field.
bool same_event(const fb::EventUnion& a, const fb::EventUnion& b);

}  // namespace z5::gate
