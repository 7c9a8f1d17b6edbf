// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/counting.h"
#include "schemas/limits.h"

namespace z5::evidence {
namespace {

std::string text_of(Time time) { return time.is_set() ? to_rfc3339(time) : std::string(); }

template <class T>
const Counted* newest(const Counting& counting) {
  const auto found = counting.saying<T>();
  return found.empty() ? nullptr : found.front();
}

// When the newest of what counts was verified; empty without one.
std::string verified(const std::vector<const Counted*>& newest_first) {
  return newest_first.empty() ? "" : text_of(newest_first.front()->verified_at());
}
std::string verified(const Counted* counted) {
  return counted == nullptr ? "" : text_of(counted->verified_at());
}

template <class T>
const T* newest_document(const Counting& counting, std::string_view kind) {
  const auto found = counting.of_kind(kind);
  return found.empty() ? nullptr : found.front()->document->examined->as<T>();
}

Json signatures_fact(const Counting& counting) {
  const auto models = counting.of_kind("signature");
  std::set<std::string> signers;
  for (const Counted* model : models) signers.insert(model->signer->actor);
  return {{"model_valid", !models.empty()},
          {"image_valid", !counting.of_kind("image-signature").empty()},
          {"signers", signers},
          {"verified_at", verified(models)}};
}

// The catalogue's statement about the snapshot that the version names: the submitter's word only
// selects it.
const Counted* find_dataset(const Version& version, const Counting& counting) {
  for (const Counted* each : counting.saying<Dataset>()) {
    const Dataset* dataset = each->predicate<Dataset>();
    if (dataset->name + "@" + dataset->snapshot == version.dataset) return each;
  }
  return nullptr;
}

bool depends_on(const Provenance& provenance, const std::string& dataset, const Digest& digest) {
  return std::any_of(provenance.dependencies.begin(), provenance.dependencies.end(),
                     [&](const auto& dependency) {
                       return (dependency.name == dataset || dependency.uri == dataset) &&
                              dependency.sha256 == digest;
                     });
}

void add_provenance(const Version& version, const Counting& counting, Json& facts) {
  const Counted* counted = newest<Provenance>(counting);
  const Provenance* provenance = counted == nullptr ? nullptr : counted->predicate<Provenance>();
  const Counted* catalogued = find_dataset(version, counting);
  const Dataset* dataset = catalogued == nullptr ? nullptr : catalogued->predicate<Dataset>();
  const bool snapshot = provenance != nullptr && dataset != nullptr &&
                        depends_on(*provenance, version.dataset, dataset->digest);
  const bool same_run =
      provenance != nullptr && !version.run_id.empty() && provenance->run_id == version.run_id;
  facts["attestation"] = {{"present", provenance != nullptr}, {"coherent", same_run && snapshot}};
  facts["provenance"] = {{"builder", provenance ? provenance->builder : ""},
                         {"run_id", provenance ? provenance->run_id : ""},
                         {"source", provenance ? provenance->source : ""},
                         {"verified_at", verified(counted)}};
  facts["dataset"] = {{"name", dataset ? dataset->name : ""},
                      {"snapshot", dataset ? dataset->snapshot : ""},
                      {"digest", dataset ? dataset->digest.text() : ""},
                      {"snapshot_present", snapshot},
                      {"verified_at", verified(catalogued)}};
  facts["lgpd"] = {{"purposes", dataset ? dataset->purposes : std::vector<std::string>()},
                   {"legal_basis", dataset ? dataset->legal_basis : ""},
                   {"sensitivity", dataset ? dataset->sensitivity : ""}};
}

// The newest trusted document that says something about a finding decides about it.
bool is_cleared(const document::Finding& finding, const std::vector<const Counted*>& trusted) {
  for (const Counted* each : trusted) {
    const auto& statements = each->predicate<document::Vex>()->statements;
    const bool says = std::any_of(statements.begin(), statements.end(), [&](const auto& statement) {
      return statement.ids.contains(finding.id);
    });
    if (says) return document::is_cleared(finding, statements);
  }
  return false;
}

Json sbom_fact(const Counting& counting, const Data& data) {
  const auto* sbom = newest_document<document::Sbom>(counting, "sbom");
  const Counted* counted_scan = newest<document::Scan>(counting);
  const auto* scan = counted_scan == nullptr ? nullptr : counted_scan->predicate<document::Scan>();
  const bool present = sbom != nullptr && sbom->components > 0;
  const auto trusted = counting.saying<document::Vex>();

  std::set<std::string> blocking;
  const auto add = [&](const std::vector<document::Finding>& findings) {
    for (const document::Finding& finding : findings) {
      if (!document::is_blocking(finding, data.blocking_severities) || is_cleared(finding, trusted))
        continue;
      blocking.insert(finding.id.empty() ? "unnamed" : finding.id.substr(0, limits::kMaxFactText));
    }
  };
  if (sbom != nullptr) add(sbom->findings);
  if (scan != nullptr) add(scan->findings);

  // A scanner's clock may run ahead: a scan is never younger than its recording.
  Time scanned_at;
  if (scan != nullptr) {
    scanned_at = scan->scanned_at.is_set() ? std::min(scan->scanned_at, counted_scan->verified_at())
                                           : counted_scan->verified_at();
  }
  const bool clean = present && scan != nullptr && blocking.empty();
  std::vector<std::string> named(blocking.begin(), blocking.end());
  if (named.size() > limits::kMaxBlockingNamed) named.resize(limits::kMaxBlockingNamed);
  return {{"present", present},
          {"format", sbom ? sbom->format : ""},
          {"components", sbom ? sbom->components : 0},
          {"has_blocking_cves", !clean},
          {"scan_present", scan != nullptr},
          {"scanner", scan ? scan->scanner : ""},
          {"scanned_at", text_of(scanned_at)},
          {"db_updated_at", scan ? text_of(scan->db_updated_at) : ""},
          {"blocking", named},
          {"verified_at", verified(counting.of_kind("sbom"))}};
}

Json model_card_fact(const Counting& counting) {
  const auto* card = newest_document<document::ModelCard>(counting, "model-card");
  return {{"present", card != nullptr},
          {"purpose", card && card->purpose},
          {"limits", card && card->limits},
          {"risks", card && card->risks},
          {"safeguards", card && card->safeguards},
          {"audience", card && card->audience},
          {"license", card ? card->license : ""},
          {"verified_at", verified(counting.of_kind("model-card"))}};
}

Json record_fact(const Counting& counting, std::string_view kind) {
  const auto* record = newest_document<document::DecisionRecord>(counting, kind);
  Json conditions = Json::array();
  if (record != nullptr) {
    for (const auto& condition : record->conditions)
      conditions.push_back({{"due", text_of(condition.due)}});
  }
  return {{"present", record != nullptr},
          {"run_id", record ? record->run_id : ""},
          {"decision", record ? record->decision : ""},
          {"residual_risk", record ? record->residual_risk : ""},
          {"conditions", conditions},
          {"verified_at", verified(counting.of_kind(kind))}};
}

std::vector<Condition> conditions_of(const Counting& counting) {
  std::set<Condition> dated;
  for (const std::string_view kind : {"scdr", "adr"}) {
    const auto* record = newest_document<document::DecisionRecord>(counting, kind);
    if (record == nullptr) continue;
    for (const auto& condition : record->conditions) {
      if (condition.due.is_set()) dated.insert({condition.due, sha256(condition.text)});
    }
  }
  return {dated.begin(), dated.end()};
}

template <class T>
Json outcome_fact(const Counting& counting) {
  const Counted* counted = newest<T>(counting);
  return {{"result", counted ? counted->predicate<T>()->result : ""},
          {"verified_at", verified(counted)}};
}

// An absent measurement is 0 and not in `measured`, so that it cannot pass for a good or a bad one.
Json canary_fact(const Counting& counting) {
  Json fact = outcome_fact<Canary>(counting);
  const Counted* counted = newest<Canary>(counting);
  const Canary canary = counted == nullptr ? Canary{} : *counted->predicate<Canary>();
  fact["measured"] = Json::array();
  if (canary.availability_ppm) fact["measured"].push_back("availability");
  if (canary.latency_p99_us) fact["measured"].push_back("latency_p99");
  fact["latency_p99_us"] = canary.latency_p99_us.value_or(0);
  fact["availability_ppm"] = canary.availability_ppm.value_or(0);
  return fact;
}

void add_assessment(const Counting& counting, Json& facts) {
  const Counted* counted = newest<SecurityDecision>(counting);
  const auto* decision = counted == nullptr ? nullptr : counted->predicate<SecurityDecision>();
  facts["security_decision"] = decision ? decision->decision : "";
  facts["adversarial"] = {{"result", decision ? decision->adversarial_tests : ""},
                          {"verified_at", verified(counted)}};
  const Counted* counted_slo = newest<SloProfile>(counting);
  const auto* slo = counted_slo == nullptr ? nullptr : counted_slo->predicate<SloProfile>();
  facts["slo"] = {{"present", slo != nullptr},
                  {"latency_p99_us", slo ? slo->latency_p99_us : 0},
                  {"availability_ppm", slo ? slo->availability_ppm : 0},
                  {"verified_at", verified(counted_slo)}};
  facts["fairness"] = outcome_fact<Fairness>(counting);
  facts["integration_test"] = outcome_fact<IntegrationTest>(counting);
  facts["canary"] = canary_fact(counting);
}

std::vector<std::string> persons_behind(const Counting& counting) {
  std::set<std::string> persons;
  for (const Counted& each : counting.counted) {
    persons.insert(each.document->attached_by);
    if (each.signer != nullptr) persons.insert(each.signer->person);
  }
  persons.erase("");
  return {persons.begin(), persons.end()};
}

}  // namespace

Collected collect_facts(const Version& version, std::span<const Submitted> documents,
                        const Signers& signers, const Data& data) {
  Counting counting = count_documents(version, documents, signers);
  Json facts = {
      {"model_digest", version.model_digest.text()}, {"signatures", signatures_fact(counting)},
      {"sbom", sbom_fact(counting, data)},           {"model_card", model_card_fact(counting)},
      {"scdr", record_fact(counting, "scdr")},       {"adr", record_fact(counting, "adr")}};
  add_provenance(version, counting, facts);
  add_assessment(counting, facts);
  const Digest digest = sha256(canonical_json(facts));
  return {std::move(facts), digest, persons_behind(counting), std::move(counting.notes),
          conditions_of(counting)};
}

}  // namespace z5::evidence
