// SPDX-License-Identifier: Apache-2.0
// Goal: what is due comes in one order, once, and never more than a group holds. Method: versions
// with dates, changed as events change them.
#include "ledger/gate/due.h"

#include <gtest/gtest.h>

#include "schemas/limits.h"

namespace z5::gate {
namespace {

Time at(std::int64_t hour) { return Time{1} + std::chrono::hours(hour); }

Version with(const std::string& ref, std::vector<Condition> conditions) {
  Version version;
  version.ref = ref;
  version.stage = fb::Stage::Approved;
  version.conditions = std::move(conditions);
  return version;
}

std::string text_of(const std::vector<fb::EventUnion>& events) {
  std::string out;
  for (const fb::EventUnion& event : events) {
    if (const auto* hold = event.AsQuarantineOverdue()) out += "hold " + hold->ref + "\n";
    if (const auto* condition = event.AsConditionOverdue()) {
      for (const char* name : {"a", "b", "c"}) {
        if (condition->condition == sha256(name)) out += name + (" " + condition->ref) + "\n";
      }
    }
  }
  return out;
}

TEST(Deadlines, InOrderOfDateThenReference) {
  Deadlines deadlines;
  Version second = with("acme/m:2", {{at(1), sha256("a")}, {at(2), sha256("b")}});
  second.hold = Hold{7, at(1), false};
  const Version first = with("acme/m:1", {{at(1), sha256("c")}});
  deadlines.changed(nullptr, second);
  deadlines.changed(nullptr, first);
  EXPECT_EQ(text_of(deadlines.due(at(0))), "");
  EXPECT_EQ(text_of(deadlines.due(at(1))), "c acme/m:1\nhold acme/m:2\na acme/m:2\n");
  EXPECT_EQ(text_of(deadlines.due(at(3))), "c acme/m:1\nhold acme/m:2\na acme/m:2\nb acme/m:2\n");
  EXPECT_EQ(deadlines.due(at(1))[1].AsQuarantineOverdue()->cause, 7u);
}

TEST(Deadlines, WhatIsOverdueSettledOrRevokedIsNotDue) {
  Deadlines deadlines;
  const Version before = with("acme/m:1", {{at(1), sha256("a")}, {at(2), sha256("b")}});
  deadlines.changed(nullptr, before);
  Version after = before;
  after.conditions[0].overdue = true;
  deadlines.changed(&before, after);
  EXPECT_EQ(text_of(deadlines.due(at(9))), "b acme/m:1\n");
  EXPECT_TRUE(has_deadline(after));
  Version settled = after;
  settled.conditions.pop_back();
  deadlines.changed(&after, settled);
  EXPECT_EQ(text_of(deadlines.due(at(9))), "");
  EXPECT_FALSE(has_deadline(settled));
  Version revoked = after;
  revoked.stage = fb::Stage::Revoked;
  deadlines.changed(&settled, revoked);
  EXPECT_EQ(text_of(deadlines.due(at(9))), "");
}

// Otherwise a date on which many things fall would stop the ledger for ever.
TEST(Deadlines, NeverMoreThanAGroupHolds) {
  Deadlines deadlines;
  std::vector<Version> versions;
  for (std::size_t i = 0; i <= limits::kMaxDue; ++i) {
    versions.push_back(with("acme/m:" + std::to_string(i), {{at(1), sha256("a")}}));
    deadlines.changed(nullptr, versions.back());
  }
  const auto due = deadlines.due(at(1));
  EXPECT_EQ(due.size(), limits::kMaxDue);
  for (const fb::EventUnion& event : due) {
    const auto& ref = event.AsConditionOverdue()->ref;
    Version after = with(ref, {{at(1), sha256("a"), true}});
    deadlines.changed(&versions[std::stoul(ref.substr(7))], after);
  }
  EXPECT_EQ(deadlines.due(at(1)).size(), 1u);
}

}  // namespace
}  // namespace z5::gate
