// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/render.h"

#include "ledger/gate/policy_input.h"

namespace z5::permit {
namespace {

std::string text_or_empty(const Digest& digest) { return digest.is_zero() ? "" : digest.text(); }

Json approvers_json(const gate::Version& version) {
  Json out = Json::array();
  for (const gate::Approval& approval : version.approvals) {
    const bool security = approval.view.role == fb::ApprovalRole::Security;
    out.push_back({{"role", security ? "security" : "product"},
                   {"person", approval.view.person},
                   {"actor", approval.actor},
                   {"sequence", approval.sequence}});
  }
  return out;
}

Json documents_json(const gate::Version& version) {
  Json out = Json::array();
  for (const gate::HeldDocument& document : version.documents) {
    out.push_back({{"kind", gate::document_kinds()[document.kind]},
                   {"digest", document.digest.text()},
                   {"first_recorded", to_rfc3339(document.first_recorded)}});
  }
  return out;
}

Json conditions_json(const gate::Version& version) {
  Json out = Json::array();
  for (const gate::Condition& condition : version.conditions) {
    out.push_back({{"text", condition.text.text()},
                   {"due", to_rfc3339(condition.due)},
                   {"overdue", condition.overdue}});
  }
  return out;
}

// Of several the newest, ties by the greater digest, as facts choose.
std::string sbom_of(const gate::Version& version) {
  const gate::HeldDocument* newest = nullptr;
  for (const gate::HeldDocument& document : version.documents) {
    if (gate::document_kinds()[document.kind] != "sbom") continue;
    if (newest == nullptr || std::pair(newest->first_recorded, newest->digest) <
                                 std::pair(document.first_recorded, document.digest)) {
      newest = &document;
    }
  }
  return newest == nullptr ? "" : newest->digest.text();
}

Json releases_json(const std::optional<projections::ReleaseRow>& release) {
  Json out = Json::array();
  if (release) {
    out.push_back({{"sequence", release->sequence},
                   {"release_manifest", release->release_manifest.text()},
                   {"policy_snapshot", release->policy_snapshot.text()},
                   {"release_notes", release->release_notes.text()},
                   {"dashboards_links", release->dashboards_links.text()}});
  }
  return out;
}

}  // namespace

Json hold_json(const gate::Version& version) {
  if (!version.hold) return nullptr;
  return {{"sequence", version.hold->sequence},
          {"review_by", to_rfc3339(version.hold->review_by)},
          {"overdue", version.hold->overdue}};
}

Json summary_json(const gate::Version& version) {
  return {{"ref", version.ref},
          {"stage", gate::stage_name(version.stage)},
          {"hold", hold_json(version)},
          {"model_digest", version.model_digest.text()},
          {"sequence", version.changed}};
}

Result<Json> version_json(const projections::View& view, const gate::Version& version) {
  Z5_TRY(const projections::Annotations annotations, view.annotations(version.ref));
  Z5_TRY(const auto release, view.release(version.ref));
  Z5_TRY(const std::string serving, view.serving(version.reference().name()));
  Json out = summary_json(version);
  out["serving"] = serving == version.ref;
  out["run_id"] = version.run_id;
  out["dataset"] = version.dataset;
  out["container_digest"] = text_or_empty(version.container_digest);
  out["sbom_ref"] = sbom_of(version);
  out["policy_digest"] = version.policy.text();
  out["evidence_root"] = version.evidence_root.text();
  out["facts_digest"] = version.facts.text();
  out["approvers"] = approvers_json(version);
  out["labels"] = version.labels;
  out["conditions"] = conditions_json(version);
  out["tags"] = annotations.tags;
  out["artifact_uris"] = annotations.artifact_uris;
  out["documents"] = documents_json(version);
  out["releases"] = releases_json(release);
  out["submitter"] = version.submitter;
  out["submitted"] = version.submitted;
  return out;
}

Json trail_json(const projections::TrailItem& item) {
  return {{"sequence", item.sequence},
          {"recorded_at", to_rfc3339(item.recorded_at)},
          {"event", item.event},
          {"actor", item.actor},
          {"fields", item.fields},
          {"decision", item.decision},
          {"entry_hash", item.entry_hash.text()}};
}

Json pending_json(const projections::Pending& pending) {
  Json lacks = Json::array();
  if (pending.needs_security) lacks.push_back("security");
  if (pending.needs_product) lacks.push_back("product");
  return {{"ref", pending.version->ref}, {"lacks", lacks}, {"sequence", pending.version->changed}};
}

Json refusals_json(const std::vector<Refusal>& refusals) {
  Json out = Json::array();
  for (const Refusal& refusal : refusals) {
    out.push_back({{"rule", refusal.rule}, {"reason", refusal.reason}});
  }
  return out;
}

}  // namespace z5::permit
