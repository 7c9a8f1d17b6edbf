// SPDX-License-Identifier: Apache-2.0
// What the passing of time makes happen: review dates of holds, due dates of conditions. The writer
// appends an event for each as soon as a group's time has reached it, before anything else in that
// group; readers demand it. One thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "ledger/gate/version.h"
#include "schemas/entry.h"

namespace z5::gate {

// Dates that are still to come, of versions that are not Revoked.
class Deadlines {
 public:
  // A version changed from `before` (null: there was none) to `after`.
  void changed(const Version* before, const Version& after);

  // The events due by `now` (inclusive), in (due, ref) order; of one version and date the hold
  // first, then conditions by digest. At most limits::kMaxDue, so that they fit into a group
  // however many fall on one date; the next group begins with the rest.
  std::vector<fb::EventUnion> due(Time now) const;

 private:
  // due, ref, the condition's text (zeros: a hold)
  using Key = std::tuple<std::int64_t, std::string, Digest>;
  std::map<Key, std::uint64_t> dates_;  // to the hold's sequence
};

// True when a date of this version is still to come.
bool has_deadline(const Version& version);

// Derived events stand first in their group and are exactly `due`: checks entry number `index` of
// it. Corrupt otherwise, naming the sequence.
Status check_due(std::span<const fb::EventUnion> due, std::size_t index, const Entry& entry);

// True when both events are of one type and equal in every field.
bool same_event(const fb::EventUnion& a, const fb::EventUnion& b);

}  // namespace z5::gate
