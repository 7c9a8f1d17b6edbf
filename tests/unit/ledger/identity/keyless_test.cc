// SPDX-License-Identifier: Apache-2.0
// Goal: an enrolled identity commands exactly under a root that holds now, and nobody who only
// looks like it does. Method: commands signed with certificates of a private Sigstore; issuer,
// name, type, log and root bent one at a time.
#include "ledger/identity/keyless.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/identity/authenticate.h"
#include "ledger/identity/enrollment.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::identity {
namespace {

using support::BundleOptions;
using support::kSignedAt;
using testing::HasSubstr;

const LedgerName kLedger{"z5.local/test", sha256("genesis")};
const Time kNow{(kSignedAt + 30) * 1'000'000'000};
constexpr const char* kIssuer = "https://issuer.example.test";
constexpr const char* kSubject = "trainer@example.test";

const support::PrivateStack& stack() {
  static const support::PrivateStack made;
  return made;
}

Json actor_json(const std::string& issuer, const std::string& subject,
                const std::string& use = "command") {
  return {{"id", "trainer"},
          {"kind", "person"},
          {"person", "tess"},
          {"use", use},
          {"roles", {"submitter@acme"}},
          {"identity", {{"issuer", issuer}, {"subject", subject}}}};
}

Command command(Kind kind = Kind::Revoke) {
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

class KeylessCommand : public testing::Test {
 protected:
  KeylessCommand() {
    enroll(actor_json(kIssuer, kSubject));
    trust({});
  }
  void enroll(const Json& actor) { actors_ = *Actors().enrolled(*parse_enrollment(actor), kNow); }
  void trust(sigstore::Window window, const std::string& document = stack().trusted_root().dump()) {
    trust_ = *sigstore::TrustRoots().with(
        {"public-good", window, sigstore::held_trust_document(document)}, kNow);
  }
  std::string rule(const Json& bundle, Time now = kNow) const {
    const std::vector<Bytes> bundles = {bundle.dump()};
    const auto result = Authenticator(kLedger, actors_, trust_).authenticate(bundles, now);
    return result.ok() ? "" : result.error().refusal.rule;
  }
  static Json by(const BundleOptions& options = {}, const Command& what = command()) {
    return stack().keyless_statement(write_command(what), options);
  }

  std::shared_ptr<const Actors> actors_;
  std::shared_ptr<const sigstore::TrustRoots> trust_;
};

TEST_F(KeylessCommand, AnEnrolledIdentitySpeaks) {
  const std::vector<Bytes> bundles = {by().dump()};
  const auto authentic = Authenticator(kLedger, actors_, trust_).authenticate(bundles, kNow);
  ASSERT_TRUE(authentic.ok()) << authentic.error().refusal.reason;
  EXPECT_EQ(authentic->author().id, "trainer");
  EXPECT_TRUE(authentic->keyless());
  EXPECT_EQ(authentic->grounds("trainer").size(), 1u);
  BundleOptions v1;
  v1.rekor = 1;
  EXPECT_EQ(rule(by(v1)), "");
}

// The certificate ended after ten minutes; the command may still be sent, since the log saw it.
TEST_F(KeylessCommand, IsJudgedAtTheVerifiedTime) {
  EXPECT_EQ(rule(by(), kNow + std::chrono::minutes(50)), "");
  EXPECT_EQ(rule(by(), kNow + std::chrono::hours(1)), "expired");
}

// Identity confusion: e-mail match by prefix, suffix or case, another issuer, newline, unicode.
TEST_F(KeylessCommand, IdentityConfusionIsRefused) {
  for (const auto& [issuer, subject] :
       {std::pair<std::string, std::string>{kIssuer, "Trainer@example.test"},
        {kIssuer, "trainer@example.test.evil"},
        {kIssuer, "trainer@EXAMPLE.test"},
        {kIssuer, "atrainer@example.test"},
        {kIssuer, "trainer+x@example.test"},
        {std::string(kIssuer) + "/", kSubject},
        {"https://Issuer.example.test", kSubject},
        {"https://issuer.example.test.evil", kSubject},
        {"root:public-good", kSubject}}) {
    enroll(actor_json(issuer, subject));
    EXPECT_EQ(rule(by()), "not-authenticated") << issuer << " " << subject;
  }
  for (const char* subject : {"trainer@example.test\n", "trainer@example.test ", "",
                              "tr\xC3\xA4iner@example.test", "trainer@example.test\xE2\x80\x8B"}) {
    const auto parsed = parse_enrollment(actor_json(kIssuer, subject));
    ASSERT_FALSE(parsed.ok()) << subject;
    EXPECT_THAT(parsed.error().message, HasSubstr("actor.identity"));
    EXPECT_FALSE(parse_enrollment(actor_json(subject, kSubject)).ok()) << subject;
  }
  // The two parts cannot be moved against each other.
  EXPECT_NE(sigstore::identity_digest("https://a", "b"),
            sigstore::identity_digest("https://ab", ""));
}

TEST_F(KeylessCommand, OnlyForCommandAndAttest) {
  for (const char* use : {"serving", "service", "witness"}) {
    Json actor = actor_json(kIssuer, kSubject, use);
    if (std::string_view(use) == "serving")
      actor.update({{"audience", "z6"}, {"environment", "staging"}});
    const auto parsed = parse_enrollment(actor);
    ASSERT_FALSE(parsed.ok()) << use;
    EXPECT_THAT(parsed.error().message, HasSubstr("actor.identity"));
  }
  enroll(actor_json(kIssuer, kSubject, "attest"));
  EXPECT_EQ(rule(by()), "wrong-use");
}

TEST_F(KeylessCommand, TheRootMustHoldNow) {
  const Time later = kNow + std::chrono::minutes(5);
  EXPECT_EQ(rule(by(), later), "");
  trust({.valid_to = kNow + std::chrono::minutes(1)});
  EXPECT_EQ(rule(by(), later), "trust-window") << "an ended root lets nobody speak any more";
  trust({.withdrawn_at = kNow});
  EXPECT_EQ(rule(by()), "trust-withdrawn");
  trust({.invalid_since = kNow});
  EXPECT_EQ(rule(by()), "trust-void");
  trust({}, support::PrivateStack().trusted_root().dump());
  EXPECT_EQ(rule(by()), "not-authenticated");
  trust_ = std::make_shared<sigstore::TrustRoots>();
  EXPECT_EQ(rule(by()), "not-authenticated");
}

TEST_F(KeylessCommand, LogSctAndTimeAreNeeded) {
  const auto with = [&](auto change) {
    BundleOptions options;
    change(options);
    return rule(by(options));
  };
  EXPECT_EQ(with([](BundleOptions& o) { o.rekor = 0; }), "not-authenticated");
  EXPECT_EQ(with([](BundleOptions& o) { o.timestamp = false; }), "not-authenticated");
  EXPECT_EQ(with([](BundleOptions& o) { o.leaf.sct = false; }), "not-authenticated");
  EXPECT_EQ(with([](BundleOptions& o) { o.leaf.to = kSignedAt - 1; }), "not-authenticated");
  EXPECT_EQ(with([](BundleOptions& o) { o.leaf.extended_key_usage = "serverAuth"; }),
            "not-authenticated");
  EXPECT_EQ(with([](BundleOptions& o) { o.time = kSignedAt + 500; }), "timestamp-future")
      << "a log that runs ahead of us";
}

// A log entry, a certificate or a payload of another command of the same signer.
TEST_F(KeylessCommand, PartsOfTwoBundlesDoNotMix) {
  Command other = command();
  other.fields["reason"] = "drift";
  const Json one = by(), two = by({}, other);
  for (const char* part : {"tlogEntries", "certificate", "timestampVerificationData"}) {
    Json mixed = one;
    mixed["verificationMaterial"][part] = two["verificationMaterial"][part];
    EXPECT_EQ(rule(mixed), "not-authenticated") << part;
  }
  Json mixed = one;
  mixed["dsseEnvelope"]["payload"] = two["dsseEnvelope"]["payload"];
  EXPECT_EQ(rule(mixed), "not-authenticated");
  mixed["dsseEnvelope"] = two["dsseEnvelope"];
  EXPECT_EQ(rule(mixed), "not-authenticated");
}

TEST_F(KeylessCommand, EvidenceIsNoCommand) {
  const std::string statement =
      support::statement_for("model", "urn:z5:predicate:security-decision:v1");
  EXPECT_EQ(rule(stack().keyless_statement(statement)), "not-authenticated");
}

TEST_F(KeylessCommand, ARetiredIdentityIsSilent) {
  fb::ActorRetiredT retired;
  retired.actor = "trainer";
  retired.reason = fb::RetireReason::Compromise;
  actors_ = *actors_->retired(retired, kNow);
  EXPECT_EQ(rule(by()), "actor-retired");
}

TEST_F(KeylessCommand, AnIdentityIsEnrolledOnceEver) {
  Json again = actor_json(kIssuer, kSubject);
  again["id"] = "trainer2";
  EXPECT_EQ(actors_->enrolled(*parse_enrollment(again), kNow).error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace z5::identity
