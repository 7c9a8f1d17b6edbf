// SPDX-License-Identifier: Apache-2.0
// Goal: each form of signature is accepted when whole, and each way in which verifiers of this
// field have failed is refused under its rule. Method: a private Sigstore made at run time, one
// part bent at a time. Tests that stand for a published failure carry its number.
#include "ledger/evidence/sigstore/verify.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/evidence/sigstore/image.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::sigstore {
namespace {

using keys::Algorithm;
using keys::PrivateKey;
using support::BundleOptions;
using support::kSignedAt;
using support::LeafOptions;

constexpr std::string_view kArtifact = "the weights";
constexpr std::string_view kType = "https://example.test/evaluation/v1";

const support::PrivateStack& stack() {
  static const support::PrivateStack made;
  return made;
}

TrustedRoot trusted_root(const Json& json) {
  auto root = parse_trusted_root(json.dump());
  EXPECT_TRUE(root.ok()) << root.error().reason;
  return *std::move(root);
}

const TrustedRoot& trust() {
  static const TrustedRoot root = trusted_root(stack().trusted_root());
  return root;
}

// Judged an hour after the certificate ended: only verified times can make it valid.
Policy keyless() {
  Policy policy;
  policy.trusted_root = &trust();
  policy.identity = "trainer@example.test";
  policy.issuer = "https://issuer.example.test";
  policy.now = policy.signed_at = Time{(kSignedAt + 4'000) * 1'000'000'000};
  return policy;
}

Policy offline() {
  Policy policy;
  policy.log = policy.sct = Need::None;
  policy.now = policy.signed_at = Time{kSignedAt * 1'000'000'000};
  return policy;
}

Asked blob() { return {Artifact::of(kArtifact), ""}; }
Asked attestation() { return {Artifact::of(kArtifact), std::string(kType)}; }

std::string rule(const Json& bundle, const Asked& asked, const Policy& policy) {
  const auto parsed = parse_bundle(bundle.dump());
  if (!parsed.ok()) return parsed.error().rule;
  const auto verified = verify(*parsed, asked, policy);
  return verified.ok() ? "" : verified.error().rule;
}

Json& entry(Json& bundle) { return bundle["verificationMaterial"]["tlogEntries"][0]; }
Json& stamps(Json& bundle) {
  return bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"];
}

TEST(SigstoreVerify, KeylessBlobOverRekorV1AndV2) {
  for (const int rekor : {1, 2}) {
    BundleOptions options;
    options.rekor = rekor;
    options.timestamp = rekor == 2;
    const Json bundle = stack().keyless_blob(kArtifact, options);
    const auto verified = verify(*parse_bundle(bundle.dump()), blob(), keyless());
    ASSERT_TRUE(verified.ok()) << rekor << " " << verified.error().reason;
    EXPECT_EQ(verified->kind(), SignerKind::Keyless);
    EXPECT_EQ(verified->identity(), "trainer@example.test");
    EXPECT_EQ(verified->issuer(), "https://issuer.example.test");
    EXPECT_EQ(verified->signed_at().seconds(), kSignedAt);
    EXPECT_EQ(verified->log_entries(), 1u);
    EXPECT_EQ(verified->timestamps(), rekor == 2 ? 1u : 0u);
    EXPECT_TRUE(verified->has_sct());
    EXPECT_EQ(verified->artifact(), sha256(kArtifact));
  }
}

TEST(SigstoreVerify, KeylessAttestationOfEachEntryKind) {
  const std::string payload = support::statement_for(kArtifact, kType);
  for (const auto& [rekor, kind] : {std::pair{1, "dsse"},
                                    {1, "intoto"},
                                    {1, "hashedrekord"},
                                    {2, "dsse"},
                                    {2, "hashedrekord"}}) {
    BundleOptions options;
    options.rekor = rekor;
    EXPECT_EQ(rule(stack().keyless_statement(payload, options, kind), attestation(), keyless()), "")
        << rekor << kind;
  }
}

TEST(SigstoreVerify, ManagedKeyOfEachAlgorithmAndLogged) {
  for (const Algorithm algorithm : {Algorithm::P256, Algorithm::Ed25519}) {
    const PrivateKey key = PrivateKey::generate(algorithm);
    Policy policy = offline();
    policy.keys = {{PrivateKey::generate(algorithm).public_key(), {}}, {key.public_key(), {}}};
    const auto verified =
        verify(*parse_bundle(stack().key_blob(kArtifact, key, 0).dump()), blob(), policy);
    ASSERT_TRUE(verified.ok()) << verified.error().reason;
    EXPECT_EQ(verified->key_index(), 1u);
    EXPECT_EQ(rule(stack().key_blob("other", key, 0), blob(), policy), "subject-mismatch");
    policy.keys.pop_back();
    EXPECT_EQ(rule(stack().key_blob(kArtifact, key, 0), blob(), policy), "signature-invalid");
  }
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  Policy policy = offline();
  policy.keys = {{key.public_key(), {}}};
  policy.trusted_root = &trust();
  policy.log = Need::Required;
  for (const int rekor : {1, 2})
    EXPECT_EQ(rule(stack().key_blob(kArtifact, key, rekor), blob(), policy), "");
  EXPECT_EQ(rule(stack().key_blob(kArtifact, key, 0), blob(), policy), "log-missing");
  policy.identity = "trainer@example.test";
  EXPECT_EQ(rule(stack().key_blob(kArtifact, key, 1), blob(), policy), "key-material");
}

TEST(SigstoreVerify, ADigestAloneIsEnoughForSha256Only) {
  const PrivateKey p256 = PrivateKey::generate(Algorithm::P256),
                   ed = PrivateKey::generate(Algorithm::Ed25519);
  Policy policy = offline();
  policy.keys = {{p256.public_key(), {}}};
  const Asked digest{Artifact{sha256(kArtifact), std::nullopt}, ""};
  EXPECT_EQ(rule(stack().key_blob(kArtifact, p256, 0), digest, policy), "");
  policy.keys = {{ed.public_key(), {}}};
  EXPECT_EQ(rule(stack().key_blob(kArtifact, ed, 0), digest, policy), "artifact-missing");
  EXPECT_EQ(rule(stack().key_blob(kArtifact, ed, 0), Asked{}, policy), "artifact-missing");
}

// cosign CVE-2022-35929, CVE-2026-39395: a missing or another predicate type passes.
TEST(SigstoreVerify, Cve2022_35929_PredicateTypeIsExact) {
  const Json bundle = stack().keyless_statement(support::statement_for(kArtifact, kType));
  EXPECT_EQ(rule(bundle, attestation(), keyless()), "");
  for (const char* type :
       {"", "https://example.test/evaluation/v1 ", "https://example.test/evaluation/v2",
        "HTTPS://example.test/evaluation/v1"}) {
    EXPECT_EQ(rule(bundle, Asked{Artifact::of(kArtifact), type}, keyless()), "predicate-type")
        << type;
  }
  EXPECT_EQ(rule(bundle, Asked{Artifact::of("other"), std::string(kType)}, keyless()),
            "subject-mismatch");
  for (const char* change : {"_type", "subject", "predicateType"}) {
    Json statement = *parse_json(support::statement_for(kArtifact, kType));
    statement.erase(change);
    EXPECT_EQ(rule(stack().keyless_statement(statement.dump()), attestation(), keyless()),
              "statement-malformed");
  }
}

// cosign CVE-2022-36056, CVE-2026-22703: a genuine log entry of another signature.
TEST(SigstoreVerify, Cve2022_36056_LogEntryOfAnotherSignature) {
  for (const int rekor : {1, 2}) {
    BundleOptions options;
    options.rekor = rekor;
    Json bundle = stack().keyless_blob(kArtifact, options);
    Json other = stack().keyless_blob(kArtifact, options);
    entry(bundle) = entry(other);
    EXPECT_EQ(rule(bundle, blob(), keyless()), "log-entry-mismatch");
  }
  // An attestation's entry beside a message signature.
  Json bundle = stack().keyless_blob(kArtifact);
  Json other = stack().keyless_statement(support::statement_for(kArtifact, kType));
  entry(bundle) = entry(other);
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-entry-kind");
}

TEST(SigstoreVerify, EveryEntryAndEveryTimestampMustVerify) {
  Json bundle = stack().keyless_blob(kArtifact);
  Json other = stack().keyless_blob(kArtifact);
  Json twice = bundle;
  twice["verificationMaterial"]["tlogEntries"].push_back(entry(other));
  EXPECT_EQ(rule(twice, blob(), keyless()), "log-entry-mismatch");
  twice = bundle;
  stamps(twice).push_back(stamps(other)[0]);
  EXPECT_EQ(rule(twice, blob(), keyless()), "timestamp-mismatch");
  twice = bundle;
  const Bytes signature = *from_base64(bundle["messageSignature"]["signature"].get<std::string>());
  stamps(twice).push_back(
      {{"signedTimestamp", to_base64(stack().timestamp(signature, kSignedAt + 3'600))}});
  EXPECT_EQ(rule(twice, blob(), keyless()), "certificate-expired");
}

TEST(SigstoreVerify, LogProofCheckpointAndPromise) {
  BundleOptions v1;
  v1.rekor = 1;
  for (const auto& options : {BundleOptions{}, v1}) {
    const Json good = stack().keyless_blob(kArtifact, options);
    const auto bent = [&](auto change) {
      Json bundle = good;
      change(entry(bundle));
      return rule(bundle, blob(), keyless());
    };
    EXPECT_EQ(bent([](Json& e) { e["inclusionProof"]["treeSize"] = "4"; }), "checkpoint-invalid");
    EXPECT_EQ(bent([](Json& e) {
                e["inclusionProof"]["logIndex"] = "0";
                e["logIndex"] = e.contains("integratedTime") ? "7" : "0";
              }),
              "log-proof-invalid");
    EXPECT_EQ(bent([](Json& e) { e["inclusionProof"]["hashes"].erase(1); }), "log-proof-invalid");
    EXPECT_EQ(bent([](Json& e) {
                e["inclusionProof"]["hashes"].push_back(e["inclusionProof"]["hashes"][0]);
              }),
              "log-proof-invalid");
    EXPECT_EQ(bent([](Json& e) { e["inclusionProof"].erase("checkpoint"); }), "checkpoint-invalid");
    EXPECT_EQ(bent([](Json& e) { e.erase("inclusionProof"); }), "log-entry-malformed");
    EXPECT_EQ(bent([](Json& e) { e["logId"]["keyId"] = "AAAA"; }), "log-unknown");
    EXPECT_EQ(bent([](Json& e) {
                std::string note = e["inclusionProof"]["checkpoint"]["envelope"];
                note[note.find("\n3\n") + 1] = '4';
                e["inclusionProof"]["checkpoint"]["envelope"] = note;
              }),
              "checkpoint-invalid");
  }
  Json bundle = stack().keyless_blob(kArtifact, v1);
  entry(bundle)["logIndex"] = "8";
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-promise-invalid");
  bundle = stack().keyless_blob(kArtifact, v1);
  entry(bundle)["integratedTime"] = fmt::format("{}", kSignedAt + 1);
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-promise-invalid");
  // v0.1 lives on the promise, v0.3 on the proof.
  bundle = stack().keyless_blob(kArtifact, v1);
  entry(bundle).erase("inclusionPromise");
  EXPECT_EQ(rule(bundle, blob(), keyless()), "");  // the timestamp says when
  bundle["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-entry-malformed");
}

// Rekor v2 carries no time: without a timestamp the certificate's ten minutes mean nothing.
TEST(SigstoreVerify, ACertificateNeedsAVerifiedTime) {
  BundleOptions options;
  options.timestamp = false;
  Json bundle = stack().keyless_blob(kArtifact, options);
  EXPECT_EQ(rule(bundle, blob(), keyless()), "timestamp-missing");
  entry(bundle)["integratedTime"] = fmt::format("{}", kSignedAt);
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-entry-malformed");
  // Of v1 without promise, the stated time is nobody's word.
  options.rekor = 1;
  bundle = stack().keyless_blob(kArtifact, options);
  entry(bundle).erase("inclusionPromise");
  EXPECT_EQ(rule(bundle, blob(), keyless()), "timestamp-missing");
  Policy policy = keyless();
  policy.timestamp = Need::Required;
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), policy), "timestamp-missing");
}

TEST(SigstoreVerify, TimesOutsideTheCertificate) {
  for (const std::int64_t time : {kSignedAt - 61, kSignedAt + 541}) {
    BundleOptions options;
    options.time = time;
    EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()),
              "certificate-expired");
  }
  for (const std::int64_t time : {kSignedAt - 60, kSignedAt + 540}) {  // closed ends
    BundleOptions options;
    options.time = time;
    EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()), "");
  }
}

// timestamp-authority CVE-2026-39984: verified with one certificate, authorised by another. A
// sibling under the same root signs; the trusted root names only the one authority.
TEST(SigstoreVerify, Cve2026_39984_TimestampByASiblingCertificate) {
  Json bundle = stack().keyless_blob(kArtifact);
  const Bytes signature = *from_base64(bundle["messageSignature"]["signature"].get<std::string>());
  const support::Authority sibling = stack().another_timestamp_authority();
  stamps(bundle)[0]["signedTimestamp"] =
      to_base64(stack().timestamp_by(sibling, signature, kSignedAt));
  EXPECT_EQ(rule(bundle, blob(), keyless()), "timestamp-invalid");
}

TEST(SigstoreVerify, ImageSignaturesInBothForms) {
  const Digest image = sha256("an image");
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  Policy policy = offline();
  policy.keys = {{key.public_key(), {}}};
  Json statement = *parse_json(support::statement_for("an image", kImagePredicateType));
  const auto enveloped = parse_bundle(keys::sign_bundle(statement.dump(), key));
  EXPECT_TRUE(verify_image(*enveloped, "", image, policy).ok());
  EXPECT_EQ(verify_image(*enveloped, "", sha256("other"), policy).error().rule, "subject-mismatch");
  const auto simple = [&](const std::string& digest) {
    return canonical_json({{"critical",
                            {{"identity", {{"docker-reference", "registry.example.test/model"}}},
                             {"image", {{"docker-manifest-digest", digest}}},
                             {"type", "cosign container image signature"}}},
                           {"optional", nullptr}});
  };
  const std::string payload = simple(image.text());
  const auto signed_payload = parse_bundle(stack().key_blob(payload, key, 0).dump());
  EXPECT_TRUE(verify_image(*signed_payload, payload, image, policy).ok());
  EXPECT_EQ(verify_image(*signed_payload, payload, sha256("other"), policy).error().rule,
            "image-payload");
  EXPECT_EQ(verify_image(*signed_payload, simple(sha256("other").text()), sha256("other"), policy)
                .error()
                .rule,
            "subject-mismatch");
  EXPECT_EQ(verify_image(*signed_payload, "{}", image, policy).error().rule, "image-payload");
}

}  // namespace
}  // namespace z5::sigstore
