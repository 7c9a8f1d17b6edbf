// SPDX-License-Identifier: Apache-2.0
// Goal: only an enrolled, active command key speaks, once, for this ledger, and only in the form
// that the table allows. Method: real signatures by fresh keys; each way of lying is tried by name.
#include <gtest/gtest.h>

#include "ledger/identity/authenticate.h"
#include "ledger/identity/enrollment.h"
#include "ledger/keys/dsse.h"
#include "schemas/limits.h"

namespace z5::identity {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

const LedgerName kLedger{"z5.local/test", sha256("genesis")};
const Time kNow = *from_rfc3339("2026-11-24T12:00:00Z");

fb::ActorEnrolledT enrolled(const std::string& id, const PrivateKey& key,
                            fb::KeyUse use = fb::KeyUse::Command, const std::string& person = "") {
  fb::ActorEnrolledT event;
  event.actor = id;
  event.kind = person.empty() ? fb::ActorKind::Workload : fb::ActorKind::Person;
  event.person = person;
  event.use = use;
  event.key.assign(key.public_key().spki().begin(), key.public_key().spki().end());
  event.roles = {"submitter@acme"};
  return event;
}

class Identity : public testing::Test {
 protected:
  void enrol(const fb::ActorEnrolledT& event) { actors_ = *actors_->enrolled(event, kNow); }
  Command command(Kind kind = Kind::Revoke) const {
    Command out;
    out.kind = kind;
    out.ledger = kLedger;
    out.ref = "acme/credit:1";
    out.command_id = make_uuid_v7(kNow, "0123456789");
    out.issued_at = kNow;
    out.expires_at = kNow + std::chrono::hours(1);
    out.seen_size = 1;
    out.seen_root = kLedger.genesis;
    out.subject = sha256("model");
    if (kind == Kind::Revoke) out.fields = {{"reason", "cve-found"}};
    return out;
  }
  Expected<Authentic, NotAuthentic> authenticate(std::vector<Bytes> bundles,
                                                 Time now = kNow) const {
    return Authenticator(kLedger, actors_, trust_).authenticate(bundles, now);
  }
  std::string rule(std::vector<Bytes> bundles, Time now = kNow) const {
    const auto result = authenticate(std::move(bundles), now);
    return result.ok() ? "" : result.error().refusal.rule;
  }

  PrivateKey ana_ = PrivateKey::generate(Algorithm::Ed25519),
             bob_ = PrivateKey::generate(Algorithm::P256);
  std::shared_ptr<const Actors> actors_ = std::make_shared<Actors>();
  std::shared_ptr<const sigstore::TrustRoots> trust_ = std::make_shared<sigstore::TrustRoots>();
};

TEST_F(Identity, AnEnrolledKeySpeaksUnderAnyHint) {
  enrol(enrolled("ana", ana_, fb::KeyUse::Command, "ana"));
  enrol(enrolled("bob", bob_));
  for (const PrivateKey* key : {&ana_, &bob_}) {
    const auto authentic = authenticate({keys::sign_bundle(write_command(command()), *key)});
    ASSERT_TRUE(authentic.ok()) << authentic.error().refusal.reason;
    EXPECT_EQ(authentic->author().id, key == &ana_ ? "ana" : "bob");
    EXPECT_EQ(authentic->command().text("reason"), "cve-found");
  }
  // A hint that names another enrolled key only costs a try.
  std::string bundle = keys::sign_bundle(write_command(command()), ana_);
  const std::string hint = ana_.public_key().digest().hex();
  bundle.replace(bundle.find(hint), hint.size(), bob_.public_key().digest().hex());
  EXPECT_EQ(authenticate({bundle})->author().id, "ana");
}

TEST_F(Identity, WhoMayNotSpeak) {
  const std::string payload = write_command(command());
  const Bytes by_ana = keys::sign_bundle(payload, ana_);
  EXPECT_EQ(rule({by_ana}), "not-authenticated");
  enrol(enrolled("ana", ana_, fb::KeyUse::Attest));
  EXPECT_EQ(rule({by_ana}), "wrong-use");  // an attestation key never commands
  enrol(enrolled("bob", bob_));
  const Bytes by_bob = keys::sign_bundle(payload, bob_);
  EXPECT_EQ(rule({by_bob}), "");
  fb::ActorRetiredT retired;
  retired.actor = "bob";
  retired.reason = fb::RetireReason::Compromise;
  actors_ = *actors_->retired(retired, kNow);
  EXPECT_EQ(rule({by_bob}), "actor-retired");
}

TEST_F(Identity, ExpiredEarlyAndForeignCommands) {
  enrol(enrolled("ana", ana_));
  const Bytes bundle = keys::sign_bundle(write_command(command()), ana_);
  EXPECT_EQ(rule({bundle}, kNow + std::chrono::hours(1)), "expired");
  EXPECT_EQ(rule({bundle}, kNow + std::chrono::hours(1) - std::chrono::nanoseconds(1)), "");
  EXPECT_EQ(rule({bundle}, kNow - limits::kClockSkew - std::chrono::nanoseconds(1)),
            "not-yet-valid");
  Command foreign = command();
  foreign.ledger.genesis = sha256("another");
  EXPECT_EQ(rule({keys::sign_bundle(write_command(foreign), ana_)}), "wrong-ledger");
}

TEST_F(Identity, CosignersSignTheSameBytesOnceEach) {
  enrol(enrolled("ana", ana_));
  enrol(enrolled("bob", bob_));
  const std::string payload = write_command(command());
  const Bytes by_ana = keys::sign_bundle(payload, ana_), by_bob = keys::sign_bundle(payload, bob_);
  EXPECT_EQ(authenticate({by_ana, by_bob})->cosigners().at(0).id, "bob");
  EXPECT_EQ(rule({by_ana, by_ana}), "cosigner-twice");
  EXPECT_EQ(rule({by_ana, by_bob, by_bob}), "cosigner-twice");
  Command other = command();
  other.command_id = make_uuid_v7(kNow, "9876543210");
  EXPECT_EQ(rule({by_ana, keys::sign_bundle(write_command(other), bob_)}), "cosigner-payload");
  EXPECT_EQ(rule({by_ana, keys::sign_bundle(payload, PrivateKey::generate(Algorithm::P256))}),
            "cosigner-unknown");
}

TEST_F(Identity, TheNewKeyProvesPossession) {
  enrol(enrolled("ana", ana_, fb::KeyUse::Command, "ana"));
  Command enrolling = command(Kind::EnrollActor);
  enrolling.ref.clear();
  enrolling.subject = bob_.public_key().digest();
  enrolling.fields = {{"actor", write_enrollment(enrolled("bob", bob_))}};
  const std::string payload = write_command(enrolling);
  const Bytes by_ana = keys::sign_bundle(payload, ana_);
  EXPECT_FALSE(authenticate({by_ana})->possession_proved());
  EXPECT_TRUE(authenticate({by_ana, keys::sign_bundle(payload, bob_)})->possession_proved());
}

// DSSE type confusion (FINDINGS 8): the signature covers the type, and evidence is never a command.
TEST_F(Identity, OtherPayloadsAreNoCommands) {
  enrol(enrolled("ana", ana_));
  EXPECT_EQ(
      rule({keys::sign_bundle(
          R"({"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"https://slsa.dev/provenance/v1","predicate":{}})",
          ana_)}),
      "command-malformed");
  EXPECT_EQ(rule({"{}"}), "bundle-malformed");
  std::string raw = keys::sign_bundle(write_command(command()), ana_);
  raw.replace(raw.find("vnd.in-toto+json"), 16, "vnd.other+json  ");
  EXPECT_EQ(rule({raw}), "bundle-malformed");
}

TEST_F(Identity, CommandsAreReadStrictly) {
  const Json good = *parse_json(write_command(command()));
  EXPECT_TRUE(parse_command(good.dump()).ok());
  const auto refused = [&](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    const auto command = parse_command(changed.dump());
    EXPECT_FALSE(command.ok()) << pointer << " " << value;
    return command.ok() ? "" : command.error().message;
  };
  refused("/_type", "https://in-toto.io/Statement/v2");
  refused("/predicateType", "urn:z5:command:revoke:v2");
  refused("/predicateType", "urn:z5:command:unknown:v1");
  refused("/extra", 1);
  refused("/predicate/extra", 1);
  refused("/predicate/ref", "acme/../x:1");
  refused("/predicate/ref", "");
  refused("/predicate/command_id", "1");
  refused("/predicate/expires_at", "2026-11-26T12:00:00Z");
  refused("/predicate/expires_at", "2026-11-24T12:00:00Z");
  refused("/predicate/seen/size", "0");
  refused("/predicate/seen/size", "01");
  refused("/predicate/reason", "Not A Slug");
  refused("/predicate/ledger/genesis", "sha256:12");
  refused("/subject/0/digest/sha512", "00");
  refused("/subject/1", Json::object());
  EXPECT_EQ(refused("/predicate/reason", nullptr), "predicate.reason: not of its form");
  Json without = good;
  without["predicate"].erase("reason");
  EXPECT_EQ(parse_command(without.dump()).error().message, "predicate.reason: missing");
}

TEST_F(Identity, EveryKindRoundTrips) {
  for (const Kind kind : all_kinds()) EXPECT_EQ(*parse_command_kind(kind_text(kind)), kind);
  const std::string payload = write_command(command());
  const auto parsed = parse_command(payload);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(write_command(*parsed), payload);
  EXPECT_EQ(parsed->payload, sha256(payload));
}

TEST_F(Identity, RolesAreScoped) {
  Actor actor;
  actor.roles = {"admin@*", "revoker@acme"};
  EXPECT_TRUE(actor.has_role("revoker", "acme"));
  EXPECT_FALSE(actor.has_role("revoker", "acme2"));
  EXPECT_FALSE(actor.has_role("revoke", "acme"));
  EXPECT_TRUE(actor.has_role("admin", "any"));
  actor.retired_at = kNow;
  EXPECT_FALSE(actor.has_role("revoker", "acme"));
}

TEST_F(Identity, AKeyIsEnrolledOnceEver) {
  enrol(enrolled("ana", ana_));
  EXPECT_EQ(actors_->enrolled(enrolled("ana2", ana_), kNow).error().code, ErrorCode::Corrupt);
  EXPECT_EQ(actors_->enrolled(enrolled("ana", bob_), kNow).error().code, ErrorCode::Corrupt);
}

TEST_F(Identity, ActorsFileNamesWhatIsWrong) {
  const std::string folder = testing::TempDir();
  const auto message = [&](const std::string& text) {
    const auto file = parse_actors_file(text, folder);
    return file.ok() ? "" : file.error().message;
  };
  EXPECT_EQ(message("extra = 1"), "actors.toml: extra: unknown field");
  EXPECT_EQ(message(""), "actors.toml: actor: at least one [[actor]] is needed");
  EXPECT_EQ(message("admin_threshold = 0\n[[actor]]\nid = 'a'"),
            "actors.toml: admin_threshold: expected 1 to 16");
  EXPECT_NE(message("[[actor]]\nid = 'a'\nkey = 'no-such.pub'").find("actor a: key:"),
            std::string::npos);
  EXPECT_NE(message("[[actor]]\nid = ").find("actors.toml: line 2"), std::string::npos);
}

}  // namespace
}  // namespace z5::identity
