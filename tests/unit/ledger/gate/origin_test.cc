// SPDX-License-Identifier: Apache-2.0
// Goal: an event that does not come from where it says is found, whoever wrote the ledger.
// Method: a governed ledger makes drafts as the gate would; each test changes one thing, in the
// event or in the command, and expects the refusal that names it. The unchanged draft passes, so
// that every test can fail.
#include "ledger/gate/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ledger/keys/dsse.h"
#include "ledger/log/record.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::gate {
namespace {

using sample::Draft;
using sample::Group;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";

// The commands part of a record, as a log holds it.
Bytes recorded(const std::vector<log::SignedCommand>& commands) {
  Bytes frame;
  log::append_record(frame, "body", commands, "");
  return Bytes((*log::read_record(frame))->commands);
}

class Origin : public testing::Test {
 protected:
  // The first problem of the group; empty when there is none.
  std::string problem(Group group, Signatures signatures = Signatures::All,
                      std::uint64_t first = 1) {
    OriginCheck origins(first, signatures);
    std::uint64_t sequence = ledger_.head().size();
    for (Draft& draft : group) {
      draft.entry.sequence = sequence++;
      draft.entry.recorded_at = (ledger_.now() + std::chrono::seconds(1)).ns;
      const auto commands = read_commands(recorded(draft.commands));
      if (!commands.ok()) return commands.error().message;
      const auto version = ledger_.state().version(event_reference(draft.entry));
      const auto actors = ledger_.state().actors();
      const auto policies = ledger_.state().policies();
      const auto left =
          origins.check(draft.entry, *commands,
                        {ledger_.state().name(), *actors, *policies, ledger_.state().quorum(),
                         version.get(), ledger_.state().trust()});
      if (!left.ok()) return left.error().message;
      for (const AuthorSignature& signature : *left) {
        if (const Status signed_by = signature.verify(); !signed_by.ok())
          return signed_by.error().message;
      }
    }
    const Status finished = origins.finish();
    return finished.ok() ? "" : finished.error().message;
  }
  std::string problem(Draft draft, Signatures signatures = Signatures::All) {
    return problem(sample::GovernedLedger::group_of(std::move(draft)), signatures);
  }

  void stage_and_approve() {
    ledger_.append(ledger_.submit(kRef));
    ledger_.append(ledger_.stage(kRef));
    ledger_.append(ledger_.approve(kRef, "sam", fb::ApprovalRole::Security));
    ledger_.append(ledger_.approve(kRef, "pat", fb::ApprovalRole::Product));
  }
  Digest model() const { return ledger_.state().version(kRef)->model_digest; }

  chain::sample::Folder folder_;
  sample::GovernedLedger ledger_{folder_.path()};
};

TEST_F(Origin, OfEveryKindPasses) {
  EXPECT_EQ(problem(ledger_.submit(kRef)), "");
  stage_and_approve();
  EXPECT_EQ(problem(ledger_.attach(kRef, "scan")), "");
  EXPECT_EQ(problem(ledger_.annotate(kRef, "team", "risk")), "");
  EXPECT_EQ(problem(ledger_.withdraw(kRef, "sam")), "");
  EXPECT_EQ(problem(ledger_.promote(kRef)), "");
  EXPECT_EQ(problem(ledger_.quarantine(kRef, ledger_.now() + std::chrono::hours(1))), "");
  EXPECT_EQ(problem(ledger_.revoke(kRef)), "");
  EXPECT_EQ(problem(ledger_.enroll("dora", {"submitter@acme"})), "");
  EXPECT_EQ(problem(ledger_.retire("sam")), "");
  EXPECT_EQ(problem(ledger_.activate(sha256("registry 2"))), "");
  EXPECT_EQ(problem(ledger_.set_root("corp", "a document")), "");
  EXPECT_EQ(problem(ledger_.refused(kRef)), "");
  ledger_.append(ledger_.quarantine(kRef, ledger_.now() + std::chrono::hours(1)));
  EXPECT_EQ(problem(ledger_.lift(kRef)), "");
}

TEST_F(Origin, ARootThatAdminsDidNotAskForIsFound) {
  const auto changed = [&](auto change) {
    Draft draft = ledger_.set_root("corp", "a document");
    change(*draft.entry.event.AsTrustRootSet());
    return problem(std::move(draft));
  };
  using Event = fb::TrustRootSetT;
  EXPECT_THAT(changed([](Event& e) { e.root = "other"; }), HasSubstr("root: is not"));
  EXPECT_THAT(changed([](Event& e) { e.document = sha256("b"); }), HasSubstr("document: is not"));
  EXPECT_THAT(changed([](Event& e) { e.valid_to = 1; }), HasSubstr("valid_to: is not"));
  EXPECT_THAT(changed([](Event& e) { e.invalid_since = 1; }), HasSubstr("invalid_since: is not"));
  EXPECT_THAT(changed([](Event& e) { e.withdrawn_at = 1; }), HasSubstr("withdrawn_at: is not"));
  Draft alone = ledger_.set_root("corp", "a document");
  alone.commands.pop_back();
  EXPECT_THAT(problem(std::move(alone)), HasSubstr("quorum: 2 admins must sign, 1 did"));
  Draft other = ledger_.set_root("corp", "a document");
  Draft carried = ledger_.signed_as(identity::Kind::SetTrustRoot, "alice", "", sha256("a document"),
                                    {{"root", "corp"}, {"document", "another"}}, {"bob"});
  other.commands = carried.commands;
  EXPECT_THAT(problem(std::move(other)), HasSubstr("the one that the command carries"));
}

TEST_F(Origin, WithoutACommandIsFound) {
  Draft draft = ledger_.submit(kRef);
  draft.commands.clear();
  EXPECT_THAT(problem(std::move(draft)), HasSubstr("VersionSubmitted: no command asks for it"));
}

TEST_F(Origin, CommandOfAnotherKindIsFound) {
  ledger_.append(ledger_.submit(kRef));
  Draft draft = ledger_.stage(kRef);
  draft.commands = ledger_.annotate(kRef, "team", "risk").commands;
  draft.entry.actor = "ci";
  EXPECT_THAT(problem(std::move(draft)), HasSubstr("kind: the command is of another kind"));
}

TEST_F(Origin, CommandAboutAnotherVersionIsFound) {
  ledger_.append(ledger_.submit(kRef));
  ledger_.append(ledger_.submit("acme/credit:2.0"));
  Draft draft = ledger_.stage(kRef);
  draft.commands = ledger_.stage("acme/credit:2.0").commands;
  EXPECT_THAT(problem(std::move(draft)), HasSubstr("ref: is not what the command says"));
}

TEST_F(Origin, AuthorThatDidNotSignIsFound) {
  Draft draft = ledger_.submit(kRef);
  draft.entry.actor = "pipeline";
  EXPECT_THAT(problem(std::move(draft)), HasSubstr("not signed by the key of actor pipeline"));
}

TEST_F(Origin, OfWhatGrantsNothingIsVerifiedOnlyWhenAllAre) {
  Draft draft = ledger_.submit(kRef);
  draft.entry.actor = "pipeline";
  EXPECT_EQ(problem(std::move(draft), Signatures::Grants), "");
  stage_and_approve();
  Group promotion = ledger_.promote(kRef);
  for (Draft& part : promotion) part.entry.actor = "ci";
  EXPECT_THAT(problem(std::move(promotion), Signatures::Grants), HasSubstr("promoter-submitted"));
}

TEST_F(Origin, UnknownRetiredAndAttestAuthorsAreFound) {
  for (const char* actor : {"nobody", "assessor", ""}) {
    Draft draft = ledger_.submit(kRef);
    draft.entry.actor = actor;
    EXPECT_THAT(problem(std::move(draft)), HasSubstr("may not sign commands")) << actor;
  }
  Draft late = ledger_.submit(kRef);
  ledger_.append(ledger_.retire("ci"));
  EXPECT_THAT(problem(std::move(late)), HasSubstr("actor 'ci' may not sign commands"));
}

TEST_F(Origin, ExpiredAndDryRunCommandsAreFound) {
  Draft expired = ledger_.submit(kRef);
  ledger_.pass(std::chrono::hours(1));
  EXPECT_THAT(problem(std::move(expired)), HasSubstr("expires_at: had passed"));
}

TEST_F(Origin, DecisionThatIsNoYesIsFound) {
  Draft draft = ledger_.submit(kRef);
  draft.entry.decision->rules = {"four-eyes"};
  EXPECT_THAT(problem(std::move(draft)), HasSubstr("decision: the gate did not say yes"));
}

TEST_F(Origin, EverySubmittedFieldIsCompared) {
  const std::vector<std::pair<std::string, std::function<void(fb::VersionSubmittedT&)>>> changes = {
      {"model_digest", [](auto& e) { e.model_digest = sha256("another"); }},
      {"documents", [](auto& e) { e.documents.pop_back(); }},
      {"evidence_root", [](auto& e) { e.evidence_root = sha256("another"); }},
      {"run_id", [](auto& e) { e.run_id = "run-2"; }},
      {"dataset", [](auto& e) { e.dataset = "credit@2026-12"; }},
      {"container_digest", [](auto& e) { e.container_digest = sha256("another"); }},
      {"policy", [](auto& e) { e.policy = sha256("another"); }},
  };
  for (const auto& [field, change] : changes) {
    Draft draft = ledger_.submit(kRef);
    change(*draft.entry.event.AsVersionSubmitted());
    EXPECT_THAT(problem(std::move(draft)), HasSubstr("VersionSubmitted: " + field + ":"));
  }
}

TEST_F(Origin, EveryFieldOfAnApprovalIsCompared) {
  ledger_.append(ledger_.submit(kRef));
  ledger_.append(ledger_.stage(kRef));
  const std::vector<std::pair<std::string, std::function<void(fb::ApprovalGrantedT&)>>> changes = {
      {"role", [](auto& e) { e.role = fb::ApprovalRole::Product; }},
      {"stage_to", [](auto& e) { e.stage_to = fb::Stage::Staging; }},
      {"model_digest", [](auto& e) { e.model_digest = sha256("another"); }},
      {"evidence_root", [](auto& e) { e.evidence_root = sha256("another"); }},
      {"facts", [](auto& e) { e.facts = sha256("another"); }},
      {"policy", [](auto& e) { e.policy = sha256("another"); }},
      {"engine", [](auto& e) { e.engine = "opa/0.1"; }},
      {"ticket", [](auto& e) { e.ticket = sha256("another"); }},
      {"serving", [](auto& e) { e.serving = "acme/credit:0.9"; }},
      {"person", [](auto& e) { e.person = "pat"; }},
  };
  for (const auto& [field, change] : changes) {
    Draft draft = ledger_.approve(kRef, "sam", fb::ApprovalRole::Security);
    change(*draft.entry.event.AsApprovalGranted());
    EXPECT_THAT(problem(std::move(draft)), HasSubstr("ApprovalGranted: " + field + ":"));
  }
}

TEST_F(Origin, ApprovalByAnAdminWithoutTheRoleIsFound) {
  ledger_.append(ledger_.submit(kRef));
  ledger_.append(ledger_.stage(kRef));
  EXPECT_THAT(problem(ledger_.approve(kRef, "alice", fb::ApprovalRole::Security)),
              HasSubstr("not-authorised"));
}

TEST_F(Origin, PromotionWithoutFourEyesIsFound) {
  stage_and_approve();
  Group one = ledger_.promote(kRef);
  one.front().entry.event.AsVersionPromoted()->approvals.pop_back();
  EXPECT_THAT(problem(std::move(one)), HasSubstr("four-eyes"));
  Group invented = ledger_.promote(kRef);
  invented.front().entry.event.AsVersionPromoted()->approvals.push_back(1);
  EXPECT_THAT(problem(std::move(invented)),
              HasSubstr("approvals: one of them is not a live approval"));
  Group other = ledger_.promote(kRef);
  other.front().entry.event.AsVersionPromoted()->facts = sha256("other facts");
  EXPECT_THAT(problem(std::move(other)),
              HasSubstr("approvals: one of them was given for something else"));
}

TEST_F(Origin, ReleaseStandsBehindItsPromotion) {
  stage_and_approve();
  Group alone = ledger_.promote(kRef);
  alone.erase(alone.begin());
  EXPECT_THAT(problem(std::move(alone)), HasSubstr("does not follow the promotion that it names"));
  Group without = ledger_.promote(kRef);
  without.pop_back();
  EXPECT_THAT(problem(std::move(without)), HasSubstr("nothing was released"));
  Group other = ledger_.promote(kRef);
  other.back().entry.event.AsReleasePublished()->cause = 1;
  EXPECT_THAT(problem(std::move(other)), HasSubstr("does not follow the promotion that it names"));
  Group between = ledger_.promote(kRef);
  between.insert(between.begin() + 1, ledger_.annotate(kRef, "team", "risk"));
  EXPECT_THAT(problem(std::move(between)), HasSubstr("a promotion's release must come before it"));
}

TEST_F(Origin, AnIncidentFollowsItsEvidence) {
  ledger_.append(ledger_.submit(kRef));
  ledger_.append(ledger_.submit("acme/credit:2.0"));
  const Time review_by = ledger_.now() + std::chrono::hours(1);
  const auto decayed = [&] { return ledger_.decay(kRef, "findings", review_by); };
  EXPECT_EQ(problem(decayed()), "");
  Group without_hold = decayed();
  without_hold.pop_back();
  EXPECT_EQ(problem(std::move(without_hold)), "");
  constexpr const char* kEvidence = "does not follow the evidence that it names";
  constexpr const char* kIncident = "does not follow the incident of the evidence that it names";
  Group alone = decayed();
  alone.erase(alone.begin());
  EXPECT_THAT(problem(std::move(alone)), HasSubstr(kEvidence));
  Group other_version = decayed();
  other_version[1].entry.event.AsIncidentOpened()->ref = "acme/credit:2.0";
  EXPECT_THAT(problem(std::move(other_version)), HasSubstr(kEvidence));
  Group other_actor = decayed();
  other_actor[1].entry.actor = "alice";
  EXPECT_THAT(problem(std::move(other_actor)), HasSubstr(kEvidence));
  Group twice = decayed();
  twice[2] = {};
  twice[2].entry.actor = "ci";
  twice[2].entry.event = twice[1].entry.event;
  EXPECT_THAT(problem(std::move(twice)), HasSubstr(kEvidence));
  Group no_incident = decayed();
  no_incident.erase(no_incident.begin() + 1);
  EXPECT_THAT(problem(std::move(no_incident)), HasSubstr(kIncident));
  Group later = decayed();
  later.insert(later.begin() + 2, ledger_.annotate(kRef, "team", "risk"));
  EXPECT_THAT(problem(std::move(later)), HasSubstr(kIncident));
  Group without_cause = decayed();
  without_cause[2].entry.event.AsVersionQuarantined()->cause = 0;
  EXPECT_THAT(problem(std::move(without_cause)), HasSubstr("the gate did not say yes"));
  Draft by_command = ledger_.quarantine(kRef, review_by);
  by_command.entry.event.AsVersionQuarantined()->cause = 1;
  EXPECT_THAT(problem(std::move(by_command)), HasSubstr("no command makes such an event"));
}

TEST_F(Origin, QuorumIsCountedAgain) {
  Draft one = ledger_.enroll("dora", {"submitter@acme"});
  one.commands.erase(one.commands.begin() + 1);  // bob's
  one.entry.event.AsActorEnrolled()->enrolled_by = {"alice"};
  EXPECT_THAT(problem(std::move(one), Signatures::Grants),
              HasSubstr("quorum: 2 admins must sign, 1 did"));
  Draft claimed = ledger_.enroll("dora", {"submitter@acme"});
  claimed.commands.erase(claimed.commands.begin() + 1);
  EXPECT_THAT(problem(std::move(claimed)),
              HasSubstr("actor: is not the one that was asked for and signed for"));
  Draft unproved = ledger_.enroll("dora", {"submitter@acme"});
  unproved.commands.pop_back();
  EXPECT_THAT(problem(std::move(unproved)), HasSubstr("key: the new key did not sign"));
  Draft more = ledger_.enroll("dora", {"submitter@acme"});
  more.entry.event.AsActorEnrolled()->roles = {"admin@*"};
  EXPECT_THAT(problem(std::move(more)), HasSubstr("actor: is not the one"));
  Draft policy = ledger_.activate(sha256("registry 2"));
  policy.commands.pop_back();
  EXPECT_THAT(problem(std::move(policy)), HasSubstr("authors"));
}

TEST_F(Origin, CosignerTwiceOrUnknownIsFound) {
  Draft twice = ledger_.activate(sha256("registry 2"));
  twice.commands.push_back(twice.commands.front());
  EXPECT_THAT(problem(std::move(twice)), HasSubstr("actor alice signed twice"));
  Draft unknown = ledger_.activate(sha256("registry 2"));
  unknown.commands.push_back(ledger_.enroll("dora", {}).commands.back());
  EXPECT_THAT(problem(std::move(unknown)),
              HasSubstr("a cosigner signed other bytes than the author"));
}

TEST_F(Origin, HoldsAndRevocationsSayWhatWasAsked) {
  ledger_.append(ledger_.submit(kRef));
  Draft hold = ledger_.quarantine(kRef, ledger_.now() + std::chrono::hours(1));
  hold.entry.event.AsVersionQuarantined()->review_by += 1;
  EXPECT_THAT(problem(std::move(hold)), HasSubstr("review_by"));
  Draft revoked = ledger_.revoke(kRef);
  revoked.entry.event.AsVersionRevoked()->reason = "another";
  EXPECT_THAT(problem(std::move(revoked)), HasSubstr("reason"));
  ledger_.append(ledger_.quarantine(kRef, ledger_.now() + std::chrono::hours(1)));
  Draft lifted = ledger_.lift(kRef);
  lifted.commands.pop_back();
  EXPECT_THAT(problem(std::move(lifted), Signatures::Grants),
              HasSubstr("persons: are not the revokers who signed"));
}

TEST_F(Origin, RefusalsAndDerivedEventsCarryNoCommand) {
  Draft refused = ledger_.refused(kRef);
  refused.commands = ledger_.submit(kRef).commands;
  EXPECT_THAT(problem(std::move(refused)), HasSubstr("no command makes such an event"));
  Draft by_nobody = ledger_.refused(kRef);
  by_nobody.entry.actor = "nobody";
  EXPECT_THAT(problem(std::move(by_nobody)), HasSubstr("its author is unknown"));
}

TEST_F(Origin, ErasedCommandsAreLeftToTheChainUnlessTheyGrant) {
  const auto erase = [](Draft& draft) {
    for (log::SignedCommand& command : draft.commands) {
      command = {log::Encoding::Erased, Bytes(sha256(command.bytes).view())};
    }
  };
  Draft submitted = ledger_.submit(kRef);
  erase(submitted);
  EXPECT_EQ(problem(std::move(submitted)), "");
  Draft activated = ledger_.activate(sha256("registry 2"));
  erase(activated);
  EXPECT_THAT(problem(std::move(activated)), HasSubstr("who asked for it is hidden"));
}

TEST_F(Origin, GenesisHoldsNothingElse) {
  Group group;
  const auto add = [&](auto event) {
    Draft& draft = group.emplace_back();
    draft.entry.decision = std::make_unique<fb::DecisionT>();
    draft.entry.event.Set(std::move(event));
  };
  add(fb::LedgerOpenedT());
  add(sample::enrolled("alice", "alice", fb::KeyUse::Command, {"admin@*"}));
  EXPECT_THAT(problem(std::move(group), Signatures::All, 0), HasSubstr("activates no policy"));
  group.clear();
  add(fb::LedgerOpenedT());
  add(fb::PolicyActivatedT());
  EXPECT_THAT(problem(std::move(group), Signatures::All, 0), HasSubstr("does not belong here"));
  group.clear();
  fb::ActorEnrolledT enrolled_by_somebody =
      sample::enrolled("alice", "alice", fb::KeyUse::Command, {"admin@*"});
  enrolled_by_somebody.enrolled_by = {"bob"};
  add(fb::LedgerOpenedT());
  add(std::move(enrolled_by_somebody));
  EXPECT_THAT(problem(std::move(group), Signatures::All, 0), HasSubstr("does not belong here"));
}

TEST_F(Origin, SeenThatIsNoHistoryIsFound) {
  chain::History history;
  history.set_genesis(sha256("another ledger"));
  Draft draft = ledger_.submit(kRef);
  draft.entry.sequence = ledger_.head().size();
  draft.entry.recorded_at = ledger_.now().ns;
  OriginCheck origins(draft.entry.sequence, Signatures::All);
  const auto actors = ledger_.state().actors();
  const auto policies = ledger_.state().policies();
  const auto left =
      origins.check(draft.entry, *read_commands(recorded(draft.commands)),
                    {ledger_.state().name(), *actors, *policies, ledger_.state().quorum(), nullptr,
                     ledger_.state().trust(), &history});
  ASSERT_FALSE(left.ok());
  EXPECT_THAT(left.error().message, HasSubstr("seen: is not in this ledger's history"));
}

}  // namespace
}  // namespace z5::gate
