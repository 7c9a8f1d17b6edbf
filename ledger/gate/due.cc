// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/due.h"

#include <fmt/format.h>

namespace z5::gate {

void Reviews::changed(const Version* before, const Version& after) {
  if (before != nullptr && before->hold) reviews_.erase({before->hold->review_by.ns, before->ref});
  if (after.hold && !after.hold->overdue && after.stage != fb::Stage::Revoked) {
    reviews_[{after.hold->review_by.ns, after.ref}] = after.hold->sequence;
  }
}

std::vector<fb::EventUnion> Reviews::due(Time now) const {
  std::vector<fb::EventUnion> events;
  for (const auto& [review, hold] : reviews_) {
    if (review.first > now.ns) break;
    fb::QuarantineOverdueT event;
    event.ref = review.second;
    event.due = review.first;
    event.cause = hold;
    events.emplace_back().Set(std::move(event));
  }
  return events;
}

bool same_event(const fb::EventUnion& a, const fb::EventUnion& b) {
  Entry left, right;
  left.recorded_at = right.recorded_at = 1;
  left.event = a;
  right.event = b;
  return encode_entry(left) == encode_entry(right);
}

Status check_due(std::span<const fb::EventUnion> due, std::size_t index, const Entry& entry) {
  const bool derived = fb::Event::QuarantineOverdue <= entry.event.type &&
                       entry.event.type <= fb::Event::ConditionOverdue;
  if ((index < due.size()) == derived && (!derived || same_event(due[index], entry.event)))
    return Done{};
  return corrupt(
      fmt::format("entry {}: {}: not what was due at its time", entry.sequence, event_name(entry)));
}

}  // namespace z5::gate
