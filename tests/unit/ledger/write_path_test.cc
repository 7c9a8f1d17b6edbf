// SPDX-License-Identifier: Apache-2.0
// Goal: the whole write path says yes and no as DESIGN sections 5 to 8 want, records it, and comes back the same after
// a restart. Method: a real ledger in a temporary folder (tests/support/world.h), real signatures, real OPA.
#include "ledger/write_path.h"

#include <gtest/gtest.h>

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/fold.h"
#include "ledger/keys/dsse.h"
#include "world.h"

namespace z5::ledger {
namespace {

using identity::Kind;
using support::World;
using support::WorldOptions;

constexpr const char* kRef = "acme/credit:1.0";

std::string rules(const Outcome& outcome) {
  std::string out;
  for (const Refusal& refusal : outcome.refusals) out += refusal.rule + ": " + refusal.reason + "\n";
  return out;
}
bool has_rule(const Outcome& outcome, std::string_view rule) {
  return std::any_of(outcome.refusals.begin(), outcome.refusals.end(), [&](const Refusal& r) { return r.rule == rule; });
}
#define EXPECT_ACCEPTED(outcome)                                \
  do {                                                          \
    const Outcome z5_outcome = (outcome);                       \
    EXPECT_EQ(z5_outcome.answer, Answer::Accepted) << rules(z5_outcome); \
  } while (false)
#define EXPECT_RULE(outcome, rule)                              \
  do {                                                          \
    const Outcome z5_outcome = (outcome);                       \
    EXPECT_NE(z5_outcome.answer, Answer::Accepted);             \
    EXPECT_TRUE(has_rule(z5_outcome, rule)) << rules(z5_outcome); \
  } while (false)

// Every event of the log, read and folded by a reader that shares nothing with the writer.
std::vector<std::string> events_of(const World& world) {
  std::vector<std::string> names;
  gate::State state;
  chain::ChainReader reader(*log::open_file_reader(world.ledger_folder()), chain::empty_head(world.trust()));
  for (;;) {
    const auto group = reader.next(std::chrono::milliseconds(0));
    EXPECT_TRUE(group.ok()) << group.error().message;
    if (!group.ok() || *group == nullptr) break;
    const Status folded = gate::fold_group(state, **group, Time{}, [&](const gate::FoldedEntry& folded_entry) -> Status {
      names.emplace_back(event_name(folded_entry.entry));
      return Done{};
    });
    EXPECT_TRUE(folded.ok()) << folded.error().message;
  }
  EXPECT_TRUE(reader.finish().ok());
  return names;
}

TEST(WritePath, TheStoryFromSubmitToRevoke) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Candidate);
  EXPECT_RULE(world.promote(kRef), "transition");
  EXPECT_ACCEPTED(world.stage(kRef));
  EXPECT_RULE(world.promote(kRef), "four-eyes");
  EXPECT_ACCEPTED(world.attach_promotion_evidence(kRef));
  EXPECT_ACCEPTED(world.approve(kRef, "sam", "security"));
  EXPECT_RULE(world.promote(kRef), "four-eyes");
  EXPECT_ACCEPTED(world.approve(kRef, "pia", "product"));
  EXPECT_ACCEPTED(world.promote(kRef));
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Approved);
  EXPECT_ACCEPTED(world.run(Kind::Revoke, kRef, "rob", {{"reason", "cve-found"}}));
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Revoked);
  EXPECT_RULE(world.run(Kind::Revoke, kRef, "rob", {{"reason", "cve-found"}}), "revoked");
  const auto events = events_of(world);
  EXPECT_EQ(std::count(events.begin(), events.end(), "ReleasePublished"), 1);
  EXPECT_EQ(std::count(events.begin(), events.end(), "CommandRefused"), 4);
}

TEST(WritePath, ReceiptsProveTheEntry) {
  World world;
  const Outcome outcome = world.submit(kRef);
  ASSERT_EQ(outcome.answer, Answer::Accepted) << rules(outcome);
  const auto receipt = chain::parse_receipt(outcome.receipts->receipt(outcome.sequence).text());
  ASSERT_TRUE(receipt.ok());
  EXPECT_TRUE(chain::verify_receipt(*receipt, outcome.entry_hash, world.trust()).ok());
  EXPECT_FALSE(chain::verify_receipt(*receipt, sha256("other"), world.trust()).ok());
}

// R9-R13, R33: each missing piece is named, and an empty submission names all of them.
TEST(WritePath, WhatIsMissingIsRefusedByName) {
  World world;
  EXPECT_RULE(world.submit(kRef, {"manifest"}), "document-missing");  // before another try has left it in the store
  for (const char* piece : {"signature", "provenance", "dataset", "scan", "security", "sbom", "model-card"}) {
    const Outcome outcome = world.submit(kRef, {piece});
    EXPECT_EQ(outcome.answer, Answer::Refused) << piece;
  }
  EXPECT_FALSE(world.writer().state().version(kRef));
  EXPECT_ACCEPTED(world.submit(kRef));
}

TEST(WritePath, VersionsAreNeverReplaced) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  const Outcome again = world.submit(kRef);
  EXPECT_EQ(again.answer, Answer::Conflict);
  EXPECT_TRUE(has_rule(again, "version-exists"));
  world.model().files["model.onnx"] = "other bytes";
  EXPECT_EQ(world.submit(kRef).answer, Answer::Conflict);
  EXPECT_ACCEPTED(world.submit("acme/credit:1.1"));
}

TEST(WritePath, ARepeatedCommandHasItsFirstOutcome) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  const auto version = world.writer().state().version(kRef);
  identity::Command command = world.command(Kind::Annotate, kRef, version->model_digest, {{"tags", {{"a", "b"}}}});
  const auto request = world.sign(command, "ci");
  const Outcome first = world.send(request), second = world.send(request);
  ASSERT_EQ(first.answer, Answer::Accepted) << rules(first);
  EXPECT_EQ(second.answer, Answer::Accepted);
  EXPECT_EQ(second.sequence, first.sequence);
  EXPECT_EQ(second.entry_hash, first.entry_hash);
  world.restart();
  const Outcome third = world.send(request);
  EXPECT_EQ(third.sequence, first.sequence);
  EXPECT_EQ(third.entry_hash, first.entry_hash);
  command.fields["tags"]["a"] = "c";  // the same id with another content
  const Outcome reused = world.send(world.sign(command, "ci"));
  EXPECT_EQ(reused.answer, Answer::Conflict);
  EXPECT_TRUE(has_rule(reused, "command-id-reused"));
  world.pass(std::chrono::hours(2));
  EXPECT_RULE(world.send(request), "expired");
}

// R72, R73, MISSION: nobody is two of submitter, approver in two roles, promoter.
TEST(WritePath, SeparationOfDuties) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  EXPECT_ACCEPTED(world.stage(kRef));
  EXPECT_ACCEPTED(world.attach_promotion_evidence(kRef));
  EXPECT_RULE(world.approve(kRef, "sam", "product"), "not-authorised");
  EXPECT_ACCEPTED(world.approve(kRef, "sam", "security"));
  EXPECT_RULE(world.approve(kRef, "sam", "security"), "approved-already");
  EXPECT_RULE(world.approve(kRef, "ana", "product"), "not-authorised");
  EXPECT_ACCEPTED(world.run(Kind::WithdrawApproval, kRef, "sam"));
  EXPECT_RULE(world.run(Kind::WithdrawApproval, kRef, "sam"), "no-approval");
  EXPECT_ACCEPTED(world.approve(kRef, "pia", "product"));
  EXPECT_RULE(world.promote(kRef), "four-eyes");
}

TEST(WritePath, AttachVoidsApprovals) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef, {}));
  EXPECT_ACCEPTED(world.stage(kRef));
  EXPECT_ACCEPTED(world.approve(kRef, "sam", "security"));
  EXPECT_ACCEPTED(world.attach_promotion_evidence(kRef));
  EXPECT_TRUE(world.writer().state().version(kRef)->approvals.empty());
  EXPECT_RULE(world.attach_promotion_evidence(kRef), "nothing-new");
}

// An approval is for exactly what was seen: another facts digest, policy, ticket or evidence does not count.
TEST(WritePath, AnApprovalHoldsForItsFieldOfViewOnly) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  EXPECT_ACCEPTED(world.stage(kRef));
  const auto version = world.writer().state().version(kRef);
  const support::Document change{"ticket", support::ticket(world.now())};
  const Json fields = {{"role", "security"}, {"stage_to", "Approved"}, {"evidence_root", version->evidence_root.text()},
                       {"facts", sha256("other").text()}, {"policy", version->policy.text()},
                       {"engine", world.writer().engine()}, {"ticket", change.digest().text()}, {"serving", ""}};
  EXPECT_RULE(world.run(Kind::Approve, kRef, "sam", fields, {change}), "view-facts");
}

TEST(WritePath, WhoMayDoWhat) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  for (const char* author : {"sam", "ci", "rob", "ana"}) EXPECT_RULE(world.run(Kind::Stage, kRef, author), "not-authorised");
  for (const char* author : {"sam", "ci", "release", "ana"}) {
    EXPECT_RULE(world.run(Kind::Revoke, kRef, author, {{"reason", "x"}}), "not-authorised");
  }
  // R69: another tenant's version looks like any other no.
  const Outcome other = world.run(Kind::Annotate, "globex/credit:1", "ci", {{"tags", {{"a", "b"}}}});
  EXPECT_EQ(rules(other), "not-authorised: not authorised\n");
}

TEST(WritePath, QuarantineNeedsTwoToLiftAndGoesOverdue) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  const Json fields = {{"reason", "suspicious"}, {"review_by", to_rfc3339(world.now() + std::chrono::hours(1))}};
  EXPECT_ACCEPTED(world.run(Kind::Quarantine, kRef, "rob", fields));
  EXPECT_RULE(world.stage(kRef), "hold");
  EXPECT_RULE(world.run(Kind::LiftQuarantine, kRef, "rob"), "quorum");
  world.pass(std::chrono::minutes(90));
  EXPECT_ACCEPTED(world.run(Kind::Annotate, kRef, "ci", {{"tags", {{"a", "b"}}}}));
  EXPECT_TRUE(world.writer().state().version(kRef)->hold->overdue);
  EXPECT_ACCEPTED(world.run(Kind::LiftQuarantine, kRef, "rob", Json::object(), {}, {"rae"}));
  EXPECT_FALSE(world.writer().state().version(kRef)->hold);
  EXPECT_ACCEPTED(world.stage(kRef));
  const auto events = events_of(world);
  EXPECT_EQ(std::count(events.begin(), events.end(), "QuarantineOverdue"), 1);
}

TEST(WritePath, AdminsNeedTheirQuorum) {
  World world;
  const keys::PrivateKey fresh = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  fb::ActorEnrolledT actor;
  actor.actor = "second-ci";
  actor.use = fb::KeyUse::Command;
  actor.kind = fb::ActorKind::Workload;
  actor.roles = {"submitter@acme"};
  actor.key.assign(fresh.public_key().spki().begin(), fresh.public_key().spki().end());
  identity::Command command = world.command(Kind::EnrollActor, "", fresh.public_key().digest(),
                                            {{"actor", identity::write_enrollment(actor)}});
  EXPECT_RULE(world.send(world.sign(command, "ana")), "quorum");
  command.command_id = make_uuid_v7(world.now(), keys::random_bytes(10));
  EXPECT_RULE(world.send(world.sign(command, "ana", {"ada"})), "possession");
  command.command_id = make_uuid_v7(world.now(), keys::random_bytes(10));
  auto request = world.sign(command, "ana", {"ada"});
  request.bundles.push_back(keys::sign_bundle(identity::write_command(command), fresh));
  EXPECT_ACCEPTED(world.send(request));
  ASSERT_NE(world.writer().state().actors()->find("second-ci"), nullptr);
  EXPECT_EQ(world.writer().state().actors()->find("second-ci")->enrolled_by, (std::vector<std::string>{"ada", "ana"}));

  identity::Command retire = world.command(Kind::RetireActor, "", world.cast().keys.at("ada").public_key().digest(),
                                           {{"actor", "ada"}, {"reason", "departure"}});
  EXPECT_RULE(world.send(world.sign(retire, "ana", {"ada"})), "quorum-floor");
}

// R63, R104: a compromised model signer stops every later transition of what it signed.
TEST(WritePath, ACompromisedSignerVoidsItsEvidence) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  const Json fields = {{"actor", "model-signer"}, {"reason", "compromise"},
                       {"invalid_since", to_rfc3339(world.now() - std::chrono::hours(1))}};
  const identity::Command retire =
      world.command(Kind::RetireActor, "", world.cast().vouchers.model_signer.public_key().digest(), fields);
  EXPECT_ACCEPTED(world.send(world.sign(retire, "ana", {"ada"})));
  EXPECT_EQ(world.stage(kRef).answer, Answer::Refused);
}

TEST(WritePath, ClientsCosignHistory) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  identity::Command command = world.command(Kind::Annotate, kRef, world.model().digest(), {{"tags", {{"a", "b"}}}});
  command.seen_root = sha256("another history");
  EXPECT_RULE(world.send(world.sign(command, "ci")), "fork");
  const auto checkpoint = chain::verify_checkpoint(world.writer().checkpoint(), world.trust());
  ASSERT_TRUE(checkpoint.ok());
  command.seen_size = checkpoint->size;
  command.seen_root = checkpoint->root;
  command.command_id = make_uuid_v7(world.now(), keys::random_bytes(10));
  EXPECT_ACCEPTED(world.send(world.sign(command, "ci")));
}

TEST(WritePath, DryRunsLeaveNothing) {
  World world;
  identity::Command command = world.command(Kind::Submit, kRef, world.model().digest(), {{"documents", Json::array()}});
  command.dry_run = true;
  auto request = world.sign(command, "ci");
  request.attachments.emplace(world.model().digest(), world.model().manifest());
  const Outcome outcome = world.send(request);
  EXPECT_EQ(outcome.answer, Answer::Refused);
  EXPECT_GE(outcome.refusals.size(), 6u) << rules(outcome);
  const auto events = events_of(world);
  EXPECT_EQ(std::count(events.begin(), events.end(), "CommandRefused"), 0);
  EXPECT_FALSE(world.store().has(world.model().digest()));
}

TEST(WritePath, RefusalsAreRecordedAtARate) {
  WorldOptions options;
  options.rates = {.commands_per_minute = 600, .refusals_per_minute = 1, .refusal_burst = 3};
  World world(options);
  for (int i = 0; i < 10; ++i) EXPECT_RULE(world.stage(kRef), "unknown-version");
  world.pass(std::chrono::minutes(2));
  EXPECT_RULE(world.stage(kRef), "unknown-version");
  const auto events = events_of(world);
  EXPECT_EQ(std::count(events.begin(), events.end(), "CommandRefused"), 4);
  EXPECT_EQ(std::count(events.begin(), events.end(), "RefusalsSuppressed"), 1);
}

TEST(WritePath, TooManyCommandsAMinute) {
  WorldOptions options;
  options.rates.commands_per_minute = 5;
  World world(options);
  for (int i = 0; i < 5; ++i) EXPECT_RULE(world.stage(kRef), "unknown-version");
  EXPECT_EQ(world.stage(kRef).answer, Answer::TooMany);
}

TEST(WritePath, ARefusedCommandStaysRefused) {
  World world;
  const auto request = world.sign(world.command(Kind::Stage, kRef, world.model().digest(), Json::object()), "release");
  EXPECT_RULE(world.send(request), "unknown-version");
  EXPECT_ACCEPTED(world.submit(kRef));
  EXPECT_RULE(world.send(request), "unknown-version");
  world.restart();
  EXPECT_RULE(world.send(request), "unknown-version");
  EXPECT_ACCEPTED(world.stage(kRef));
}

TEST(WritePath, TheClockIsNotBelievedBlindly) {
  World world;
  EXPECT_ACCEPTED(world.submit(kRef));
  const Time honest = world.now();
  world.set_wall(honest - std::chrono::hours(1));
  EXPECT_EQ(world.stage(kRef).answer, Answer::Unavailable);
  world.set_wall(honest + std::chrono::minutes(30));
  EXPECT_EQ(world.stage(kRef).answer, Answer::Unavailable);
  world.set_wall(honest);
  EXPECT_ACCEPTED(world.stage(kRef));
}

// Disk full: 503, nothing changed, and the same bytes are taken once there is room.
class FullDisk : public log::Disk {
 public:
  bool full = false, broken = false;
  int reserve(int file, off_t offset, off_t size) override {
    if (full) return errno = ENOSPC, -1;
    return Disk::reserve(file, offset, size);
  }
  ssize_t pwrite(int file, const char* data, std::size_t size, off_t offset) override {
    if (full) return errno = ENOSPC, -1;
    return Disk::pwrite(file, data, size, offset);
  }
  int fdatasync(int file) override {
    if (broken) return errno = EIO, -1;
    return Disk::fdatasync(file);
  }
};

TEST(WritePath, DiskFullChangesNothingAndResumes) {
  FullDisk disk;
  WorldOptions options;
  options.disk = &disk;
  World world(options);
  // Bigger than what is reserved ahead, so that the full disk is met.
  EXPECT_ACCEPTED(world.submit(kRef));
  disk.full = true;
  const auto request = world.sign(world.command(Kind::Stage, kRef, world.model().digest(), Json::object()), "release");
  EXPECT_EQ(world.send(request).answer, Answer::Unavailable);
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Candidate);
  EXPECT_FALSE(world.writer().ended());
  disk.full = false;
  EXPECT_ACCEPTED(world.send(request));
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Staging);
  events_of(world);
}

TEST(WritePath, AFailedSyncEndsTheWriter) {
  FullDisk disk;
  WorldOptions options;
  options.disk = &disk;
  World world(options);
  disk.broken = true;
  EXPECT_EQ(world.submit(kRef).answer, Answer::Unavailable);
  EXPECT_TRUE(world.writer().ended());
  disk.broken = false;
  EXPECT_EQ(world.submit(kRef).answer, Answer::Unavailable);
  world.restart();
  const Outcome again = world.submit(kRef);  // what the broken sync left may or may not be there; never twice
  EXPECT_TRUE(again.answer == Answer::Accepted || has_rule(again, "version-exists")) << rules(again);
}

TEST(WritePath, OneWriterOnly) {
  World world;
  const auto second = log::open_file_writer(world.ledger_folder());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::Conflict);
}

TEST(WritePath, MalformedRequests) {
  World world;
  for (const char* bytes : {"", "{", "[]", "{}", "{\"command\":1}", "{\"command\":\"e30=\",\"extra\":1}",
                            "{\"command\":\"e30=\",\"command\":\"e30=\"}", "{\"command\":\"e3\"}",
                            "{\"command\":\"e30=\",\"evidence\":[{\"digest\":\"sha256:00\",\"media_type\":\"\",\"content\":\"\"}]}"}) {
    EXPECT_EQ(world.send_bytes(bytes).answer, Answer::Malformed) << bytes;
  }
}

}  // namespace
}  // namespace z5::ledger
