// SPDX-License-Identifier: Apache-2.0
// Goal: what was accepted does not stay accepted by itself. Evidence that comes later and takes
// something away opens an incident, and holds the version where its bundle says so; conditions
// become due. Method: a real ledger (tests/support/world.h), read again by a reader of its own.
#include <gtest/gtest.h>

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/fold.h"
#include "tests/support/world.h"

namespace z5::ledger {
namespace {

using identity::Kind;
using support::Document;
using support::World;

constexpr const char* kRef = "acme/credit:1.0";

std::string said(const Outcome& outcome) {
  std::string out = outcome.answer == Answer::Accepted ? "yes" : "no";
  for (const Refusal& refusal : outcome.refusals) out += " " + refusal.rule;
  return out;
}

// The log as a reader that shares nothing with the writer folds it.
std::vector<Entry> entries_of(const World& world) {
  std::vector<Entry> entries;
  gate::State state;
  chain::ChainReader reader(*log::open_file_reader(world.ledger_folder()),
                            chain::empty_head(world.trust()));
  for (;;) {
    const auto group = reader.next(std::chrono::milliseconds(0));
    EXPECT_TRUE(group.ok()) << group.error().message;
    if (!group.ok() || *group == nullptr) break;
    const Status folded = gate::fold_group(state, **group, Time{},
                                           [&](const gate::FoldedEntry& folded_entry) -> Status {
                                             entries.push_back(folded_entry.entry);
                                             return Done{};
                                           });
    EXPECT_TRUE(folded.ok()) << folded.error().message;
  }
  EXPECT_TRUE(reader.finish().ok());
  return entries;
}
template <class Event>
std::vector<Entry> all(const World& world) {
  std::vector<Entry> found;
  for (const Entry& entry : entries_of(world)) {
    if (event_if<Event>(entry) != nullptr) found.push_back(entry);
  }
  return found;
}

class Decay : public testing::Test {
 protected:
  Outcome find(const std::string& severity) {
    world_.pass(std::chrono::seconds(1));
    return world_.attach(kRef, {support::scan_finding(world_.model(), world_.cast().vouchers,
                                                      world_.now(), severity)});
  }
  Outcome evaluate(const char* type, const Json& predicate) {
    return world_.attach(
        kRef, {{"attestation",
                support::attest(std::string("urn:z5:predicate:") + type + ":v1", predicate,
                                world_.model().digest(), world_.cast().vouchers.evaluator)}});
  }
  Outcome conditions(const std::string& list) {
    world_.pass(std::chrono::seconds(1));
    return world_.attach(kRef, {support::record_with("scdr", list)});
  }
  void annotate(const std::string& value) {
    EXPECT_EQ(said(world_.run(Kind::Annotate, kRef, "ci", {{"tags", {{"seen", value}}}})), "yes");
  }
  std::shared_ptr<const gate::Version> version() { return world_.writer().state().version(kRef); }

  World world_;
};

TEST_F(Decay, AFindingInAnApprovedVersionOpensAnIncident) {
  world_.approve_and_promote(kRef);
  EXPECT_TRUE(all<fb::IncidentOpenedT>(world_).empty());
  EXPECT_EQ(said(find("low")), "yes");
  EXPECT_TRUE(all<fb::IncidentOpenedT>(world_).empty()) << "nothing was taken away";
  const Outcome outcome = find("critical");
  ASSERT_EQ(said(outcome), "yes");
  const auto incidents = all<fb::IncidentOpenedT>(world_);
  ASSERT_EQ(incidents.size(), 1u);
  const auto& incident = event_as<fb::IncidentOpenedT>(incidents[0]);
  EXPECT_EQ(incident.incident, "blocking-cves");
  EXPECT_EQ(incident.cause, outcome.sequence);
  EXPECT_EQ(incidents[0].sequence, outcome.sequence + 1);
  EXPECT_EQ(incidents[0].actor, "ci");
  EXPECT_EQ(incidents[0].decision->rules, std::vector<std::string>{"blocking-cves"});
  EXPECT_EQ(incidents[0].decision->policy, version()->policy);
  EXPECT_EQ(version()->stage, fb::Stage::Approved);
  EXPECT_FALSE(version()->hold) << "the default bundle only says so";
  EXPECT_EQ(said(find("high")), "yes");
  EXPECT_EQ(all<fb::IncidentOpenedT>(world_).size(), 1u) << "it was refused before, too";
  EXPECT_EQ(said(find("")), "yes");
  EXPECT_EQ(said(find("critical")), "yes");
  EXPECT_EQ(all<fb::IncidentOpenedT>(world_).size(), 2u) << "cleared and found again";
}

TEST_F(Decay, AVerdictThatBecameNoOpensAnIncident) {
  EXPECT_EQ(said(world_.submit(kRef)), "yes");
  EXPECT_EQ(said(find("critical")), "yes");
  EXPECT_TRUE(all<fb::IncidentOpenedT>(world_).empty()) << "nobody uses a Candidate";
  EXPECT_EQ(said(find("")), "yes");
  EXPECT_EQ(said(world_.stage(kRef)), "yes");
  EXPECT_EQ(said(evaluate("fairness", {{"result", "FAIL"}})), "yes");
  EXPECT_TRUE(all<fb::IncidentOpenedT>(world_).empty()) << "only a promotion asks for it";
  EXPECT_EQ(said(find("critical")), "yes");
  EXPECT_EQ(all<fb::IncidentOpenedT>(world_).size(), 1u);
}

TEST_F(Decay, AnApprovedVersionMustKeepItsEvaluations) {
  world_.approve_and_promote(kRef);
  world_.pass(std::chrono::seconds(1));
  EXPECT_EQ(said(evaluate("fairness", {{"result", "FAIL"}})), "yes");
  EXPECT_EQ(said(evaluate("canary", {{"result", "HALT"}, {"ref", kRef}})), "yes");
  const auto incidents = all<fb::IncidentOpenedT>(world_);
  ASSERT_EQ(incidents.size(), 2u);
  EXPECT_EQ(event_as<fb::IncidentOpenedT>(incidents[0]).incident, "fairness");
  EXPECT_EQ(event_as<fb::IncidentOpenedT>(incidents[1]).incident, "canary");
}

TEST_F(Decay, ABundleMayWantAHold) {
  world_.activate({{"on_decay", "quarantine"}});
  world_.approve_and_promote(kRef);
  const Outcome outcome = find("critical");
  ASSERT_EQ(said(outcome), "yes");
  const auto holds = all<fb::VersionQuarantinedT>(world_);
  ASSERT_EQ(holds.size(), 1u);
  const auto& hold = event_as<fb::VersionQuarantinedT>(holds[0]);
  EXPECT_EQ(hold.reason, "blocking-cves");
  EXPECT_EQ(hold.cause, outcome.sequence);
  EXPECT_EQ(hold.review_by, (world_.now() + limits::kDecayReview).ns);
  EXPECT_TRUE(version()->hold);
  world_.restart();
  EXPECT_TRUE(version()->hold);
  // A clean scan does not lift what two revokers must.
  EXPECT_EQ(said(find("")), "yes");
  EXPECT_EQ(said(find("critical")), "yes");
  EXPECT_EQ(all<fb::VersionQuarantinedT>(world_).size(), 1u) << "one hold is enough";
  world_.pass(limits::kDecayReview);
  annotate("late");
  EXPECT_TRUE(version()->hold->overdue);
  EXPECT_EQ(said(world_.run(Kind::LiftQuarantine, kRef, "rob", Json::object(), {}, {"rae"})),
            "yes");
  EXPECT_FALSE(version()->hold);
}

// R54: a condition comes due once, alone by time, and only its digest is in the ledger.
TEST_F(Decay, AConditionComesDue) {
  world_.approve_and_promote(kRef);
  EXPECT_EQ(said(conditions("[{text: retrain, due: 2026-12-24}, {text: someday}]")), "yes");
  ASSERT_EQ(version()->conditions.size(), 1u);
  world_.pass(std::chrono::hours(24 * 29));
  annotate("early");
  EXPECT_TRUE(all<fb::ConditionOverdueT>(world_).empty());
  world_.pass(std::chrono::hours(48));
  annotate("late");
  annotate("later");
  const auto overdue = all<fb::ConditionOverdueT>(world_);
  ASSERT_EQ(overdue.size(), 1u);
  const auto& event = event_as<fb::ConditionOverdueT>(overdue[0]);
  EXPECT_EQ(event.condition, sha256("retrain"));
  EXPECT_EQ(Time{event.due}, *from_rfc3339("2026-12-24T23:59:59Z"));
  EXPECT_EQ(overdue[0].actor, "");
  EXPECT_TRUE(version()->conditions[0].overdue);
  world_.restart();
  annotate("again");
  EXPECT_EQ(all<fb::ConditionOverdueT>(world_).size(), 1u);
}

TEST_F(Decay, ALaterRecordSettlesACondition) {
  EXPECT_EQ(said(world_.submit(kRef)), "yes");
  EXPECT_EQ(said(conditions("[{text: retrain, due: 2026-12-01}, {text: move, due: 2026-12-01}]")),
            "yes");
  EXPECT_EQ(said(conditions("[{text: retrain, due: 2027-03-01}]")), "yes");
  world_.restart();
  world_.pass(std::chrono::hours(24 * 30));
  annotate("late");
  EXPECT_TRUE(all<fb::ConditionOverdueT>(world_).empty()) << "one put off, one settled";
  world_.pass(std::chrono::hours(24 * 90));
  annotate("later");
  EXPECT_EQ(all<fb::ConditionOverdueT>(world_).size(), 1u);
  EXPECT_EQ(said(find("low")), "yes");
  annotate("again");
  EXPECT_EQ(all<fb::ConditionOverdueT>(world_).size(), 1u) << "other evidence does not renew it";
}

TEST_F(Decay, AnOverdueConditionStopsAPromotion) {
  EXPECT_EQ(said(world_.submit(kRef)), "yes");
  EXPECT_EQ(said(world_.stage(kRef)), "yes");
  EXPECT_EQ(said(world_.attach_promotion_evidence(kRef)), "yes");
  EXPECT_EQ(said(conditions("[{text: before, due: '2026-11-25T12:00:02Z'}]")), "yes");
  world_.pass(std::chrono::seconds(5));
  annotate("late");
  EXPECT_EQ(said(world_.approve(kRef, "sam", "security")), "yes");
  EXPECT_EQ(said(world_.approve(kRef, "pia", "product")), "yes");
  EXPECT_EQ(said(world_.promote(kRef)), "no condition-overdue");
}

// R42: each transition looks at the ages that the bundle's data limits, and names the kind.
TEST_F(Decay, EvidenceAgesAtEachTransition) {
  world_.activate({{"max_age", {{"adversarial", "2h"}, {"slo", "1h"}}}});
  EXPECT_EQ(said(world_.submit(kRef)), "yes");
  world_.pass(std::chrono::hours(2));
  EXPECT_EQ(said(world_.stage(kRef)), "yes") << "closed end";
  EXPECT_EQ(said(world_.attach_promotion_evidence(kRef)), "yes");
  world_.pass(std::chrono::minutes(61));
  EXPECT_EQ(said(world_.approve(kRef, "sam", "security")), "yes");
  EXPECT_EQ(said(world_.approve(kRef, "pia", "product")), "yes");
  const Outcome refused = world_.promote(kRef);
  std::string reasons;
  for (const Refusal& refusal : refused.refusals)
    reasons += refusal.rule + " " + refusal.reason + "\n";
  EXPECT_EQ(
      reasons,
      "evidence-age adversarial: not verified within 2h\nevidence-age slo: not verified within "
      "1h\n");
}

TEST_F(Decay, ACanaryOutsideTheProfileIsRefusedByName) {
  EXPECT_EQ(said(world_.submit(kRef)), "yes");
  EXPECT_EQ(said(world_.stage(kRef)), "yes");
  EXPECT_EQ(said(world_.attach_promotion_evidence(kRef)), "yes");
  world_.pass(std::chrono::seconds(1));
  EXPECT_EQ(said(evaluate("canary", {{"result", "PROCEED"},
                                     {"ref", kRef},
                                     {"latency_p99_ms", 40.001},
                                     {"availability", 0.9999}})),
            "yes");
  EXPECT_EQ(said(world_.approve(kRef, "sam", "security")), "yes");
  EXPECT_EQ(said(world_.approve(kRef, "pia", "product")), "yes");
  const Outcome refused = world_.promote(kRef);
  EXPECT_EQ(said(refused), "no canary-slo canary-slo");
  EXPECT_EQ(refused.refusals[0].reason, "canary: latency_p99_ms is outside the SLO profile");
  EXPECT_EQ(said(evaluate("canary", {{"result", "PROCEED"},
                                     {"ref", kRef},
                                     {"latency_p99_ms", 40},
                                     {"availability", 0.9999}})),
            "yes");
}

}  // namespace
}  // namespace z5::ledger
