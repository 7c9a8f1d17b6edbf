// SPDX-License-Identifier: Apache-2.0
// Goal: the plain verification summary has the fields that slsa.dev/verification_summary/v1
// requires, and cannot pass for a permit. Method: write, read as JSON and with our reader.
#include "consumers/verify/summary.h"

#include <gtest/gtest.h>

#include "consumers/verify/permit.h"
#include "ledger/keys/dsse.h"
#include "schemas/json.h"

namespace z5::verify {
namespace {

const keys::PrivateKey kKey = keys::PrivateKey::generate(keys::Algorithm::Ed25519);

Summary good() {
  Summary summary;
  summary.origin = "z5.local/lab";
  summary.ref = "acme/credit:1.0";
  summary.model_digest = sha256("model");
  summary.policy_digest = sha256("policy");
  summary.attestations = {sha256("a"), sha256("b")};
  summary.stage = fb::Stage::Staging;
  summary.passed = true;
  summary.verified_at = *from_rfc3339("2026-11-24T12:00:00Z");
  return summary;
}

TEST(VerificationSummary, HasWhatTheSpecificationRequires) {
  const Json statement = *parse_json(write_summary(good()));
  EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement["predicateType"], "https://slsa.dev/verification_summary/v1");
  EXPECT_EQ(statement["subject"][0]["digest"]["sha256"], sha256("model").hex());
  const Json& predicate = statement["predicate"];
  for (const char* field : {"verifier", "timeVerified", "resourceUri", "policy",
                            "inputAttestations", "verificationResult", "verifiedLevels"}) {
    EXPECT_TRUE(predicate.contains(field)) << field;
  }
  EXPECT_EQ(predicate["verificationResult"], "PASSED");
  EXPECT_EQ(predicate["inputAttestations"].size(), 2u);
}

TEST(VerificationSummary, ComesBackEqualOrNotAtAll) {
  const std::vector<keys::PublicKey> services{kKey.public_key()};
  const std::string bundle = keys::sign_bundle(write_summary(good()), kKey);
  const auto back = verify_summary(bundle, services, sha256("model"));
  ASSERT_TRUE(back.ok()) << back.error().reason;
  EXPECT_EQ(*back, good());
  EXPECT_EQ(verify_summary(bundle, services, sha256("other")).error().rule, "summary-model");
  EXPECT_EQ(verify_summary(bundle, {}, sha256("model")).error().rule, "signature-invalid");
  std::string text = write_summary(good());
  text.replace(text.find("PASSED"), 6, "FAILED");
  EXPECT_EQ(verify_summary(keys::sign_bundle(text, kKey), services, sha256("model")).error().rule,
            "summary-malformed");
  PermitBindings bindings;
  bindings.services = services;
  EXPECT_EQ(verify_permit(bundle, bindings).error().rule, "permit-type");
}

TEST(VerificationSummary, AFailureStatesNoLevel) {
  Summary failed = good();
  failed.passed = false;
  const Json statement = *parse_json(write_summary(failed));
  EXPECT_EQ(statement["predicate"]["verificationResult"], "FAILED");
  EXPECT_TRUE(statement["predicate"]["verifiedLevels"].empty());
}

}  // namespace
}  // namespace z5::verify
