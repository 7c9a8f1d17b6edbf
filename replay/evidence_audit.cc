// SPDX-License-Identifier: Apache-2.0
#include "replay/evidence_audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/gate/evidenced.h"
#include "ledger/policy/bundle.h"
#include "schemas/limits.h"

namespace z5::replay {
namespace {

Error at_entry(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

// The facts that an event says it rests on; null for events that rest on none.
const Digest* facts_in(const Entry& entry) {
  if (const auto* submitted = event_if<fb::VersionSubmittedT>(entry)) return &submitted->facts;
  if (const auto* attached = event_if<fb::EvidenceAttachedT>(entry)) return &attached->facts;
  if (const auto* staged = event_if<fb::VersionStagedT>(entry)) return &staged->facts;
  if (const auto* approved = event_if<fb::ApprovalGrantedT>(entry)) return &approved->facts;
  if (const auto* promoted = event_if<fb::VersionPromotedT>(entry)) return &promoted->facts;
  if (const auto* rebound = event_if<fb::PolicyReboundT>(entry)) return &rebound->facts;
  return nullptr;
}

}  // namespace

Status EvidenceAudit::check(const Entry& entry, const gate::State& state) {
  if (entry.event.type == fb::Event::ReleasePublished) return check_release(entry);
  const Digest* facts = facts_in(entry);
  return facts == nullptr ? Status(Done{}) : check_facts(entry, state, *facts);
}

Result<evidence::ExaminedDocument> EvidenceAudit::examined(const gate::HeldDocument& document,
                                                           const evidence::Signers& signers,
                                                           std::uint64_t actors_version) {
  const std::uint64_t trust_version = signers.trust->version();
  if (actors_version != actors_version_ || trust_version != trust_version_ ||
      examined_.size() > limits::kMaxVersionDocuments) {
    examined_.clear();
  }
  actors_version_ = actors_version;
  trust_version_ = trust_version;
  auto& kept = examined_[{document.digest, document.kind}];
  if (!kept) {
    const auto bytes = store_.get(document.digest);
    if (!bytes.ok()) {
      examined_.erase({document.digest, document.kind});
      return bytes.error();
    }
    ++documents_;
    kept = evidence::examine(gate::document_kinds()[document.kind], *bytes, signers);
  }
  return kept;
}

// What a bundle leaves to data and facts depend on, read as the gate reads it.
Result<evidence::Data> EvidenceAudit::data_of(const Digest& registry) {
  if (const auto known = data_.find(registry); known != data_.end()) return known->second;
  Z5_TRY(const policy::Bundle bundle,
         policy::bundle_from_store(registry, [&](const Digest& part) { return store_.get(part); }));
  evidence::Data data;
  const Json& settings = bundle.settings();
  if (const auto found = settings.find("blocking_severities");
      found != settings.end() && found->is_array()) {
    data.blocking_severities.clear();
    for (const Json& severity : *found) {
      if (severity.is_string()) data.blocking_severities.insert(severity.get<std::string>());
    }
  }
  return data_[registry] = data;
}

Status EvidenceAudit::check_facts(const Entry& entry, const gate::State& state,
                                  const Digest& facts) {
  const auto version = state.version(event_reference(entry));
  const auto actors = state.actors();
  const std::string tenant = version->reference().tenant;
  const evidence::Signers signers =
      gate::signers_for(*actors, state.trust(), tenant, Time{entry.recorded_at});
  std::vector<evidence::Submitted> documents;
  for (const gate::HeldDocument& held : version->documents) {
    const std::string& kind = gate::document_kinds()[held.kind];
    const auto document = examined(held, signers, actors->version());
    if (!document.ok())
      return at_entry(entry,
                      fmt::format("{} {}: {}", kind, held.digest.text(), document.error().message));
    documents.push_back(
        {kind, held.digest, *document, held.first_recorded, version->attachers[held.attacher]});
  }
  const auto data = data_of(state.policies()->registry);
  if (!data.ok()) return at_entry(entry, "policy bundle: " + data.error().message);
  const evidence::Version about{.ref = version->ref,
                                .model_digest = version->model_digest,
                                .run_id = version->run_id,
                                .dataset = version->dataset,
                                .container_digest = version->container_digest};
  const evidence::Collected collected = evidence::collect_facts(about, documents, signers, *data);
  if (collected.facts_digest != facts) {
    return at_entry(entry, fmt::format("facts: the evidence gives {}, not {}",
                                       collected.facts_digest.text(), facts.text()));
  }
  // What came due since does not matter here: the fold has the list as the event gave it.
  const auto same = [](const gate::Condition& a, const evidence::Condition& b) {
    return a.due == b.due && a.text == b.text;
  };
  if (!std::ranges::equal(version->conditions, collected.conditions, same))
    return at_entry(entry, "conditions: are not those of the newest records");
  ++transitions_;
  return Done{};
}

Status EvidenceAudit::check_release(const Entry& entry) {
  const auto& release = event_as<fb::ReleasePublishedT>(entry);
  for (const Digest& artefact : {release.release_manifest, release.policy_snapshot,
                                 release.release_notes, release.dashboards_links}) {
    if (const auto bytes = store_.get(artefact); !bytes.ok()) {
      return at_entry(entry,
                      fmt::format("artefact {}: {}", artefact.text(), bytes.error().message));
    }
    ++documents_;
  }
  return Done{};
}

}  // namespace z5::replay
