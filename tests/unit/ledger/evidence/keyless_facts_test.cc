// SPDX-License-Identifier: Apache-2.0
// Goal: what an identity signed becomes a fact exactly when it is enrolled, its root holds now and
// every part belongs to this signature; the fact holds the verified time. Method: attestations
// under a private Sigstore; root, parts and times bent one at a time.
#include <gtest/gtest.h>

#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/facts.h"
#include "ledger/evidence/predicate.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::evidence {
namespace {

using support::BundleOptions;
using support::kSignedAt;

constexpr Time at(std::int64_t seconds) { return Time{(kSignedAt + seconds) * 1'000'000'000}; }

const support::PrivateStack& stack() {
  static const support::PrivateStack made;
  return made;
}

class KeylessFacts : public testing::Test {
 protected:
  KeylessFacts() {
    const std::string text = manifest_.text();
    version_.model_digest = manifest_.digest();
    signers_.actors = {
        {"evaluator",
         "eva",
         {},
         {"evaluator"},
         {},
         sigstore::identity_digest("https://issuer.example.test", "trainer@example.test")}};
    signers_.now = at(5'000);
    trust({});
    add("manifest", text, at(1'000));
  }
  void trust(sigstore::Window window) {
    signers_.trust = *sigstore::TrustRoots().with(
        {"public-good", window, sigstore::held_trust_document(stack().trusted_root().dump())},
        at(5'000));
  }
  void add(const std::string& kind, const std::string& bytes, Time recorded) {
    documents_.push_back(
        {kind, sha256(bytes), examine(kind, bytes, signers_), recorded, "submitter"});
  }
  std::string statement(std::string_view result, std::string_view type = kFairnessType) const {
    return canonical_json(
        {{"_type", "https://in-toto.io/Statement/v1"},
         {"subject", {{{"name", "m"}, {"digest", {{"sha256", version_.model_digest.hex()}}}}}},
         {"predicateType", type},
         {"predicate", {{"result", result}}}});
  }
  std::string fairness(std::string_view result, std::int64_t seconds = 0) const {
    BundleOptions options;
    options.time = kSignedAt + seconds;
    options.leaf.from = options.time - 60;
    options.leaf.to = options.time + 60;
    options.leaf.sct_time = options.time - 30;
    return stack().keyless_statement(statement(result), options).dump();
  }
  // The fact, or the rule of the one document that does not count.
  std::string said() const {
    const Collected collected = collect_facts(version_, documents_, signers_);
    const Json& fact = collected.facts["fairness"];
    if (!collected.notes.empty()) return collected.notes.front().rule;
    return fact["result"].get<std::string>() + " " + fact["verified_at"].get<std::string>();
  }
  std::string of(const std::string& bytes, const std::string& kind = "attestation") {
    documents_.resize(1);
    add(kind, bytes, at(1'000));
    return said();
  }

  document::Manifest manifest_{{{"model.onnx", sha256("weights")}}};
  Version version_{"t/m:1", {}, "", "", {}};
  Signers signers_;
  std::vector<Submitted> documents_;
};

TEST_F(KeylessFacts, HoldTheVerifiedTime) {
  EXPECT_EQ(of(fairness("PASS")), "PASS " + to_rfc3339(at(0)));
}

// By when it was signed, not by when somebody attached it: an old PASS cannot cover a newer FAIL.
TEST_F(KeylessFacts, TheNewestVerifiedTimeWins) {
  add("attestation", fairness("FAIL", 100), at(1'000));
  add("attestation", fairness("PASS", 0), at(2'000));
  EXPECT_EQ(said(), "FAIL " + to_rfc3339(at(100)));
}

TEST_F(KeylessFacts, TheRootIsJudgedAsOfNow) {
  const std::string bundle = fairness("PASS");
  EXPECT_EQ(of(bundle).substr(0, 4), "PASS");
  trust({.valid_to = at(1)});
  EXPECT_EQ(of(bundle).substr(0, 4), "PASS");
  trust({.valid_to = at(-1)});
  EXPECT_EQ(of(bundle), "trust-window");
  trust({.withdrawn_at = at(4'000)});
  EXPECT_EQ(of(bundle), "trust-withdrawn");
  trust({.invalid_since = at(1'000)});
  EXPECT_EQ(of(bundle), "trust-void");
  signers_.trust = nullptr;
  EXPECT_EQ(of(bundle), "key-material");
}

TEST_F(KeylessFacts, OnlyTheEnrolledIdentity) {
  const std::string bundle = fairness("PASS");
  signers_.actors[0].void_since = at(1'000);
  EXPECT_EQ(of(bundle), "signer-void");
  signers_.actors[0].void_since = at(1'001);
  EXPECT_EQ(of(bundle).substr(0, 4), "PASS");
  signers_.actors[0].roles = {"builder"};
  EXPECT_EQ(of(bundle), "signer-role");
  signers_.actors[0].identity =
      sigstore::identity_digest("https://issuer.example.test", "Trainer@example.test");
  EXPECT_EQ(of(bundle), "signer-unknown");
}

TEST_F(KeylessFacts, TheLogEntryIsOfThisSignature) {
  Json bundle = *parse_json(fairness("PASS"));
  const Json other = *parse_json(fairness("PASS"));
  for (const char* part : {"tlogEntries", "timestampVerificationData", "certificate"}) {
    Json mixed = bundle;
    mixed["verificationMaterial"][part] = other["verificationMaterial"][part];
    const std::string rule = of(mixed.dump());
    EXPECT_TRUE(rule == "log-entry-mismatch" || rule == "timestamp-mismatch" ||
                rule == "signature-invalid")
        << part << ": " << rule;
  }
}

TEST_F(KeylessFacts, ATimestampOutsideOfAWindowIsRefused) {
  BundleOptions options;
  options.time = kSignedAt + 541;  // the certificate ended before
  EXPECT_EQ(of(stack().keyless_statement(statement("PASS"), options).dump()),
            "certificate-expired");
  options.time = kSignedAt + 1'000 + 400;
  options.leaf.to = options.time;
  EXPECT_EQ(of(stack().keyless_statement(statement("PASS"), options).dump()), "timestamp-future");
}

TEST_F(KeylessFacts, WrongPredicateTypesAreRefused) {
  EXPECT_EQ(of(fairness("PASS"), "signature"), "predicate-type");
  EXPECT_EQ(of(fairness("PASS"), "image-signature"), "predicate-type");
  EXPECT_EQ(of(fairness("PASS"), "vex"), "predicate-type");
  for (const char* type : {"urn:z5:predicate:fairness:v2", "urn:z5:command:approve:v1"}) {
    EXPECT_EQ(of(stack().keyless_statement(statement("PASS", type)).dump()), "predicate-type");
  }
}

// A managed key's signature that a trusted log saw: when it was signed, as long as the log is
// trusted; and never with an entry of something else.
TEST_F(KeylessFacts, ALoggedKeysSignatureHasTheLogsTime) {
  const auto key = keys::PrivateKey::generate(keys::Algorithm::P256);
  document::Manifest one{{{"weights", sha256("the weights")}}};
  version_.model_digest = one.digest();
  documents_.clear();
  add("manifest", one.text(), at(1'000));
  signers_.actors = {{"signer", "sia", key.public_key(), {"model-signer"}, {}, {}}};
  const Json logged = stack().key_blob("the weights", key, 1);
  const auto valid = [&](const Json& bundle) {
    documents_.resize(1);
    add("signature", bundle.dump(), at(1'000));
    const Collected collected = collect_facts(version_, documents_, signers_);
    return collected.facts["signatures"]["model_valid"] == true ? std::string("valid")
                                                                : collected.notes.front().rule;
  };
  EXPECT_EQ(valid(logged), "valid");
  Json mixed = logged;
  mixed["messageSignature"] = stack().key_blob("the weights", key, 1)["messageSignature"];
  EXPECT_EQ(valid(mixed), "log-entry-mismatch");
  trust({.withdrawn_at = at(4'000)});
  EXPECT_EQ(valid(logged), "valid") << "the key still signed it";
}

}  // namespace
}  // namespace z5::evidence
