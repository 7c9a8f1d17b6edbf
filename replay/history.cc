// SPDX-License-Identifier: Apache-2.0
#include "replay/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "projections/event_json.h"

namespace z5::replay {

Status relive(Audit& audit, gate::State& state, const OnMoment& on_moment) {
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  Z5_CHECK(verify_full(*audit.reader, audit.verifier, state, threads, on_moment));
  return audit.finish();
}

Json version_json(const gate::Version& version) {
  Json documents = Json::array(), approvals = Json::array();
  for (const gate::HeldDocument& held : version.documents) {
    documents.push_back({{"kind", gate::document_kinds()[held.kind]},
                         {"digest", held.digest.text()},
                         {"first_recorded", to_rfc3339(held.first_recorded)}});
  }
  for (const gate::Approval& approval : version.approvals) {
    approvals.push_back(
        {{"sequence", std::to_string(approval.sequence)},
         {"actor", approval.actor},
         {"person", approval.view.person},
         {"role", approval.view.role == fb::ApprovalRole::Security ? "security" : "product"}});
  }
  Json out = {{"ref", version.ref},
              {"stage", fb::EnumNameStage(version.stage)},
              {"model_digest", version.model_digest.text()},
              {"policy_digest", version.policy.text()},
              {"evidence_root", version.evidence_root.text()},
              {"facts", version.facts.text()},
              {"run_id", version.run_id},
              {"dataset", version.dataset},
              {"submitter", version.submitter},
              {"persons", version.persons},
              {"labels", version.labels},
              {"documents", documents},
              {"approvals", approvals},
              {"submitted", std::to_string(version.submitted)},
              {"changed", std::to_string(version.changed)},
              {"hold", nullptr}};
  if (version.hold) {
    out["hold"] = {{"sequence", std::to_string(version.hold->sequence)},
                   {"review_by", to_rfc3339(version.hold->review_by)},
                   {"overdue", version.hold->overdue}};
  }
  if (!version.container_digest.is_zero())
    out["container_digest"] = version.container_digest.text();
  return out;
}

std::string moment_line(const Entry& entry) {
  Json fields = projections::event_json(entry);
  fields.erase("ref");
  std::string says;
  for (const auto& [name, value] : fields.items()) {
    says +=
        fmt::format(" {}={}", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return fmt::format("{:>8}  {}  {} by {}{}", entry.sequence, to_rfc3339(Time{entry.recorded_at}),
                     event_name(entry), entry.actor.empty() ? "the ledger" : entry.actor, says);
}

Json moment_json(const Entry& entry, const Digest& hash) {
  return {{"sequence", std::to_string(entry.sequence)},
          {"recorded_at", to_rfc3339(Time{entry.recorded_at})},
          {"event", event_name(entry)},
          {"actor", entry.actor},
          {"fields", projections::event_json(entry)},
          {"decision", projections::decision_json(entry)},
          {"entry_hash", hash.text()}};
}

}  // namespace z5::replay
