// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/due.h"

#include <fmt/format.h>

#include "schemas/limits.h"

namespace z5::gate {

namespace {

// Calls f(due, text, sequence) for each date of the version that is still to come.
template <class F>
void each_date(const Version& version, F&& f) {
  if (version.stage == fb::Stage::Revoked) return;
  if (version.hold && !version.hold->overdue)
    f(version.hold->review_by, Digest{}, version.hold->sequence);
  for (const Condition& condition : version.conditions) {
    if (!condition.overdue) f(condition.due, condition.text, std::uint64_t{0});
  }
}

}  // namespace

void Deadlines::changed(const Version* before, const Version& after) {
  if (before != nullptr) {
    each_date(*before, [&](Time due, const Digest& text, std::uint64_t) {
      dates_.erase({due.ns, before->ref, text});
    });
  }
  each_date(after, [&](Time due, const Digest& text, std::uint64_t hold) {
    dates_[{due.ns, after.ref, text}] = hold;
  });
}

std::vector<fb::EventUnion> Deadlines::due(Time now) const {
  std::vector<fb::EventUnion> events;
  for (const auto& [key, hold] : dates_) {
    const auto& [at, ref, text] = key;
    if (at > now.ns || events.size() == limits::kMaxDue) break;
    if (text.is_zero()) {
      fb::QuarantineOverdueT event;
      event.ref = ref;
      event.due = at;
      event.cause = hold;
      events.emplace_back().Set(std::move(event));
    } else {
      fb::ConditionOverdueT event;
      event.ref = ref;
      event.due = at;
      event.condition = text;
      events.emplace_back().Set(std::move(event));
    }
  }
  return events;
}

bool has_deadline(const Version& version) {
  bool any = false;
  each_date(version, [&](Time, const Digest&, std::uint64_t) { any = true; });
  return any;
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
