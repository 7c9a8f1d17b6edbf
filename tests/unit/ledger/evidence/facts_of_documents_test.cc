// SPDX-License-Identifier: Apache-2.0
// Goal: signatures and records in the forms that tools give them become facts, or say why not; and
// every fact is documented. Method: a version of one file, and documents one at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/facts.h"
#include "ledger/evidence/predicate.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"

namespace z5::evidence {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

constexpr Time at(std::int64_t minute) { return {(1'795'000'000 + minute * 60) * 1'000'000'000}; }
const std::string kWeights = "weights";

class FactsOfDocuments : public testing::Test {
 protected:
  explicit FactsOfDocuments(Algorithm algorithm = Algorithm::P256)
      : key_(PrivateKey::generate(algorithm)) {
    version_.model_digest = manifest_.digest();
    add("manifest", manifest_.text());
  }
  Signers signers() const {
    Signers all;
    all.actors.push_back(
        {"signer", "", key_.public_key(), {"model-signer", "evaluator", "builder"}, {}, {}});
    return all;
  }
  void add(const std::string& kind, const std::string& bytes, std::int64_t minute = 0) {
    documents_.push_back({kind, sha256(bytes), examine(kind, bytes, signers()), at(minute), ""});
  }
  std::string attest(std::string_view type, const Json& predicate) {
    const Json statement = {
        {"_type", "https://in-toto.io/Statement/v1"},
        {"subject",
         Json::array({{{"name", "m"}, {"digest", {{"sha256", version_.model_digest.hex()}}}}})},
        {"predicateType", type},
        {"predicate", predicate}};
    return keys::sign_bundle(statement.dump(), key_);
  }
  // As cosign sign-blob writes it.
  std::string blob(const std::string& hint) const {
    const Json bundle = {
        {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
        {"verificationMaterial", {{"publicKey", {{"hint", hint}}}}},
        {"messageSignature",
         {{"messageDigest",
           {{"algorithm", "SHA2_256"}, {"digest", to_base64(sha256(kWeights).view())}}},
          {"signature", to_base64(key_.sign(kWeights))}}}};
    return bundle.dump();
  }
  std::string cosign_hint() const { return to_base64(key_.public_key().digest().view()); }
  Collected collect() const { return collect_facts(version_, documents_, signers()); }
  Json fact(const char* pointer) const { return collect().facts.at(Json::json_pointer(pointer)); }
  std::string note() const {
    const auto notes = collect().notes;
    return notes.empty() ? "" : notes.back().rule;
  }

  PrivateKey key_;
  document::Manifest manifest_{{{"model.onnx", sha256(kWeights)}}};
  Version version_{"t/m:1", {}, "run-1", "claims@7", {}};
  std::vector<Submitted> documents_;
};

class FactsByKey : public FactsOfDocuments, public testing::WithParamInterface<Algorithm> {
 protected:
  FactsByKey() : FactsOfDocuments(GetParam()) {}
  bool signs_digests() const { return GetParam() == Algorithm::P256; }
};

// A blob signature is over the model's bytes; what is known of those is their SHA-256.
TEST_P(FactsByKey, ABlobSignatureCountsOrSaysThatItNeedsTheBytes) {
  add("signature", blob(cosign_hint()));
  EXPECT_EQ(fact("/signatures/model_valid"), signs_digests()) << note();
  EXPECT_EQ(note(), signs_digests() ? "" : "signature-needs-bytes");
  documents_.pop_back();
  add("signature", blob("somebody else's"));
  EXPECT_EQ(fact("/signatures/model_valid"), signs_digests()) << "a hint proves nothing";
  EXPECT_EQ(note(), signs_digests() ? "" : "signature-invalid");
}

// cosign's simple signing carries the signed bytes, so that every key counts.
TEST_P(FactsByKey, ASimpleSigningPayloadIsAnImageSignature) {
  const auto payload = [](const Digest& image) {
    return Json{{"critical",
                 {{"identity", {{"docker-reference", "registry.example/credit"}}},
                  {"image", {{"docker-manifest-digest", image.text()}}},
                  {"type", "cosign container image signature"}}},
                {"optional", nullptr}}
        .dump();
  };
  const std::string text = payload(sha256("image"));
  const Json plain = {{"payload", to_base64(text)}, {"signature", to_base64(key_.sign(text))}};
  const Json downloaded = {{"Base64Signature", plain["signature"]},
                           {"Payload", plain["payload"]},
                           {"Cert", nullptr},
                           {"Chain", nullptr},
                           {"Bundle", nullptr},
                           {"RFC3161Timestamp", nullptr}};
  version_.container_digest = sha256("image");
  for (const Json& form : {plain, downloaded}) {
    add("image-signature", form.dump());
    EXPECT_TRUE(fact("/signatures/image_valid").get<bool>()) << note();
    documents_.pop_back();
  }
  const auto refused = [&](const Json& document) {
    add("image-signature", document.dump());
    const bool valid = fact("/signatures/image_valid").get<bool>();
    const std::string rule = valid ? "counts" : note();
    documents_.pop_back();
    return rule;
  };
  Json other = plain;
  other["payload"] = to_base64(payload(sha256("another")));
  EXPECT_EQ(refused(other), "signature-invalid") << "the signature is over the payload";
  other["signature"] = to_base64(key_.sign(payload(sha256("another"))));
  EXPECT_EQ(refused(other), "subject-mismatch");
  other = plain;
  other["payload"] = to_base64("{}");
  EXPECT_EQ(refused(other), "image-payload");
  other = downloaded;
  other["Cert"] = "MII";
  EXPECT_EQ(refused(other), "key-material");
  other = plain;
  other["extra"] = 1;
  EXPECT_EQ(refused(other), "image-payload");
  EXPECT_EQ(refused(Json::parse(blob(""))), "bundle-content") << "a blob is no image";
}

INSTANTIATE_TEST_SUITE_P(OfEachKey, FactsByKey,
                         testing::Values(Algorithm::P256, Algorithm::Ed25519));

TEST_F(FactsOfDocuments, ProvenanceOfVersion02MakesTheSameFacts) {
  const Json v02 = {
      {"builder", {{"id", "https://builder.example"}}},
      {"invocation",
       {{"configSource", {{"uri", "git+https://example.org/train"}}},
        {"parameters", {{"run_id", "run-1"}}}}},
      {"materials",
       Json::array({{{"uri", "claims@7"}, {"digest", {{"sha256", sha256("d").hex()}}}}})}};
  const Json v1 = {
      {"buildDefinition",
       {{"externalParameters", {{"run_id", "run-1"}, {"source", "git+https://example.org/train"}}},
        {"resolvedDependencies",
         Json::array({{{"uri", "claims@7"}, {"digest", {{"sha256", sha256("d").hex()}}}}})}}},
      {"runDetails", {{"builder", {{"id", "https://builder.example"}}}}}};
  add("attestation", attest(kProvenanceV02Type, v02));
  EXPECT_EQ(note(), "");
  const Json old = fact("/provenance");
  EXPECT_TRUE(fact("/attestation/present").get<bool>());
  documents_.pop_back();
  add("attestation", attest(kProvenanceType, v1));
  EXPECT_EQ(fact("/provenance"), old);
}

TEST_F(FactsOfDocuments, ACanaryThatMeasuredSaysWhat) {
  add("attestation", attest(kCanaryType, {{"result", "PROCEED"},
                                          {"ref", "t/m:1"},
                                          {"latency_p99_ms", 41.5},
                                          {"availability", 0.9985}}));
  const Json canary = fact("/canary");
  EXPECT_EQ(canary["measured"], Json({"availability", "latency_p99"}));
  EXPECT_EQ(canary["latency_p99_us"], 41'500);
  EXPECT_EQ(canary["availability_ppm"], 998'500);
  add("attestation", attest(kCanaryType, {{"result", "PROCEED"}, {"ref", "t/m:1"}}), 1);
  EXPECT_EQ(fact("/canary/measured"), Json::array()) << "the newest decides";
}

TEST_F(FactsOfDocuments, ATestOfAnotherVersionDoesNotCount) {
  for (const std::string_view type : {kIntegrationTestType, kCanaryType, kFairnessType}) {
    add("attestation", attest(type, {{"result", "PASS"}, {"ref", "t/m:2"}}));
    EXPECT_EQ(note(), "ref-mismatch") << type;
    documents_.pop_back();
    add("attestation", attest(type, {{"result", "PASS"}, {"ref", "t/m:1"}}));
    EXPECT_EQ(note(), "") << type;
    documents_.pop_back();
  }
}

std::string record(const std::string& conditions) {
  return "---\nid: R-1\nrun_id: run-1\ndecision: accept\nresidual_risk: low\nconditions:" +
         conditions + "\n---\n";
}

// R54: what a newer record leaves out is settled; without a date nothing can become due.
TEST_F(FactsOfDocuments, ConditionsAreThoseOfTheNewestRecords) {
  add("scdr", record("\n- text: retrain\n  due: 2027-01-31\n- text: no date"));
  add("adr", record("\n- text: move\n  due: 2026-12-31T00:00:00Z"));
  const Condition retrain{*from_rfc3339("2027-01-31T23:59:59Z"), sha256("retrain")};
  const Condition move{*from_rfc3339("2026-12-31T00:00:00Z"), sha256("move")};
  EXPECT_EQ(collect().conditions, (std::vector{move, retrain}));
  add("scdr", record("\n- text: retrain\n  due: 2027-06-30"), 1);
  const Condition put_off{*from_rfc3339("2027-06-30T23:59:59Z"), sha256("retrain")};
  EXPECT_EQ(collect().conditions, (std::vector{move, put_off}));
  add("scdr", record(" []"), 2);
  add("adr",
      record(
          "\n- text: move\n  due: 2026-12-31T00:00:00Z\n- text: move\n  due: 2026-12-31T00:00:00Z"),
      3);
  EXPECT_EQ(collect().conditions, (std::vector{move}));
}

// Meaning, source, and when a yes-or-no is no.
void expect_documented(const Json& schema, const std::string& place, int& leaves) {
  const Json members = schema.value("properties", Json::object());
  for (const auto& [name, member] : members.items()) {
    const std::string text = member.value("description", "");
    EXPECT_GE(text.size(), 8u) << place << "." << name << ": what is it?";
    if (member["type"] == "boolean") {
      EXPECT_THAT(text, testing::HasSubstr("alse"))
          << place << "." << name << ": when is it false?";
    }
    ++leaves;
    expect_documented(member, place + "." + name, leaves);
    if (member.contains("items")) expect_documented(member["items"], place + "." + name, leaves);
  }
}

TEST_F(FactsOfDocuments, EachFactIsDocumented) {
  std::ifstream file(std::string(Z5_SOURCE_DIR) + "/schemas/facts.schema.json");
  const Json schema = Json::parse(file);
  int leaves = 0;
  expect_documented(schema, "facts", leaves);
  EXPECT_GE(leaves, 60);
  // Every fact that is collected stands there; the other way round: Facts.TheSchemaNamesThemAll.
  const Json facts = collect().facts;
  for (const auto& [name, fact] : facts.items()) {
    ASSERT_TRUE(schema["properties"].contains(name)) << name;
    if (!fact.is_object()) continue;
    for (const auto& [member, value] : fact.items())
      EXPECT_TRUE(schema["properties"][name]["properties"].contains(member))
          << name << "." << member;
  }
}

}  // namespace
}  // namespace z5::evidence
