// SPDX-License-Identifier: Apache-2.0
// Goal: facts say what was verified and nothing else: each rule of counting alone turns a fact off,
// and names itself. Method: a version with everything it needs, then one thing changed at a time.
#include "ledger/evidence/facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/predicate.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"

namespace z5::evidence {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

constexpr Time at(std::int64_t minute) { return {(1'795'000'000 + minute * 60) * 1'000'000'000}; }

struct Actor {
  PrivateKey key = PrivateKey::generate(Algorithm::P256);
  Signer signer;
  Actor(std::string name, std::string role)
      : signer{name, "person-of-" + name, key.public_key(), {std::move(role)}, {}, {}} {}
};

class FactsOfAVersion : public testing::Test {
 protected:
  FactsOfAVersion() {
    version.model_digest = manifest.digest();
    add("manifest", manifest.text());
    add("signature", oms());
    add("attestation", attest(builder, kProvenanceType, provenance()));
    add("attestation", attest(catalogue, kDatasetType, dataset()));
    add("attestation", attest(assessor, kVulnsType, scan()));
    add("attestation", attest(assessor, kSecurityDecisionType, security()));
    add("attestation", attest(evaluator, kFairnessType, {{"result", "PASS"}}));
    add("attestation",
        attest(evaluator, kSloProfileType, {{"latency_p99_ms", 12.5}, {"availability", 0.999}}));
    add("attestation", attest(evaluator, kIntegrationTestType, {{"result", "PASS"}}));
    add("attestation",
        attest(evaluator, kCanaryType, {{"result", "PROCEED"}, {"ref", version.ref}}));
    add("sbom", sbom());
    add("model-card",
        "---\nlicense: mit\n---\n## Purpose\np\n## Limits\nl\n## Risks\nr\n## Safeguards\ns\n## "
        "Audience\na\n");
    add("scdr", record("SCDR-1"));
    add("adr", record("ADR-1"));
  }

  std::string statement(std::string_view type, const Json& predicate,
                        const std::vector<std::string>& subjects) {
    Json list = Json::array();
    for (const auto& hex : subjects)
      list.push_back({{"name", "model"}, {"digest", {{"sha256", hex}}}});
    return Json{{"_type", "https://in-toto.io/Statement/v1"},
                {"subject", list},
                {"predicateType", type},
                {"predicate", predicate}}
        .dump();
  }
  std::string attest(const Actor& by, std::string_view type, const Json& predicate) {
    return keys::sign_bundle(statement(type, predicate, {version.model_digest.hex()}), by.key);
  }
  std::string oms(const std::string& digest_of_second = sha256("config").hex()) {
    Sha256 root;
    root.update(sha256("weights").view());
    root.update(digest_from_hex(digest_of_second)->view());
    const Json resources = {
        {{"name", "model.onnx"}, {"digest", sha256("weights").hex()}, {"algorithm", "sha256"}},
        {{"name", "config.json"}, {"digest", digest_of_second}, {"algorithm", "sha256"}}};
    const Json predicate = {{"serialization",
                             {{"method", "files"},
                              {"hash_type", "sha256"},
                              {"allow_symlinks", false},
                              {"ignore_paths", Json::array()}}},
                            {"resources", resources}};
    return keys::sign_bundle(
        statement("https://model_signing/signature/v1.0", predicate, {root.finish().hex()}),
        modeler.key);
  }
  Json provenance() {
    return {{"buildDefinition",
             {{"buildType", "t"},
              {"externalParameters",
               {{"run_id", "run-1"}, {"source", "git+https://example.org/train"}}},
              {"resolvedDependencies",
               Json::array({{{"name", "claims@2026-10"},
                             {"digest", {{"sha256", sha256("data").hex()}}}}})}}},
            {"runDetails", {{"builder", {{"id", "https://builder.example"}}}}}};
  }
  Json dataset() {
    return {{"name", "claims"},
            {"snapshot", "2026-10"},
            {"digest", sha256("data").text()},
            {"purposes", {"fraud", "audit"}},
            {"legal_basis", "consent"},
            {"sensitivity", "ordinary"}};
  }
  Json scan(const Json& results = Json::array()) {
    return {{"scanner",
             {{"uri", "pkg:grype"},
              {"db", {{"lastUpdate", to_rfc3339(at(-60))}}},
              {"result", results}}},
            {"metadata", {{"scanFinishedOn", to_rfc3339(at(-30))}}}};
  }
  Json security(const std::string& decision = "PASS") {
    return {{"security_decision", decision}, {"adversarial_tests", {{"result", "PASS"}}}};
  }
  std::string sbom(const std::string& vulnerabilities = "[]") {
    return R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"torch"}],"vulnerabilities":)" +
           vulnerabilities + "}";
  }
  std::string record(const std::string& id) {
    return "---\nid: " + id +
           "\nrun_id: run-1\ndecision: accept\nresidual_risk: low\nconditions:\n- text: t\n  due: "
           "2027-01-31\n---\n";
  }

  Signers signers() const {
    Signers all;
    for (const Actor* actor : {&modeler, &builder, &assessor, &catalogue, &evaluator, &vex})
      all.actors.push_back(actor->signer);
    return all;
  }
  void add(const std::string& kind, const std::string& bytes, std::int64_t minute = 0) {
    documents.push_back(
        {kind, sha256(bytes), examine(kind, bytes, signers()), at(minute), "submitter"});
  }
  // In place of the first document that says `type` (by predicateType), or is of kind `type`.
  void replace(std::string_view type, const std::string& kind, const std::string& bytes) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const bool first = documents[i].kind == type && type != "attestation";
      if (!first && !(documents[i].kind == "attestation" && order(type) == i)) continue;
      documents[i] = {kind, sha256(bytes), examine(kind, bytes, signers()), at(0), "submitter"};
      return;
    }
    FAIL() << type;
  }
  // The constructor's order.
  static std::size_t order(std::string_view type) {
    const std::vector<std::string_view> types{kProvenanceType,       kDatasetType,  kVulnsType,
                                              kSecurityDecisionType, kFairnessType, kSloProfileType,
                                              kIntegrationTestType,  kCanaryType};
    return 2 +
           static_cast<std::size_t>(std::find(types.begin(), types.end(), type) - types.begin());
  }
  Collected collect(const Data& data = {}) const {
    return collect_facts(version, documents, signers(), data);
  }
  Json fact(const char* pointer) const { return collect().facts.at(Json::json_pointer(pointer)); }
  std::string only_note() const {
    const auto notes = collect().notes;
    return notes.size() == 1 ? notes[0].rule : std::to_string(notes.size()) + " notes";
  }

  Actor modeler{"modeler", "model-signer"}, builder{"builder", "builder"},
      assessor{"assessor", "assessor"}, catalogue{"catalogue", "data-catalogue"},
      evaluator{"evaluator", "evaluator"}, vex{"vex", "vex-signer"};
  document::Manifest manifest{
      {{"config.json", sha256("config")}, {"model.onnx", sha256("weights")}}};
  Version version{"t/m:1", {}, "run-1", "claims@2026-10", {}};
  std::vector<Submitted> documents;
};

using Facts = FactsOfAVersion;

// NOW, SCANNED, DATABASE and SHA stand for times and the dataset's digest.
constexpr std::string_view kEverything = R"({
  "signatures": {"model_valid": true, "image_valid": false, "signers": ["modeler"],
                 "verified_at": "NOW"},
  "attestation": {"present": true, "coherent": true},
  "provenance": {"builder": "https://builder.example", "run_id": "run-1", "source": "git+https://example.org/train",
                 "verified_at": "NOW"},
  "security_decision": "PASS", "adversarial": {"result": "PASS", "verified_at": "NOW"},
  "sbom": {"present": true, "format": "cyclonedx-1.6", "components": 1, "has_blocking_cves": false, "scan_present": true,
           "scanner": "pkg:grype", "scanned_at": "SCANNED", "db_updated_at": "DATABASE", "blocking": [],
           "verified_at": "NOW"},
  "model_card": {"present": true, "purpose": true, "limits": true, "risks": true, "safeguards": true, "audience": true,
                 "license": "mit", "verified_at": "NOW"},
  "dataset": {"name": "claims", "snapshot": "2026-10", "digest": "SHA", "snapshot_present": true, "verified_at": "NOW"},
  "lgpd": {"purposes": ["audit", "fraud"], "legal_basis": "consent", "sensitivity": "ordinary"},
  "fairness": {"result": "PASS", "verified_at": "NOW"},
  "slo": {"present": true, "latency_p99_us": 12500, "availability_ppm": 999000, "verified_at": "NOW"},
  "integration_test": {"result": "PASS", "verified_at": "NOW"},
  "canary": {"result": "PROCEED", "measured": [], "latency_p99_us": 0, "availability_ppm": 0, "verified_at": "NOW"},
  "scdr": {"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low",
           "conditions": [{"due": "2027-01-31T23:59:59Z"}], "verified_at": "NOW"},
  "adr": {"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low",
          "conditions": [{"due": "2027-01-31T23:59:59Z"}], "verified_at": "NOW"}})";

TEST_F(Facts, EverythingCounts) {
  std::string text(kEverything);
  for (const auto& [name, value] : {std::pair{std::string("NOW"), to_rfc3339(at(0))},
                                    {"SCANNED", to_rfc3339(at(-30))},
                                    {"DATABASE", to_rfc3339(at(-60))},
                                    {"SHA", sha256("data").text()}}) {
    for (std::size_t i; (i = text.find("\"" + name + "\"")) != std::string::npos;) {
      text.replace(i + 1, name.size(), value);
    }
  }
  Json expected = Json::parse(text);
  expected["model_digest"] = version.model_digest.text();
  const Collected collected = collect();
  EXPECT_TRUE(collected.notes.empty());
  EXPECT_EQ(collected.facts, expected) << Json::diff(expected, collected.facts).dump(1);
  EXPECT_EQ(collected.facts_digest, sha256(canonical_json(expected)));
  EXPECT_EQ(collected.persons, (std::vector<std::string>{
                                   "person-of-assessor", "person-of-builder", "person-of-catalogue",
                                   "person-of-evaluator", "person-of-modeler", "submitter"}));
}

TEST_F(Facts, AnEmptyVersionHasEveryFieldAndNothingTrue) {
  const Json full = collect().facts.flatten();
  documents.clear();
  const Json empty = collect().facts;
  for (const auto& [pointer, value] : full.items()) {
    if (pointer.find("/0") != std::string::npos || pointer.find("/1") != std::string::npos)
      continue;  // list items
    ASSERT_TRUE(empty.contains(Json::json_pointer(pointer))) << pointer;
    const Json& fact = empty.at(Json::json_pointer(pointer));
    if (!fact.is_boolean()) continue;
    EXPECT_EQ(fact.get<bool>(), pointer == "/sbom/has_blocking_cves") << pointer;
  }
}

// Every member of `value` stands in the schema, and the other way round.
void expect_names(const Json& schema, const Json& value, const std::string& place) {
  if (value.is_array() && !value.empty())
    return expect_names(schema.at("items"), value[0], place + "[]");
  if (!value.is_object()) return;
  std::set<std::string> known, required;
  for (const auto& [name, type] : schema.at("properties").items()) known.insert(name);
  for (const Json& name : schema.at("required")) required.insert(name.get<std::string>());
  std::set<std::string> there;
  for (const auto& [name, member] : value.items()) {
    there.insert(name);
    if (known.contains(name)) expect_names(schema["properties"][name], member, place + "." + name);
  }
  EXPECT_EQ(there, known) << place;
  EXPECT_EQ(there, required) << place;
}

TEST_F(Facts, TheSchemaNamesThemAll) {
  std::ifstream file(std::string(Z5_SOURCE_DIR) + "/schemas/facts.schema.json");
  expect_names(Json::parse(file), collect().facts, "facts");
}

TEST_F(Facts, TheOrderOfDocumentsDoesNotMatterNotEvenAtATie) {
  add("attestation", attest(evaluator, kFairnessType, {{"result", "FAIL"}, {"n", 1}}));
  const Digest before = collect().facts_digest;
  std::reverse(documents.begin(), documents.end());
  EXPECT_EQ(collect().facts_digest, before);
}

TEST_F(Facts, WithoutTheManifestNothingSignedCounts) {
  documents.erase(documents.begin());
  const Collected collected = collect();
  EXPECT_EQ(collected.notes.size(), 9u);
  for (const Note& note : collected.notes) EXPECT_EQ(note.rule, "manifest-missing");
  EXPECT_FALSE(collected.facts["signatures"]["model_valid"].get<bool>());
  EXPECT_FALSE(collected.facts["attestation"]["present"].get<bool>());
  EXPECT_TRUE(collected.facts["model_card"]["present"].get<bool>());
}

TEST_F(Facts, EachRuleOfCounting) {
  const auto with = [&](const Actor& by, std::string_view type, const Json& predicate,
                        const std::string& subject) {
    replace(kFairnessType, "attestation",
            keys::sign_bundle(statement(type, predicate, {subject}), by.key));
    EXPECT_EQ(fact("/fairness/result"), "");
    return only_note();
  };
  const std::string model = version.model_digest.hex();
  const Json pass = {{"result", "PASS"}};
  EXPECT_EQ(with(assessor, kFairnessType, pass, model), "signer-role");
  EXPECT_EQ(with(Actor("stranger", "evaluator"), kFairnessType, pass, model), "signature-invalid");
  EXPECT_EQ(with(evaluator, kFairnessType, pass, sha256("other").hex()), "subject-mismatch");
  EXPECT_EQ(with(evaluator, kFairnessType, pass, sha256("weights").hex()), "subject-mismatch")
      << "one file of two";
  EXPECT_EQ(with(evaluator, kFairnessType, {{"result", "PASS"}, {"ref", "t/m:2"}}, model),
            "ref-mismatch");
  EXPECT_EQ(with(evaluator, kFairnessType, {{"result", "PASS"}, {"ref", 7}}, model),
            "predicate-malformed");
  EXPECT_EQ(with(evaluator, kFairnessType, Json::object(), model), "predicate-malformed");
  EXPECT_EQ(with(evaluator, "urn:z5:predicate:fairness:v2", pass, model), "predicate-type");
  EXPECT_EQ(with(evaluator, "urn:z5:command:approve:v1", pass, model), "predicate-type");
  replace(kFairnessType, "attestation", "{}");
  EXPECT_EQ(fact("/fairness/result"), "");
}

TEST_F(Facts, AllFilesAsSubjectsAreTheModel) {
  replace(kFairnessType, "attestation",
          keys::sign_bundle(statement(kFairnessType, {{"result", "PASS"}},
                                      {sha256("weights").hex(), sha256("config").hex()}),
                            evaluator.key));
  EXPECT_EQ(fact("/fairness/result"), "PASS");
}

TEST_F(Facts, ARetiredSignersLaterDocumentsAreVoid) {
  add("attestation", attest(evaluator, kFairnessType, {{"result", "FAIL"}, {"n", 1}}), 10);
  EXPECT_EQ(fact("/fairness/result"), "FAIL");
  evaluator.signer.void_since = at(10);
  EXPECT_EQ(fact("/fairness/result"), "PASS") << "what came before stands";
  EXPECT_EQ(only_note(), "signer-void");
  evaluator.signer.void_since = at(0);
  EXPECT_EQ(fact("/fairness/result"), "");
}

TEST_F(Facts, TheNewestWinsAlsoWhenItFails) {
  add("attestation", attest(evaluator, kFairnessType, {{"result", "FAIL"}}), 5);
  add("attestation", attest(evaluator, kFairnessType, {{"result", "PASS"}, {"n", 1}}), 3);
  EXPECT_EQ(fact("/fairness/result"), "FAIL");
  add("attestation", attest(evaluator, kFairnessType, {{"result", "INCONCLUSIVE"}}), 6);
  EXPECT_EQ(fact("/fairness/result"), "FAIL") << "what is not PASS is FAIL";
  add("attestation", attest(assessor, kSecurityDecisionType, security("FAIL")), 5);
  EXPECT_EQ(fact("/security_decision"), "FAIL");
  add("attestation", attest(evaluator, kCanaryType, {{"result", "HALT"}, {"ref", version.ref}}), 5);
  EXPECT_EQ(fact("/canary/result"), "HALT");
}

TEST_F(Facts, WhoSignedTheModelCannotAssessIt) {
  modeler.signer.roles.insert("assessor");
  replace(kSecurityDecisionType, "attestation", attest(modeler, kSecurityDecisionType, security()));
  EXPECT_EQ(fact("/security_decision"), "");
  EXPECT_EQ(only_note(), "signer-of-model");
  assessor.signer.person = modeler.signer.person;
  replace(kSecurityDecisionType, "attestation",
          attest(assessor, kSecurityDecisionType, security()));
  EXPECT_EQ(fact("/security_decision"), "") << "the same person with another key";
}

TEST_F(Facts, AModelSignatureMustEqualTheManifest) {
  replace("signature", "signature", oms(sha256("other").hex()));
  EXPECT_FALSE(fact("/signatures/model_valid").get<bool>());
  EXPECT_EQ(only_note(), "oms-files");
  replace("signature", "signature", attest(modeler, kFairnessType, {{"result", "PASS"}}));
  EXPECT_EQ(only_note(), "predicate-type");
  replace("signature", "attestation", oms());
  EXPECT_FALSE(fact("/signatures/model_valid").get<bool>());
}

std::string blob(const PrivateKey& key, const std::string& bytes) {
  const Json bundle = {
      {"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
      {"verificationMaterial", {{"publicKey", {{"hint", "x"}}}}},
      {"messageSignature",
       {{"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", to_base64(sha256(bytes).view())}}},
        {"signature", to_base64(key.sign(bytes))}}}};
  return bundle.dump();
}

TEST_F(Facts, ABlobSignatureIsForAOneFileModel) {
  replace("signature", "signature", blob(modeler.key, "weights"));
  EXPECT_EQ(only_note(), "subject-mismatch") << "two files";
  manifest.files = {{"model.onnx", sha256("weights")}};
  version.model_digest = manifest.digest();
  documents.clear();
  add("manifest", manifest.text());
  add("signature", blob(modeler.key, "weights"));
  EXPECT_TRUE(fact("/signatures/model_valid").get<bool>());
  documents.pop_back();
  add("signature", blob(modeler.key, "other"));
  EXPECT_FALSE(fact("/signatures/model_valid").get<bool>());
  documents.pop_back();
  add("signature", blob(builder.key, "weights"));
  EXPECT_EQ(only_note(), "signer-role");
}

TEST_F(Facts, AnImageSignatureNeedsTheContainerDigest) {
  const auto image = [&](const Digest& digest) {
    return keys::sign_bundle(
        statement("https://sigstore.dev/cosign/sign/v1", Json::object(), {digest.hex()}),
        modeler.key);
  };
  add("image-signature", image(sha256("image")));
  EXPECT_FALSE(fact("/signatures/image_valid").get<bool>());
  version.container_digest = sha256("image");
  EXPECT_TRUE(fact("/signatures/image_valid").get<bool>());
  documents.pop_back();
  add("image-signature", image(sha256("other")));
  EXPECT_FALSE(fact("/signatures/image_valid").get<bool>());
}

TEST_F(Facts, ProvenanceAndCatalogueMustAgree) {
  Json other = dataset();
  other["digest"] = sha256("other data").text();
  replace(kDatasetType, "attestation", attest(catalogue, kDatasetType, other));
  EXPECT_FALSE(fact("/dataset/snapshot_present").get<bool>());
  EXPECT_FALSE(fact("/attestation/coherent").get<bool>());
  EXPECT_TRUE(fact("/attestation/present").get<bool>());
  other = dataset();
  other["snapshot"] = "2026-11";
  replace(kDatasetType, "attestation", attest(catalogue, kDatasetType, other));
  EXPECT_EQ(fact("/dataset/name"), "") << "the version names another snapshot";
  replace(kDatasetType, "attestation", attest(catalogue, kDatasetType, dataset()));
  EXPECT_TRUE(fact("/attestation/coherent").get<bool>());
  version.run_id = "run-2";
  EXPECT_FALSE(fact("/attestation/coherent").get<bool>());
  EXPECT_TRUE(fact("/dataset/snapshot_present").get<bool>());
  version.dataset = "";
  EXPECT_FALSE(fact("/dataset/snapshot_present").get<bool>());
}

const Json kHigh = Json::array(
    {{{"id", "CVE-1"}, {"severity", Json::array({{{"method", "nvd"}, {"score", "high"}}})}}});
const Json kUnrated = Json::array({{{"id", "CVE-2"}}});

TEST_F(Facts, ABlockingFindingBlocks) {
  for (const Json& results : {kHigh, kUnrated}) {
    replace(kVulnsType, "attestation", attest(assessor, kVulnsType, scan(results)));
    EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>());
    EXPECT_EQ(fact("/sbom/blocking"), Json::array({results[0]["id"]}));
  }
  replace(
      kVulnsType, "attestation",
      attest(
          assessor, kVulnsType,
          scan(Json::array({{{"id", "CVE-3"},
                             {"severity", Json::array({{{"method", "m"}, {"score", "low"}}})}}}))));
  EXPECT_FALSE(fact("/sbom/has_blocking_cves").get<bool>());
  EXPECT_TRUE(
      collect({.blocking_severities = {"low"}}).facts["sbom"]["has_blocking_cves"].get<bool>());
}

TEST_F(Facts, WithoutScanOrSbomTheAnswerIsBlocking) {
  const auto kept = documents;
  replace(kVulnsType, "attestation", "{}");
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>());
  documents = kept;
  replace("sbom", "sbom", "{}");
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>());
  EXPECT_EQ(only_note(), "sbom-format");
  documents = kept;
  replace(
      "sbom", "sbom",
      sbom(
          R"([{"id":"CVE-9","ratings":[{"severity":"critical"}],"analysis":{"state":"not_affected"}}])"));
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>()) << "an unsigned analysis clears nothing";
  documents = kept;
  Json future = scan();
  future["scanner"]["db"]["lastUpdate"] = to_rfc3339(at(60));
  replace(kVulnsType, "attestation", attest(assessor, kVulnsType, future));
  EXPECT_EQ(only_note(), "scan-database");
}

TEST_F(Facts, OnlyATrustedVexClears) {
  replace(kVulnsType, "attestation", attest(assessor, kVulnsType, scan(kHigh)));
  const auto openvex = [&](const std::string& status) {
    Json said = {{"vulnerability", {{"name", "CVE-1"}}},
                 {"products", Json::array({{{"@id", "pkg:mlmodel/t/m@1"}}})},
                 {"status", status},
                 {"justification", "component_not_present"},
                 {"action_statement", "update"}};
    return Json{{"@context", "https://openvex.dev/ns/v0.2.0"},
                {"@id", "x"},
                {"author", "a"},
                {"timestamp", "2026-11-24T00:00:00Z"},
                {"version", 1},
                {"statements", Json::array({said})}};
  };
  constexpr std::string_view kType = "https://openvex.dev/ns/v0.2.0";
  const auto kept = documents;
  add("vex", openvex("not_affected").dump());
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>()) << "unsigned";
  documents = kept;
  add("vex", attest(assessor, kType, openvex("not_affected")));
  EXPECT_EQ(only_note(), "signer-role");
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>());
  documents = kept;
  add("vex", attest(vex, kType, openvex("not_affected")), 1);
  EXPECT_FALSE(fact("/sbom/has_blocking_cves").get<bool>());
  add("vex", attest(vex, kType, openvex("affected")), 2);
  EXPECT_TRUE(fact("/sbom/has_blocking_cves").get<bool>()) << "the newer statement decides";
}

TEST_F(Facts, AScanIsNeverYoungerThanItsRecording) {
  Json ahead = scan();
  ahead["metadata"]["scanFinishedOn"] = to_rfc3339(at(600));
  replace(kVulnsType, "attestation", attest(assessor, kVulnsType, ahead));
  EXPECT_EQ(fact("/sbom/scanned_at"), to_rfc3339(at(0)));
}

TEST_F(Facts, BytesMustBeThoseOfTheEntry) {
  documents[0].digest = sha256("x");
  EXPECT_FALSE(fact("/signatures/model_valid").get<bool>());
  documents[1].kind = "attestation";
  const auto notes = collect().notes;
  EXPECT_EQ(notes[1].rule, "document-digest");
}

}  // namespace
}  // namespace z5::evidence
