// SPDX-License-Identifier: Apache-2.0
// Goal: a permit is believed only by the one who asked, for what was asked, while it lasts.
// Method: one good permit; each binding is broken alone, and every byte of the bundle is changed.
#include "consumers/verify/permit.h"

#include <gtest/gtest.h>

#include "consumers/verify/statement.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::verify {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

const Time kNow = *from_rfc3339("2026-11-24T12:00:00.123456789Z");

Permit good() {
  Permit permit;
  permit.ledger = {"z5.local/lab", sha256("genesis")};
  permit.seen = {42, sha256("root")};
  permit.sequence = 17;
  permit.ref = "acme/credit:1.0";
  permit.stage = fb::Stage::Approved;
  permit.environment = fb::Environment::Production;
  permit.audience = "scoring \"eu\"";
  permit.nonce = to_hex("0123456789abcdef");
  permit.issued_at = kNow;
  permit.not_after = kNow + limits::kPermitLife;
  permit.model_digest = sha256("model");
  permit.policy_digest = sha256("policy");
  permit.evidence_root = sha256("evidence");
  permit.artifact_uris = {"file:///models/a", "https://models/\"x\""};
  return permit;
}

class PermitDocument : public testing::Test {
 protected:
  PermitBindings bindings() const {
    PermitBindings out;
    out.services = services_;
    out.ledger = good().ledger;
    out.model = "acme/credit:1.0";
    out.nonce = good().nonce;
    out.audience = good().audience;
    out.environment = fb::Environment::Production;
    out.policies = policies_;
    out.now = kNow;
    return out;
  }
  std::string sign(const Permit& permit) const {
    return keys::sign_bundle(write_permit(permit), key_);
  }
  std::string rule(const std::string& bundle, const PermitBindings& wanted) const {
    const auto permit = verify_permit(bundle, wanted);
    return permit.ok() ? "" : permit.error().rule;
  }
  std::string rule(const Permit& permit) const { return rule(sign(permit), bindings()); }

  PrivateKey key_ = PrivateKey::generate(Algorithm::Ed25519);
  std::vector<keys::PublicKey> services_{PrivateKey::generate(Algorithm::P256).public_key(),
                                         key_.public_key()};
  std::vector<Digest> policies_{sha256("another"), sha256("policy")};
};

TEST_F(PermitDocument, IsCanonicalAndComesBackEqual) {
  const std::string text = write_permit(good());
  EXPECT_EQ(canonical_json(*parse_json(text)), text);
  const auto back = parse_permit(text);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, good());
  EXPECT_EQ(good().manifest_url(), "/v1/versions/acme/credit/1.0/manifest");
}

TEST_F(PermitDocument, HoldsForTheOneWhoAsked) {
  const auto permit = verify_permit(sign(good()), bindings());
  ASSERT_TRUE(permit.ok()) << permit.error().rule << ": " << permit.error().reason;
  EXPECT_EQ(*permit, good());
  PermitBindings by_alias = bindings();
  by_alias.model = "acme/credit@serving";
  EXPECT_EQ(rule(sign(good()), by_alias), "");
}

TEST_F(PermitDocument, EachBindingCounts) {
  const auto with = [&](auto change) {
    PermitBindings wanted = bindings();
    change(wanted);
    return rule(sign(good()), wanted);
  };
  EXPECT_EQ(with([](auto& b) { b.ledger.genesis = sha256("other"); }), "permit-ledger");
  EXPECT_EQ(with([](auto& b) { b.ledger.origin = "z5.local/other"; }), "permit-ledger");
  EXPECT_EQ(with([](auto& b) { b.model = "acme/credit:1.1"; }), "permit-ref");
  EXPECT_EQ(with([](auto& b) { b.model = "acme/other@serving"; }), "permit-ref");
  EXPECT_EQ(with([](auto& b) { b.model = "acme/credit"; }), "permit-ref");
  EXPECT_EQ(with([](auto& b) { b.nonce = to_hex("0123456789abcdeg"); }), "permit-nonce");
  EXPECT_EQ(with([](auto& b) { b.audience = "scoring"; }), "permit-audience");
  EXPECT_EQ(with([](auto& b) { b.environment = fb::Environment::Canary; }), "permit-environment");
  EXPECT_EQ(with([](auto& b) { b.policies = {}; }), "permit-policy");
  EXPECT_EQ(with([](auto& b) { b.services = {}; }), "signature-invalid");
  EXPECT_EQ(with([](auto& b) { b.now = kNow + limits::kPermitLife; }), "permit-expired");
  EXPECT_EQ(with([](auto& b) { b.now = kNow + limits::kPermitLife - std::chrono::nanoseconds(1); }),
            "");
  EXPECT_EQ(with([](auto& b) { b.now = kNow - limits::kClockSkew - std::chrono::nanoseconds(1); }),
            "permit-not-yet");
}

TEST_F(PermitDocument, NoPermitForWhatIsNotLoadedThere) {
  Permit permit = good();
  permit.stage = fb::Stage::Staging;
  EXPECT_EQ(rule(permit), "permit-stage");
  permit = good();
  permit.stage = fb::Stage::Revoked;
  EXPECT_EQ(rule(permit), "permit-malformed");
  permit = good();
  permit.not_after = permit.issued_at;
  EXPECT_EQ(rule(permit), "permit-expired");
}

TEST_F(PermitDocument, WhatIsLoadableWhere) {
  using fb::Environment;
  using fb::Stage;
  for (const Stage stage :
       {Stage::None, Stage::Candidate, Stage::Staging, Stage::Approved, Stage::Revoked}) {
    for (const Environment environment :
         {Environment::None, Environment::Staging, Environment::Canary, Environment::Production}) {
      const bool somewhere = environment != Environment::None;
      const bool expected =
          (stage == Stage::Approved && somewhere) ||
          (stage == Stage::Staging && somewhere && environment != Environment::Production);
      EXPECT_EQ(loadable(stage, environment), expected) << int(stage) << " " << int(environment);
    }
  }
}

TEST_F(PermitDocument, AnotherSignedDocumentIsNoPermit) {
  std::string text = write_permit(good());
  text.replace(text.find("urn:z5:permit:v1"), 16, "urn:z5:permit:v2");
  EXPECT_EQ(rule(keys::sign_bundle(text, key_), bindings()), "permit-type");
  EXPECT_EQ(rule(keys::sign_bundle("[]", key_), bindings()), "permit-type");
}

// The service's own signature does not excuse a second way to write the same permit, a field that
// contradicts another, or one that nobody knows.
TEST_F(PermitDocument, OneFormOnly) {
  const std::string text = write_permit(good());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string other = text;
    const std::size_t at = other.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    other.replace(at, from.size(), to);
    return rule(keys::sign_bundle(other, key_), bindings());
  };
  EXPECT_EQ(changed("PASSED", "FAILED"), "permit-malformed");
  EXPECT_EQ(changed("Z5_APPROVED", "Z5_STAGING"), "permit-malformed");
  EXPECT_EQ(changed("\"timeVerified\":\"2026", "\"timeVerified\":\"2025"), "permit-malformed");
  EXPECT_EQ(changed("\"size\":\"42\"", "\"size\":42"), "permit-malformed");
  EXPECT_EQ(changed("\"size\":\"42\"", "\"size\":\"042\""), "permit-malformed");
  EXPECT_EQ(changed("{\"_type\"", "{ \"_type\""), "permit-malformed");
  EXPECT_EQ(changed("\"sequence\"", "\"sequel\":1,\"sequence\""), "permit-malformed");
  EXPECT_EQ(changed("\"ref\":\"acme", "\"ref\":\"acmf"), "permit-malformed");
  EXPECT_EQ(changed("\"manifest_url\":\"/", "\"manifest_url\":\"http://evil/"), "permit-malformed");
  EXPECT_EQ(changed("\"nonce\"", "\"nonse\""), "permit-malformed");
  std::string doubled = text;
  doubled.replace(doubled.find("\"nonce\""), 0, "\"nonce\":\"00\",");
  EXPECT_NE(rule(keys::sign_bundle(doubled, key_), bindings()), "");
}

TEST_F(PermitDocument, NoByteOfTheBundleMayChange) {
  const std::string bundle = sign(good());
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    std::string bent = bundle;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    const auto permit = verify_permit(bent, bindings());
    // The hint is not signed and only orders the tries; the permit itself is never another.
    if (permit.ok()) {
      EXPECT_EQ(*permit, good());
      const std::size_t hint = bundle.find("\"hint\":\"");
      EXPECT_TRUE(i >= hint && i < hint + 8 + 64) << i;
    }
  }
}

}  // namespace
}  // namespace z5::verify
