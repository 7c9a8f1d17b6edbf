// SPDX-License-Identifier: Apache-2.0
#include "artefacts.h"

#include "ledger/log/record.h"
#include "schemas/encoding.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::golden {
namespace {

using chain::sample::key;

constexpr const char* kRef = "acme/credit:1.0.0";
constexpr std::int64_t kLater = 1'790'000'600'000'000'000;

Digest d(std::string_view word) { return sha256(word); }
std::vector<std::uint8_t> spki(char seed) {
  const Bytes bytes = key(seed).public_key().spki();
  return {bytes.begin(), bytes.end()};
}
std::unique_ptr<fb::DocumentT> document(std::string kind) {
  auto out = std::make_unique<fb::DocumentT>();
  out->digest = d(kind);
  out->kind = std::move(kind);
  return out;
}

template <class Event, class Fill>
void add(std::vector<Entry>& out, Fill fill) {
  Entry entry;
  entry.ledger = d("genesis");
  entry.sequence = out.size() + 1;
  entry.previous = d("previous");
  entry.recorded_at = chain::sample::kStart.ns;
  entry.writer_epoch = 2;
  entry.command_digest = d("commands");
  entry.actor = "ci-bot";
  entry.decision = std::make_unique<fb::DecisionT>();
  entry.decision->policy = d("policy");
  entry.decision->input = d("input");
  entry.decision->engine = "opa/1.22.0";
  entry.decision->rules = {"sbom-missing"};
  Event event;
  fill(event);
  entry.event.Set(std::move(event));
  out.push_back(std::move(entry));
}

void add_administration(std::vector<Entry>& out) {
  add<fb::LedgerOpenedT>(out, [](auto& e) {
    e.origin = "z5.local/sample", e.id = "sample", e.key = spki('L'), e.admin_threshold = 2,
    e.recovery_threshold = 3;
  });
  add<fb::ActorEnrolledT>(out, [](auto& e) {
    e.actor = "ana", e.person = "p-1", e.key = spki('A'), e.roles = {"admin@*", "security@acme"};
    e.attributes = {"team=risk"}, e.enrolled_by = {"p-2", "p-3"};
  });
  add<fb::ActorEnrolledT>(out, [](auto& e) {
    e.actor = "edge-1", e.kind = fb::ActorKind::Workload, e.use = fb::KeyUse::Serving,
    e.identity = d("identity");
    e.roles = {"serving@acme"}, e.audience = "edge", e.environment = fb::Environment::Production;
  });
  add<fb::ActorRetiredT>(out, [](auto& e) {
    e.actor = "ana", e.reason = fb::RetireReason::Compromise, e.invalid_since = kLater;
  });
  add<fb::QuorumSetT>(out, [](auto& e) { e.admin_threshold = 3, e.recovery_threshold = 4; });
  add<fb::KeyRotatedT>(out, [](auto& e) { e.key = spki('M'), e.first_size = 7; });
  add<fb::LedgerKeyRevokedT>(
      out, [](auto& e) { e.key_digest = d("key"), e.last_good_size = 7, e.new_key = spki('N'); });
  add<fb::PolicyActivatedT>(out, [](auto& e) {
    e.registry = d("registry"), e.authz = d("authz"), e.withdraw_previous = true,
    e.authors = {"p-1", "p-2"};
  });
  add<fb::TrustRootSetT>(out, [](auto& e) {
    e.root = "sigstore", e.document = d("root"), e.valid_from = 1, e.valid_to = kLater,
    e.withdrawn_at = 2;
    e.invalid_since = 3;
  });
}

void add_versions(std::vector<Entry>& out) {
  add<fb::VersionSubmittedT>(out, [](auto& e) {
    e.ref = kRef, e.model_digest = d("model"), e.documents.push_back(document("model-card"));
    e.documents.push_back(document("sbom")), e.evidence_root = d("evidence"), e.facts = d("facts");
    e.policy = d("policy"), e.run_id = "run-1", e.dataset = "loans@2026-11",
    e.container_digest = d("container");
    e.persons = {"p-1", "p-2"};
  });
  add<fb::EvidenceAttachedT>(out, [](auto& e) {
    e.ref = kRef, e.documents.push_back(document("scdr")), e.evidence_root = d("evidence"),
    e.facts = d("facts");
    e.persons = {"p-1"};
  });
  add<fb::VersionAnnotatedT>(out, [](auto& e) { e.ref = kRef; });
  add<fb::VersionLabelledT>(out, [](auto& e) { e.ref = kRef, e.labels = {"gold"}; });
  add<fb::VersionStagedT>(out, [](auto& e) {
    e.ref = kRef, e.evidence_root = d("evidence"), e.facts = d("facts"), e.policy = d("policy");
  });
  add<fb::ApprovalGrantedT>(out, [](auto& e) {
    e.ref = kRef, e.role = fb::ApprovalRole::Product, e.person = "p-4",
    e.stage_to = fb::Stage::Approved;
    e.model_digest = d("model"), e.evidence_root = d("evidence"), e.facts = d("facts"),
    e.policy = d("policy");
    e.engine = "opa/1.22.0", e.ticket = d("ticket"), e.serving = "acme/credit:0.9";
  });
  add<fb::ApprovalWithdrawnT>(out, [](auto& e) { e.ref = kRef, e.person = "p-4"; });
  add<fb::VersionPromotedT>(out, [](auto& e) {
    e.ref = kRef, e.ticket = d("ticket"), e.approvals = {3, 4}, e.evidence_root = d("evidence"),
    e.facts = d("facts");
    e.policy = d("policy"), e.previous = "acme/credit:0.9";
  });
  add<fb::PolicyReboundT>(
      out, [](auto& e) { e.ref = kRef, e.policy = d("policy"), e.facts = d("facts"); });
  add<fb::VersionQuarantinedT>(
      out, [](auto& e) { e.ref = kRef, e.reason = "drift", e.review_by = kLater; });
  add<fb::QuarantineLiftedT>(out, [](auto& e) { e.ref = kRef, e.persons = {"p-1"}; });
  add<fb::VersionRevokedT>(out, [](auto& e) { e.ref = kRef, e.reason = "key-compromise"; });
  add<fb::RolledBackT>(
      out, [](auto& e) { e.from = kRef, e.to = "acme/credit:0.9", e.reason = "incident"; });
}

void add_operations(std::vector<Entry>& out) {
  add<fb::CachePurgeAcknowledgedT>(out, [](auto& e) { e.ref = kRef, e.request = 5; });
  add<fb::DecisionsAnchoredT>(
      out, [](auto& e) { e.service = "permit", e.first = 1, e.count = 2, e.root = d("root"); });
  add<fb::DriftDetectedT>(out,
                          [](auto& e) { e.ref = kRef, e.metric = "psi", e.report = d("report"); });
  add<fb::BreakGlassUsedT>(out, [](auto& e) {
    e.ref = kRef, e.action = "rollback", e.reason = "incident", e.to = "acme/credit:0.9",
    e.settle_by = kLater;
  });
  add<fb::BreakGlassSettledT>(out, [](auto& e) { e.use = 9, e.persons = {"p-1"}; });
  add<fb::SubjectErasedT>(out, [](auto& e) {
    e.subject = d("subject"), e.entries = {4, 5}, e.documents = {d("document")};
  });
  add<fb::ReleasePublishedT>(out, [](auto& e) {
    e.ref = kRef, e.cause = 6, e.release_manifest = d("manifest"),
    e.policy_snapshot = d("snapshot");
    e.release_notes = d("notes"), e.dashboards_links = d("links");
  });
  add<fb::CachePurgeRequestedT>(
      out, [](auto& e) { e.ref = kRef, e.cause = 6, e.actor = "edge-1", e.due = kLater; });
  add<fb::IncidentOpenedT>(out, [](auto& e) { e.ref = kRef, e.cause = 6, e.incident = "inc-1"; });
  add<fb::QuarantineOverdueT>(out, [](auto& e) { e.ref = kRef, e.due = kLater, e.cause = 6; });
  add<fb::CachePurgeOverdueT>(
      out, [](auto& e) { e.ref = kRef, e.due = kLater, e.cause = 6, e.actor = "edge-1"; });
  add<fb::BreakGlassOverdueT>(out, [](auto& e) { e.ref = kRef, e.due = kLater, e.cause = 6; });
  add<fb::ConditionOverdueT>(
      out, [](auto& e) { e.ref = kRef, e.due = kLater, e.condition = d("condition"); });
  add<fb::StateCommittedT>(out, [](auto& e) { e.root = d("state"), e.count = 12; });
  add<fb::CommandRefusedT>(out, [](auto& e) {
    e.kind = "submit", e.payload = d("payload"), e.rule = "sbom-missing", e.ref = kRef;
  });
  add<fb::RefusalsSuppressedT>(out,
                               [](auto& e) { e.actor = "ci-bot", e.count = 31, e.since = kLater; });
}

}  // namespace

std::vector<Entry> entries() {
  std::vector<Entry> out;
  add_administration(out);
  add_versions(out);
  add_operations(out);
  return out;
}

std::map<std::string, Bytes> artefacts() {
  std::map<std::string, Bytes> out;
  for (const Entry& entry : entries()) {
    out["entries.hex"] += std::string(event_name(entry)) + " " + to_hex(encode_entry(entry)) + "\n";
  }
  const chain::sample::Folder folder;
  const chain::Trust trust = chain::sample::write_ledger(folder.path(), {});
  auto appender = *chain::sample::open(folder.path(), trust);
  const auto committed =
      *chain::sample::append(*appender, 3, chain::sample::kStart + std::chrono::seconds(1));
  const Bytes ledger = chain::sample::read_file(folder / "entries");
  Bytes last;
  for (std::string_view rest = ledger; !rest.empty();) {
    const log::RecordView record = **log::read_record(rest);
    last = record.frame;
    rest.remove_prefix(record.frame.size());
  }
  out["ledger.bin"] = ledger;
  out["record.hex"] = to_hex(last) + "\n";
  out["seal.txt"] = log::decode_record(last)->seal;
  out["checkpoint.txt"] = committed.checkpoint;
  out["receipt.txt"] = chain::Receipts(committed).receipt(2).text();
  out["trust.json"] = to_json(trust);
  return out;
}

}  // namespace z5::golden
