// SPDX-License-Identifier: Apache-2.0
// Goal: who signed is judged by what the policy trusts, at the time that was verified. Method: as
// verify_test: a private Sigstore made at run time, certificates, windows and revocation bent one
// at a time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/evidence/sigstore/image.h"
#include "ledger/evidence/sigstore/verify.h"
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

// The window that counts is the one of the authority that made the timestamp, not any that fits.
TEST(SigstoreTrust, WindowsBelongToTheirAuthorities) {
  Json root = stack().trusted_root();
  root["timestampAuthorities"].push_back(root["timestampAuthorities"][0]);
  root["timestampAuthorities"][1]["certChain"] = root["certificateAuthorities"][0]["certChain"];
  root["timestampAuthorities"][0]["validFor"]["end"] = "2026-11-24T11:59:59Z";
  TrustedRoot parsed = trusted_root(root);
  Policy policy = keyless();
  policy.trusted_root = &parsed;
  const Json bundle = stack().keyless_blob(kArtifact);
  EXPECT_EQ(rule(bundle, blob(), policy), "timestamp-window");
  root["timestampAuthorities"][0]["validFor"]["end"] = "2026-11-24T12:00:00Z";  // closed end
  parsed = trusted_root(root);
  EXPECT_EQ(rule(bundle, blob(), policy), "");
  for (const char* list : {"certificateAuthorities", "tlogs", "ctlogs"}) {
    Json ended = stack().trusted_root();
    for (Json& each : ended[list]) {
      (each.contains("publicKey") ? each["publicKey"] : each)["validFor"]["end"] =
          "2026-11-24T11:00:00Z";
    }
    parsed = trusted_root(ended);
    EXPECT_EQ(rule(bundle, blob(), policy),
              std::string(list) == "ctlogs" ? "sct-invalid" : "trust-window")
        << list;
  }
}

TEST(SigstoreTrust, TrustedRootIsReadStrictly) {
  Json root = stack().trusted_root();
  root["tlogs"][0]["publicKey"]["validFor"].erase("start");
  EXPECT_EQ(parse_trusted_root(root.dump()).error().rule, "trusted-root-malformed");
  root = stack().trusted_root();
  root["cert_authorities"] = Json::array();
  EXPECT_FALSE(parse_trusted_root(root.dump()).ok());
  root = stack().trusted_root();
  root["certificateAuthorities"][0]["certChain"]["certificates"][0]["rawBytes"] = "AAAA";
  EXPECT_FALSE(parse_trusted_root(root.dump()).ok());
  EXPECT_FALSE(parse_trusted_root("{}").ok());
  EXPECT_TRUE(parse_trusted_root(
                  R"({"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"})")
                  .ok());
}

TEST(SigstoreTrust, SignedCertificateTimestamp) {
  const auto with = [](auto change) {
    BundleOptions options;
    change(options.leaf);
    return rule(stack().keyless_blob(kArtifact, options), blob(), keyless());
  };
  static const PrivateKey other = PrivateKey::generate(Algorithm::P256);
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.sct = false; }), "sct-missing");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.sct_key = &other; }), "sct-invalid");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.sct_issuer = &stack().root(); }), "sct-invalid");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.sct_time = 1'500'000'000; }), "sct-invalid");
  Policy policy = keyless();
  policy.sct = Need::None;
  BundleOptions options;
  options.leaf.sct = false;
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), policy), "");
}

TEST(SigstoreTrust, CertificateUsage) {
  const auto with = [](auto change) {
    BundleOptions options;
    change(options.leaf);
    return rule(stack().keyless_blob(kArtifact, options), blob(), keyless());
  };
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.extended_key_usage = "serverAuth"; }),
            "certificate-usage");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.extended_key_usage = ""; }), "certificate-usage");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.key_usage = "critical,keyEncipherment"; }),
            "certificate-usage");
  EXPECT_EQ(with([](LeafOptions& leaf) { leaf.key_usage = ""; }), "certificate-usage");
  EXPECT_EQ(with([](LeafOptions& leaf) {
              leaf.basic_constraints = "critical,CA:TRUE";
              leaf.key_usage = "critical,digitalSignature,keyCertSign";
            }),
            "certificate-usage");
}

// Identity confusion: e-mail match by prefix, suffix or case, another issuer, several names.
TEST(SigstoreTrust, IdentityIsExact) {
  const Json bundle = stack().keyless_blob(kArtifact);
  for (const char* identity :
       {"trainer@example.tes", "trainer@example.test.evil", "Trainer@example.test",
        "trainer@example.test\n", "", "tr\xC3\xA4iner@example.test"}) {
    Policy policy = keyless();
    policy.identity = identity;
    EXPECT_EQ(rule(bundle, blob(), policy), "certificate-identity") << identity;
  }
  Policy policy = keyless();
  policy.issuer = "https://issuer.example.test/";
  EXPECT_EQ(rule(bundle, blob(), policy), "certificate-issuer");
  BundleOptions options;
  options.leaf.identity = "email:trainer@example.test,email:mallory@example.test";
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()),
            "certificate-identity");
  options.leaf.identity = "DNS:trainer.example.test";
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()),
            "certificate-identity");
  options.leaf.identity = "URI:trainer@example.test";
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()), "");
  options.leaf.issuer = "";
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact, options), blob(), keyless()),
            "certificate-issuer");
}

TEST(SigstoreTrust, AnchorsComeFromThePolicyOnly) {
  const support::PrivateStack foreign;
  Json bundle = foreign.keyless_blob(kArtifact);
  EXPECT_EQ(rule(bundle, blob(), keyless()), "log-unknown");
  Policy policy = keyless();
  policy.log = Need::None;
  policy.sct = Need::None;
  policy.signed_at = Time{kSignedAt * 1'000'000'000};
  bundle["verificationMaterial"].erase("timestampVerificationData");
  EXPECT_EQ(rule(bundle, blob(), policy), "certificate-chain");
  const Json leaf = bundle["verificationMaterial"]["certificate"];
  bundle["verificationMaterial"].erase("certificate");
  bundle["verificationMaterial"]["x509CertificateChain"]["certificates"] = {
      leaf,
      {{"rawBytes", to_base64(foreign.intermediate().certificate)}},
      {{"rawBytes", to_base64(foreign.root().certificate)}}};
  EXPECT_EQ(rule(bundle, blob(), policy), "certificate-root-in-bundle");
  policy = offline();
  policy.anchors = {{*Certificate::from_der(stack().root().certificate), {}}};
  EXPECT_EQ(rule(bundle, blob(), policy), "certificate-chain");
  EXPECT_EQ(rule(bundle, blob(), offline()), "key-material");
}

TEST(SigstoreTrust, PrivateRootWithRevocationList) {
  LeafOptions leaf;
  leaf.sct = false;
  const Json bundle = stack().certificate_statement(support::statement_for(kArtifact, kType), leaf);
  Policy policy = offline();
  policy.anchors = {{*Certificate::from_der(stack().root().certificate), {}}};
  EXPECT_EQ(rule(bundle, attestation(), policy), "");
  const Bytes certificate = *from_base64(
      bundle["verificationMaterial"]["x509CertificateChain"]["certificates"][0]["rawBytes"]
          .get<std::string>());
  const auto with = [&](const support::Authority& issuer, const std::vector<Bytes>& revoked,
                        std::int64_t from, std::int64_t to) {
    policy.revocations = {
        *RevocationList::from_bytes(stack().revocation_list(issuer, revoked, from, to))};
    return rule(bundle, attestation(), policy);
  };
  const auto& issuer = stack().intermediate();
  EXPECT_EQ(with(issuer, {}, kSignedAt - 10, kSignedAt + 10), "");
  EXPECT_EQ(with(issuer, {certificate}, kSignedAt - 10, kSignedAt + 10), "certificate-revoked");
  EXPECT_EQ(with(issuer, {}, kSignedAt - 20, kSignedAt - 10), "crl-expired");
  EXPECT_EQ(with(issuer, {}, kSignedAt + 10, kSignedAt + 20), "crl-expired");
  EXPECT_EQ(with(stack().root(), {}, kSignedAt - 10, kSignedAt + 10), "crl-missing");
  support::Authority liar = issuer;
  liar.key = PrivateKey::generate(Algorithm::P256);
  EXPECT_EQ(with(liar, {}, kSignedAt - 10, kSignedAt + 10), "crl-invalid");
  EXPECT_FALSE(RevocationList::from_bytes(stack().revocation_list(issuer, {}, kSignedAt, 0)).ok());
  policy.revocations.clear();
  policy.signed_at = Time{(kSignedAt + 541) * 1'000'000'000};
  EXPECT_EQ(rule(bundle, attestation(), policy), "certificate-expired");
}

// Ended is not withdrawn: withdrawal counts at once, for everything; void is what was signed since.
TEST(SigstoreTrust, EndedAndWithdrawnTrust) {
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  const Json bundle = stack().key_blob(kArtifact, key, 0);
  const auto at = [](std::int64_t seconds) { return Time{(kSignedAt + seconds) * 1'000'000'000}; };
  const auto with = [&](Window window) {
    Policy policy = offline();
    policy.keys = {{key.public_key(), window}};
    policy.now = at(100);
    return rule(bundle, blob(), policy);
  };
  EXPECT_EQ(with({.valid_from = at(0), .valid_to = at(0)}), "");
  EXPECT_EQ(with({.valid_to = at(-1)}), "trust-window");
  EXPECT_EQ(with({.valid_from = at(1)}), "trust-window");
  EXPECT_EQ(with({.withdrawn_at = at(50)}), "trust-withdrawn");
  EXPECT_EQ(with({.withdrawn_at = at(100)}), "trust-withdrawn");
  EXPECT_EQ(with({.withdrawn_at = at(101)}), "");
  EXPECT_EQ(with({.withdrawn_at = at(50), .invalid_since = at(1)}), "trust-withdrawn");
  EXPECT_EQ(with({.invalid_since = at(1)}), "");
  EXPECT_EQ(with({.invalid_since = at(0)}), "trust-void");
  TrustedRoot root = trusted_root(stack().trusted_root());
  root.window.withdrawn_at = at(10);
  Policy policy = keyless();
  policy.trusted_root = &root;
  EXPECT_EQ(rule(stack().keyless_blob(kArtifact), blob(), policy), "trust-withdrawn");
}

}  // namespace
}  // namespace z5::sigstore
