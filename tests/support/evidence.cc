// SPDX-License-Identifier: Apache-2.0
#include "tests/support/evidence.h"

#include <fmt/format.h>

#include "ledger/keys/dsse.h"

namespace z5::support {
namespace {

Json subject_of(const std::string& name, const Digest& digest) {
  return {{"name", name}, {"digest", {{"sha256", digest.hex()}}}};
}

std::string statement_of(const std::string& type, const Json& predicate, const Json& subject) {
  const Json statement = {{"_type", "https://in-toto.io/Statement/v1"},
                          {"subject", Json::array({subject})},
                          {"predicateType", type},
                          {"predicate", predicate}};
  return statement.dump();
}

std::string record(const char* id) {
  return fmt::format(
      "---\nid: {}\nrun_id: {}\ndecision: accepted\nresidual_risk: low\n---\n\n# {}\n\nIt is "
      "decided.\n",
      id, kRunId, id);
}

}  // namespace

std::string Model::manifest() const {
  std::string text;
  for (const auto& [path, bytes] : files)
    text += fmt::format("{}  {}\n", sha256(bytes).hex(), path);
  return text;
}

Bytes attest(const std::string& type, const Json& predicate, const Digest& subject,
             const keys::PrivateKey& key) {
  return keys::sign_bundle(statement_of(type, predicate, subject_of("model", subject)), key);
}

std::string model_statement(const Model& model) {
  Json resources = Json::array();
  Bytes digests;
  for (const auto& [path, bytes] : model.files) {
    resources.push_back({{"name", path}, {"digest", sha256(bytes).hex()}, {"algorithm", "sha256"}});
    digests += sha256(bytes).view();
  }
  const Json predicate = {{"serialization",
                           {{"method", "files"},
                            {"hash_type", "sha256"},
                            {"allow_symlinks", false},
                            {"ignore_paths", Json::array()}}},
                          {"resources", resources}};
  return statement_of("https://model_signing/signature/v1.0", predicate,
                      subject_of("model", sha256(digests)));
}

Bytes sign_model(const Model& model, const keys::PrivateKey& key) {
  Json bundle = *parse_json(keys::sign_bundle(model_statement(model), key));
  bundle["verificationMaterial"]["tlogEntries"] = Json::array();
  return bundle.dump();
}

std::map<std::string, Document> accept_evidence(const Model& model, const Vouchers& vouchers,
                                                Time now) {
  const Digest digest = model.digest(), dataset = sha256("dataset");
  const Json provenance = {
      {"buildDefinition",
       {{"buildType", "https://example.org/train/v1"},
        {"externalParameters", {{"run_id", kRunId}, {"source", "git+https://example.org/credit"}}},
        {"resolvedDependencies",
         Json::array({{{"name", kDataset}, {"digest", {{"sha256", dataset.hex()}}}}})}}},
      {"runDetails", {{"builder", {{"id", "https://example.org/trainer"}}}}}};
  const Json catalogue = {
      {"name", "credit-2026"},     {"snapshot", "s7"},
      {"digest", dataset.text()},  {"purposes", Json::array({"credit-scoring"})},
      {"legal_basis", "contract"}, {"sensitivity", "ordinary"}};
  const std::string yesterday = to_rfc3339(now - std::chrono::hours(24));
  const Json scan = {
      {"scanner",
       {{"uri", "pkg:generic/scanner@1"},
        {"version", "1"},
        {"db", {{"uri", "https://example.org/db"}, {"version", "7"}, {"lastUpdate", yesterday}}},
        {"result", Json::array()}}},
      {"metadata", {{"scanStartedOn", yesterday}, {"scanFinishedOn", yesterday}}}};
  const Json security = {{"security_decision", "PASS"},
                         {"adversarial_tests", {{"result", "PASS"}}}};
  const std::string sbom =
      R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"onnxruntime","version":"1.20.0"}]})";
  const std::string card =
      "---\nlicense: apache-2.0\n---\n# Credit\n\n## Intended use\nScoring.\n\n## "
      "Limitations\nAdults.\n\n## Risks\nBias.\n\n"
      "## Safeguards\nReview.\n\n## Intended users\nAnalysts.\n";
  return {{"manifest", {"manifest", model.manifest()}},
          {"signature", {"signature", sign_model(model, vouchers.model_signer)}},
          {"provenance",
           {"attestation",
            attest("https://slsa.dev/provenance/v1", provenance, digest, vouchers.builder)}},
          {"dataset",
           {"attestation",
            attest("urn:z5:predicate:dataset:v1", catalogue, digest, vouchers.catalogue)}},
          {"scan",
           {"attestation",
            attest("https://in-toto.io/attestation/vulns/v0.2", scan, digest, vouchers.assessor)}},
          {"security",
           {"attestation",
            attest("urn:z5:predicate:security-decision:v1", security, digest, vouchers.assessor)}},
          {"sbom", {"sbom", sbom}},
          {"model-card", {"model-card", card}}};
}

std::map<std::string, Document> promote_evidence(const Model& model, const Vouchers& vouchers,
                                                 const std::string& ref) {
  const Digest digest = model.digest();
  const auto by_evaluator = [&](const char* type, const Json& predicate) -> Document {
    return {"attestation", attest(fmt::format("urn:z5:predicate:{}:v1", type), predicate, digest,
                                  vouchers.evaluator)};
  };
  return {{"fairness", by_evaluator("fairness", {{"result", "PASS"}})},
          {"slo", by_evaluator("slo-profile", {{"latency_p99_ms", 40}, {"availability", 0.999}})},
          {"integration-test", by_evaluator("integration-test", {{"result", "PASS"}})},
          {"canary", by_evaluator("canary", {{"result", "PROCEED"}, {"ref", ref}})},
          {"scdr", {"scdr", record("SCDR-1")}},
          {"adr", {"adr", record("ADR-1")}}};
}

Document scan_finding(const Model& model, const Vouchers& vouchers, Time now,
                      const std::string& severity) {
  const std::string then = to_rfc3339(now);
  Json found = Json::array();
  if (!severity.empty()) {
    found.push_back(
        {{"id", "CVE-1"}, {"severity", Json::array({{{"method", "nvd"}, {"score", severity}}})}});
  }
  const Json scan = {{"scanner",
                      {{"uri", "pkg:generic/scanner@1"},
                       {"db", {{"uri", "https://example.org/db"}, {"lastUpdate", then}}},
                       {"result", found}}},
                     {"metadata", {{"scanStartedOn", then}, {"scanFinishedOn", then}}}};
  return {"attestation", attest("https://in-toto.io/attestation/vulns/v0.2", scan, model.digest(),
                                vouchers.assessor)};
}

Document record_with(const std::string& kind, const std::string& conditions) {
  return {kind, fmt::format("---\nid: {}-2\nrun_id: {}\ndecision: accepted\nresidual_risk: "
                            "low\nconditions: {}\n---\n",
                            kind, kRunId, conditions)};
}

Bytes ticket(Time now) {
  const Json value = {{"id", "CHG-1"},
                      {"window",
                       {{"start", to_rfc3339(now - std::chrono::hours(1))},
                        {"end", to_rfc3339(now + std::chrono::hours(8))}}},
                      {"rollback_plan", "promote the version before"},
                      {"impact", "none expected"}};
  return value.dump();
}

}  // namespace z5::support
