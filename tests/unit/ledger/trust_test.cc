// SPDX-License-Identifier: Apache-2.0
// Goal: who is trusted changes only by the admins' quorum, counts from then on and at once, and is
// read back from the log alone. Method: a real ledger (tests/support/world.h), a Sigstore of our
// own, people without keys; root and identity are taken away at every step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/fold.h"
#include "ledger/gate/origin.h"
#include "ledger/write_path.h"
#include "tests/support/keyless/keyless_people.h"

namespace z5::ledger {
namespace {

using identity::Kind;
using std::chrono::hours;
using support::KeylessPeople;
using support::kRootName;
using support::World;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";

// "" when accepted, else "rule: reason" lines.
std::string said(const Outcome& outcome) {
  if (outcome.answer == Answer::Accepted) return "";
  std::string out;
  for (const Refusal& refusal : outcome.refusals)
    out += refusal.rule + ": " + refusal.reason + "\n";
  return out;
}

class Trust : public testing::Test {
 protected:
  // A version in Staging whose model was signed an hour ago by an identity and nobody else; all
  // that is left to do is promote it.
  void approve() {
    ASSERT_EQ(said(people_.trust(world_)), "");
    ASSERT_EQ(said(people_.enroll(world_, "trainer", "attest", {"model-signer@acme"})), "");
    ASSERT_EQ(said(world_.submit(kRef, {}, {{"signature", signature()}})), "");
    ASSERT_EQ(said(world_.stage(kRef)), "");
    ASSERT_EQ(said(world_.attach_promotion_evidence(kRef)), "");
    ASSERT_EQ(said(world_.approve(kRef, "sam", "security")), "");
    ASSERT_EQ(said(world_.approve(kRef, "pia", "product")), "");
  }
  support::Document signature() { return people_.model_signature(world_, "trainer", signed_at_); }
  Outcome root(Json fields, const std::string& document = "") {
    fields["root"] = kRootName;
    const Digest subject =
        sha256(document.empty() ? people_.stack().trusted_root().dump() : document);
    if (!document.empty()) fields["document"] = document;
    return world_.send(world_.sign(
        world_.command(Kind::SetTrustRoot, "", subject, std::move(fields)), "ana", {"ada"}));
  }
  const sigstore::TrustRoots& roots() { return *world_.writer().state().trust(); }

  World world_;
  KeylessPeople people_;
  Time signed_at_ = world_.now() - hours(1);
};

TEST_F(Trust, ARootNeedsTheQuorumAndItsDocument) {
  const std::string document = people_.stack().trusted_root().dump();
  const identity::Command command = world_.command(Kind::SetTrustRoot, "", sha256(document),
                                                   {{"root", kRootName}, {"document", document}});
  EXPECT_THAT(said(world_.send(world_.sign(command, "ana"))), HasSubstr("quorum"));
  EXPECT_THAT(said(world_.send(world_.sign(command, "ci", {"ana"}))), HasSubstr("not-authorised"));
  EXPECT_THAT(said(root(Json::object())), HasSubstr("document-missing"));
  EXPECT_THAT(said(root(Json::object(), "{}")), HasSubstr("trust-root-malformed: mediaType"));
  EXPECT_THAT(said(root({{"valid_from", to_rfc3339(world_.now())},
                         {"valid_to", to_rfc3339(world_.now() - hours(1))}},
                        document)),
              HasSubstr("root-window"));
  EXPECT_EQ(roots().all().size(), 0u);
  EXPECT_EQ(said(root(Json::object(), document)), "");
  ASSERT_NE(roots().find(kRootName), nullptr);
  EXPECT_EQ(roots().find(kRootName)->document->form(), "sigstore");
  EXPECT_THAT(said(root(Json::object())), HasSubstr("root-unchanged"));
}

TEST_F(Trust, IsReadBackFromTheLogAlone) {
  EXPECT_EQ(said(people_.trust(world_)), "");
  EXPECT_EQ(said(root({{"valid_to", to_rfc3339(world_.now() + hours(1))}})), "")
      << "the document stays";
  const Digest before = roots().digest();
  world_.restart();
  EXPECT_EQ(roots().digest(), before);
  EXPECT_EQ(said(root({{"withdrawn_at", to_rfc3339(world_.now())}})), "");
  world_.restart();
  EXPECT_THAT(said(people_.trust(world_)), HasSubstr("root-withdrawn"));
}

TEST_F(Trust, WhatAnIdentitySignedCountsAtTheVerifiedTime) {
  approve();
  std::promise<Result<Intake::View>> seen;
  world_.intake().field_of_view(
      kRef, [&](Result<Intake::View> view) { seen.set_value(std::move(view)); });
  const auto view = seen.get_future().get();
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->facts["signatures"], (Json{{"model_valid", true},
                                             {"image_valid", false},
                                             {"signers", {"trainer"}},
                                             {"verified_at", to_rfc3339(signed_at_)}}));
  EXPECT_TRUE(view->notes.empty());
  // The root ends; what was signed inside its window stays good.
  world_.pass(std::chrono::minutes(1));
  EXPECT_EQ(said(root({{"valid_to", to_rfc3339(world_.now())}})), "");
  EXPECT_EQ(said(world_.promote(kRef)), "");
}

TEST_F(Trust, AWithdrawnRootStopsTheNextTransition) {
  approve();
  EXPECT_EQ(said(root({{"withdrawn_at", to_rfc3339(world_.now())}})), "");
  EXPECT_THAT(said(world_.promote(kRef)), HasSubstr("trust-withdrawn"));
}

TEST_F(Trust, AVoidRootStopsTheNextTransition) {
  approve();
  EXPECT_EQ(said(root({{"invalid_since", to_rfc3339(signed_at_)}})), "");
  EXPECT_THAT(said(world_.promote(kRef)), HasSubstr("trust-void"));
}

TEST_F(Trust, AnotherDocumentOfTheRootMustVouchForItToo) {
  approve();
  EXPECT_EQ(said(root(Json::object(), support::PrivateStack().trusted_root().dump())), "");
  EXPECT_THAT(said(world_.promote(kRef)), HasSubstr("signature "));
  EXPECT_EQ(said(root(Json::object(), people_.stack().trusted_root().dump())), "");
  EXPECT_EQ(said(world_.promote(kRef)), "");
}

TEST_F(Trust, ACompromisedIdentityStopsTheNextTransition) {
  approve();
  EXPECT_EQ(said(people_.retire(world_, "trainer", "compromise", signed_at_)), "");
  EXPECT_THAT(said(world_.promote(kRef)), HasSubstr("signer-void"));
}

TEST_F(Trust, ARotatedIdentitysEvidenceStays) {
  approve();
  world_.pass(std::chrono::seconds(1));
  EXPECT_EQ(said(people_.retire(world_, "trainer", "departure")), "");
  EXPECT_EQ(said(world_.promote(kRef)), "");
}

TEST_F(Trust, OnlyAnEnrolledIdentityWithTheRoleCounts) {
  EXPECT_EQ(said(people_.trust(world_)), "");
  const auto submit = [&] { return said(world_.submit(kRef, {}, {{"signature", signature()}})); };
  EXPECT_THAT(submit(), HasSubstr("signer-unknown"));
  EXPECT_EQ(said(people_.enroll(world_, "trainer", "attest", {"builder@acme"})), "");
  EXPECT_THAT(submit(), HasSubstr("signer-role"));
  EXPECT_THAT(said(people_.enroll(world_, "trainer", "attest", {"model-signer@acme"})),
              HasSubstr("identity-enrolled"));
}

TEST_F(Trust, AnIdentityCommandsUntilItsRootGoes) {
  EXPECT_EQ(said(people_.enroll(world_, "pipeline", "command", {"release-manager@acme"})), "");
  EXPECT_EQ(said(people_.trust(world_)), "");
  EXPECT_EQ(said(world_.submit(kRef)), "");
  const auto stage = [&] {
    return people_.command(
        world_, world_.command(Kind::Stage, kRef, world_.model().digest(), Json::object()),
        "pipeline");
  };
  const auto request = stage();
  EXPECT_EQ(said(world_.send(request)), "");
  EXPECT_EQ(world_.writer().state().version(kRef)->stage, fb::Stage::Staging);
  world_.restart();
  EXPECT_EQ(said(world_.send(request)), "") << "the same bytes, the first outcome";
  const auto late = stage();
  EXPECT_EQ(said(root({{"withdrawn_at", to_rfc3339(world_.now())}})), "");
  EXPECT_THAT(said(world_.send(late)), HasSubstr("trust-withdrawn"));
}

// Intake believed it under the roots of a snapshot; the writer looks again.
TEST_F(Trust, WhatWasBelievedUnderOlderTrustIsVerifiedAgain) {
  EXPECT_EQ(said(people_.enroll(world_, "pipeline", "command", {"release-manager@acme"})), "");
  EXPECT_EQ(said(people_.trust(world_)), "");
  EXPECT_EQ(said(world_.submit(kRef)), "");
  const auto prepared = [&] {
    const auto request = people_.command(
        world_, world_.command(Kind::Stage, kRef, world_.model().digest(), Json::object()),
        "pipeline");
    const gate::State& state = world_.writer().state();
    auto authentic = identity::Authenticator({world_.trust().origin, world_.trust().genesis},
                                             state.actors(), state.trust())
                         .authenticate(request.bundles, world_.now());
    EXPECT_TRUE(authentic.ok());
    auto evidenced =
        gate::EvidenceStep(state, world_.store(), world_.bundles()).run(*authentic, {});
    EXPECT_TRUE(evidenced.ok() && evidenced->ok());
    return Prepared{*std::move(authentic), std::move(**evidenced), {}};
  };
  const auto judged = [&](Prepared command) {
    std::promise<Outcome> answer;
    world_.writer().submit(std::move(command),
                           [&](Outcome outcome) { answer.set_value(std::move(outcome)); });
    return said(answer.get_future().get());
  };
  Prepared withdrawn = prepared(), replaced = prepared();
  EXPECT_EQ(said(root(Json::object(), support::PrivateStack().trusted_root().dump())), "");
  EXPECT_THAT(judged(std::move(replaced)), HasSubstr("not-authenticated"));
  EXPECT_EQ(said(root({{"withdrawn_at", to_rfc3339(world_.now())}},
                      people_.stack().trusted_root().dump())),
            "");
  EXPECT_THAT(judged(std::move(withdrawn)), HasSubstr("trust-withdrawn"));
}

// A reader does the same again, on its own fold: the recorded command of an identity under the
// roots of that moment, and under none.
TEST_F(Trust, AReaderVerifiesTheIdentityUnderTheRootsOfThatMoment) {
  EXPECT_EQ(said(people_.enroll(world_, "pipeline", "command", {"release-manager@acme"})), "");
  EXPECT_EQ(said(people_.trust(world_)), "");
  EXPECT_EQ(said(world_.submit(kRef)), "");
  const Outcome staged = world_.send(people_.command(
      world_, world_.command(Kind::Stage, kRef, world_.model().digest(), Json::object()),
      "pipeline"));
  ASSERT_EQ(said(staged), "");
  gate::State state;
  chain::ChainReader reader(*log::open_file_reader(world_.ledger_folder()),
                            chain::empty_head(world_.trust()));
  const chain::VerifiedGroup* group = nullptr;
  while ((group = *reader.next(std::chrono::milliseconds(0)))->first < staged.sequence)
    ASSERT_TRUE(gate::fold_group(state, *group, Time{}, {}).ok());
  const Entry entry = *decode_entry(group->entries[0].body);
  const auto commands = *gate::read_commands(group->entries[0].commands);
  const auto version = state.version(kRef);
  const auto actors = state.actors();
  const auto policies = state.policies();
  const auto verified = [&](std::shared_ptr<const sigstore::TrustRoots> trust) {
    gate::OriginCheck origins(entry.sequence, gate::Signatures::All);
    const auto left = origins.check(
        entry, commands, {state.name(), *actors, *policies, state.quorum(), version.get(), trust});
    EXPECT_TRUE(left.ok() && left->size() == 1);
    const Status status = left->front().verify();
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(verified(state.trust()), "");
  EXPECT_THAT(verified(std::make_shared<sigstore::TrustRoots>()),
              HasSubstr("not signed by the identity of actor pipeline"));
}

}  // namespace
}  // namespace z5::ledger
