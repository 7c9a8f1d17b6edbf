// SPDX-License-Identifier: Apache-2.0
#include "tests/support/governed/governed_ledger.h"

#include <algorithm>

#include "ledger/evidence/facts.h"
#include "ledger/gate/fold.h"
#include "ledger/identity/authenticate.h"
#include "ledger/identity/enrollment.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"

namespace z5::gate::sample {
namespace {

using identity::Kind;

constexpr std::string_view kEngine = "opa/1.22.2";

std::vector<std::uint8_t> octets(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Json documents_json(const std::vector<identity::DocumentName>& names) {
  Json out = Json::array();
  for (const auto& name : names)
    out.push_back({{"kind", name.kind}, {"digest", name.digest.text()}});
  return out;
}
std::vector<std::unique_ptr<fb::DocumentT>> documents_of(
    std::vector<identity::DocumentName> names) {
  std::sort(names.begin(), names.end());
  std::vector<std::unique_ptr<fb::DocumentT>> out;
  for (const auto& name : names) {
    out.push_back(std::make_unique<fb::DocumentT>());
    out.back()->kind = name.kind;
    out.back()->digest = name.digest;
  }
  return out;
}
Digest root_of(const std::vector<identity::DocumentName>& names) {
  std::vector<evidence::DocumentName> out;
  for (const auto& name : names) out.push_back({name.kind, name.digest});
  return evidence::evidence_root(out);
}

}  // namespace

keys::PrivateKey key_of(const std::string& actor) {
  const Bytes der = *from_hex("302e020100300506032b657004220420") + Bytes(sha256(actor).view());
  return *keys::PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n" + to_base64(der) +
                                     "\n-----END PRIVATE KEY-----\n");
}

fb::ActorEnrolledT enrolled(const std::string& actor, const std::string& person, fb::KeyUse use,
                            std::vector<std::string> roles) {
  fb::ActorEnrolledT event;
  event.actor = actor;
  event.kind = person.empty() ? fb::ActorKind::Workload : fb::ActorKind::Person;
  event.person = person;
  event.use = use;
  event.key = octets(key_of(actor).public_key().spki());
  std::sort(roles.begin(), roles.end());
  event.roles = std::move(roles);
  return event;
}

GovernedLedger::GovernedLedger(const std::string& folder, const chain::Trust& trust)
    : now_(chain::sample::kStart) {
  auto writer = log::open_file_writer(folder);
  Z5_ASSERT(writer.ok());
  auto appender = chain::Appender::open(std::move(*writer),
                                        {trust, chain::sample::key(), folder + "/checkpoint"},
                                        [this](const chain::VerifiedGroup& group) {
                                          now_ = group.head.recorded_at;
                                          return fold_group(state_, group, Time{}, {});
                                        });
  Z5_ASSERT(appender.ok());
  appender_ = std::move(*appender);
  if (appender_->head().size() == 0) open_genesis();
  commands_ = static_cast<std::uint32_t>(appender_->head().size()) << 8;
}

void GovernedLedger::open_genesis() {
  Group group;
  const auto add = [&](auto event) {
    Draft& draft = group.emplace_back();
    draft.entry.decision = std::make_unique<fb::DecisionT>();
    draft.entry.event.Set(std::move(event));
  };
  fb::LedgerOpenedT opened;
  opened.origin = "z5.local/sample";
  opened.id = "sample";
  opened.key = octets(chain::sample::key().public_key().spki());
  opened.admin_threshold = opened.recovery_threshold = 2;
  add(std::move(opened));
  add(enrolled("alice", "alice", fb::KeyUse::Command, {"admin@*", "revoker@*"}));
  add(enrolled("bob", "bob", fb::KeyUse::Command, {"admin@*", "revoker@*"}));
  add(enrolled("ci", "", fb::KeyUse::Command, {"submitter@*"}));
  add(enrolled("pipeline", "", fb::KeyUse::Command, {"release-manager@*"}));
  add(enrolled("sam", "sam", fb::KeyUse::Command, {"security-approver@*"}));
  add(enrolled("pat", "pat", fb::KeyUse::Command, {"product-approver@*"}));
  add(enrolled("assessor", "", fb::KeyUse::Attest, {"assessor@*"}));
  fb::PolicyActivatedT policy;
  policy.registry = sha256("registry 1");
  policy.authz = sha256("authz 1");
  add(std::move(policy));
  append(std::move(group));
  state_.set_genesis(appender_->trust().genesis);
}

Draft GovernedLedger::signed_as(Kind kind, const std::string& author, const std::string& ref,
                                const Digest& subject, Json fields,
                                const std::vector<std::string>& cosigners) {
  identity::Command command;
  command.kind = kind;
  command.ledger = {trust().origin, trust().genesis};
  command.ref = ref;
  const std::string number = std::to_string(1'000'000'000 + commands_++);
  command.command_id = make_uuid_v7(now_, number.substr(0, 10));
  command.issued_at = now_;
  command.expires_at = now_ + std::chrono::hours(1);
  command.seen_size = 1;
  command.seen_root = trust().genesis;
  command.subject = subject;
  command.fields = std::move(fields);
  const std::string payload = identity::write_command(command);
  Draft out;
  out.entry.actor = author;
  out.entry.decision = std::make_unique<fb::DecisionT>();
  out.entry.decision->policy = state_.policies()->registry;
  out.entry.decision->input = sha256(payload);
  out.entry.decision->engine = kEngine;
  out.commands.push_back({log::Encoding::Clear, keys::sign_bundle(payload, key_of(author))});
  for (const std::string& cosigner : cosigners) {
    out.commands.push_back({log::Encoding::Clear, keys::sign_bundle(payload, key_of(cosigner))});
  }
  return out;
}

template <class Event>
Draft GovernedLedger::draft(Kind kind, const std::string& author, const Digest& subject,
                            Json fields, Event event, const std::vector<std::string>& cosigners) {
  Entry probe;
  probe.event.Set(Event(event));
  Draft out =
      signed_as(kind, author, event_reference(probe), subject, std::move(fields), cosigners);
  out.entry.event.Set(std::move(event));
  return out;
}

Digest GovernedLedger::model_of(const std::string& ref) const { return sha256("model " + ref); }

Draft GovernedLedger::submit(const std::string& ref, const Json& more) {
  const std::vector<identity::DocumentName> asked = {{"sbom", sha256("sbom " + ref)},
                                                     {"model-card", sha256("card " + ref)}};
  std::vector<identity::DocumentName> all = asked;
  all.push_back({"manifest", model_of(ref)});
  fb::VersionSubmittedT event;
  event.ref = ref;
  event.model_digest = model_of(ref);
  event.documents = documents_of(all);
  event.evidence_root = root_of(all);
  event.facts = sha256("facts " + ref);
  event.policy = state_.policies()->registry;
  event.run_id = "run-1";
  event.dataset = "credit@2026-11";
  Json fields = {
      {"documents", documents_json(asked)}, {"run_id", event.run_id}, {"dataset", event.dataset}};
  fields.update(more);
  return draft(Kind::Submit, "ci", model_of(ref), std::move(fields), std::move(event));
}

Draft GovernedLedger::attach(const std::string& ref, const std::string& document) {
  const std::vector<identity::DocumentName> added = {{"attestation", sha256(document)}};
  std::vector<identity::DocumentName> all = added;
  for (const HeldDocument& held : state_.version(ref)->documents)
    all.push_back({document_kinds()[held.kind], held.digest});
  fb::EvidenceAttachedT event;
  event.ref = ref;
  event.documents = documents_of(added);
  event.evidence_root = root_of(all);
  event.facts = sha256("facts with " + document);
  return draft(Kind::Attach, "ci", model_of(ref), {{"documents", documents_json(added)}},
               std::move(event));
}

Group GovernedLedger::decay(const std::string& ref, const std::string& document, Time review_by) {
  Group group = group_of(attach(ref, document));
  const std::uint64_t cause = head().size() + due().size();
  const auto follow = [&](auto event) {
    event.ref = ref;
    event.cause = cause;
    Draft& companion = group.emplace_back();
    companion.entry.actor = "ci";
    companion.entry.decision = std::make_unique<fb::DecisionT>(*group.front().entry.decision);
    companion.entry.decision->rules = {"blocking-cves"};
    companion.entry.event.Set(std::move(event));
  };
  fb::IncidentOpenedT incident;
  incident.incident = "blocking-cves";
  follow(std::move(incident));
  fb::VersionQuarantinedT hold;
  hold.reason = "blocking-cves";
  hold.review_by = review_by.ns;
  follow(std::move(hold));
  return group;
}

Draft GovernedLedger::annotate(const std::string& ref, const std::string& key,
                               const std::string& value) {
  fb::VersionAnnotatedT event;
  event.ref = ref;
  return draft(Kind::Annotate, "ci", model_of(ref), {{"tags", {{key, value}}}}, std::move(event));
}

Draft GovernedLedger::stage(const std::string& ref) {
  const auto version = state_.version(ref);
  fb::VersionStagedT event;
  event.ref = ref;
  event.evidence_root = version->evidence_root;
  event.facts = version->facts;
  event.policy = state_.policies()->registry;
  return draft(Kind::Stage, "pipeline", model_of(ref), Json::object(), std::move(event));
}

Draft GovernedLedger::approve(const std::string& ref, const std::string& actor,
                              fb::ApprovalRole role) {
  const auto version = state_.version(ref);
  fb::ApprovalGrantedT event;
  event.ref = ref;
  event.role = role;
  event.person = state_.actors()->find(actor)->person;
  event.stage_to = fb::Stage::Approved;
  event.model_digest = version->model_digest;
  event.evidence_root = version->evidence_root;
  event.facts = version->facts;
  event.policy = state_.policies()->registry;
  event.engine = kEngine;
  event.ticket = sha256("ticket " + ref);
  event.serving = state_.serving(version->reference().name());
  const Json fields = {{"role", role == fb::ApprovalRole::Security ? "security" : "product"},
                       {"stage_to", "Approved"},
                       {"evidence_root", event.evidence_root.text()},
                       {"facts", event.facts.text()},
                       {"policy", event.policy.text()},
                       {"engine", event.engine},
                       {"ticket", event.ticket.text()},
                       {"serving", event.serving}};
  return draft(Kind::Approve, actor, model_of(ref), fields, std::move(event));
}

Draft GovernedLedger::withdraw(const std::string& ref, const std::string& actor) {
  fb::ApprovalWithdrawnT event;
  event.ref = ref;
  event.person = state_.actors()->find(actor)->person;
  return draft(Kind::WithdrawApproval, actor, model_of(ref), Json::object(), std::move(event));
}

Group GovernedLedger::promote(const std::string& ref) {
  const auto version = state_.version(ref);
  fb::VersionPromotedT event;
  event.ref = ref;
  event.ticket = sha256("ticket " + ref);
  for (const Approval& approval : version->approvals) event.approvals.push_back(approval.sequence);
  event.evidence_root = version->evidence_root;
  event.facts = version->facts;
  event.policy = state_.policies()->registry;
  event.previous = state_.serving(version->reference().name());
  Group group = group_of(draft(Kind::Promote, "pipeline", model_of(ref),
                               {{"ticket", event.ticket.text()}}, std::move(event)));
  fb::ReleasePublishedT release;
  release.ref = ref;
  release.cause = head().size() + due().size();
  release.release_manifest = sha256("manifest of " + ref);
  release.policy_snapshot = sha256("snapshot of " + ref);
  release.release_notes = sha256("notes of " + ref);
  release.dashboards_links = sha256("links of " + ref);
  Draft& companion = group.emplace_back();
  companion.entry.actor = "pipeline";
  companion.entry.decision = std::make_unique<fb::DecisionT>(*group.front().entry.decision);
  companion.entry.event.Set(std::move(release));
  return group;
}

Draft GovernedLedger::quarantine(const std::string& ref, Time review_by) {
  fb::VersionQuarantinedT event;
  event.ref = ref;
  event.reason = "drift";
  event.review_by = review_by.ns;
  return draft(Kind::Quarantine, "alice", model_of(ref),
               {{"reason", "drift"}, {"review_by", to_rfc3339(review_by)}}, std::move(event));
}

Draft GovernedLedger::lift(const std::string& ref) {
  fb::QuarantineLiftedT event;
  event.ref = ref;
  event.persons = {"alice", "bob"};
  return draft(Kind::LiftQuarantine, "alice", model_of(ref), Json::object(), std::move(event),
               {"bob"});
}

Draft GovernedLedger::revoke(const std::string& ref) {
  fb::VersionRevokedT event;
  event.ref = ref;
  event.reason = "leaked-data";
  return draft(Kind::Revoke, "alice", model_of(ref), {{"reason", "leaked-data"}}, std::move(event));
}

Draft GovernedLedger::enroll(const std::string& actor, std::vector<std::string> roles,
                             fb::KeyUse use) {
  fb::ActorEnrolledT event = enrolled(actor, actor, use, std::move(roles));
  const Json object = identity::write_enrollment(event);
  event.enrolled_by = {"alice", "bob"};
  return draft(Kind::EnrollActor, "alice", key_of(actor).public_key().digest(), {{"actor", object}},
               std::move(event), {"bob", actor});
}

Draft GovernedLedger::retire(const std::string& actor) {
  fb::ActorRetiredT event;
  event.actor = actor;
  event.reason = fb::RetireReason::Departure;
  return draft(Kind::RetireActor, "alice", key_of(actor).public_key().digest(),
               {{"actor", actor}, {"reason", "departure"}}, std::move(event), {"bob"});
}

Draft GovernedLedger::activate(const Digest& registry) {
  fb::PolicyActivatedT event;
  event.registry = registry;
  event.authz = state_.policies()->authz;
  event.authors = {"alice", "bob"};
  return draft(Kind::ActivatePolicy, "alice", registry,
               {{"registry", registry.text()}, {"authz", ""}, {"withdraw_previous", false}},
               std::move(event), {"bob"});
}

Draft GovernedLedger::set_root(const std::string& root, const std::string& document,
                               Time withdrawn_at) {
  fb::TrustRootSetT event;
  event.root = root;
  event.document =
      document.empty() ? state_.trust()->find(root)->document->digest : sha256(document);
  event.withdrawn_at = withdrawn_at.ns;
  Json fields = {{"root", root}};
  if (!document.empty()) fields["document"] = document;
  if (withdrawn_at.is_set()) fields["withdrawn_at"] = to_rfc3339(withdrawn_at);
  const Digest subject = event.document;
  return draft(Kind::SetTrustRoot, "alice", subject, std::move(fields), std::move(event), {"bob"});
}

Draft GovernedLedger::refused(const std::string& ref) {
  fb::CommandRefusedT event;
  event.kind = "promote";
  event.payload = sha256("refused " + std::to_string(commands_++));
  event.rule = "four-eyes";
  event.ref = ref;
  Draft out;
  out.entry.actor = "pipeline";
  out.entry.decision = std::make_unique<fb::DecisionT>();
  out.entry.decision->rules = {"four-eyes"};
  out.entry.event.Set(std::move(event));
  return out;
}

Group GovernedLedger::due() const {
  Group group;
  for (fb::EventUnion& event : state_.due(now_ + std::chrono::seconds(1))) {
    Draft& draft = group.emplace_back();
    draft.entry.decision = std::make_unique<fb::DecisionT>();
    draft.entry.event = std::move(event);
  }
  return group;
}

Group GovernedLedger::group_of(Draft draft) {
  Group group;
  group.push_back(std::move(draft));
  return group;
}

// State::apply is the writer's: what a test made wrong on purpose may not be foldable, and then the
// state here stays behind.
void GovernedLedger::append(Group group) {
  Group all = due();
  std::move(group.begin(), group.end(), std::back_inserter(all));
  now_ = now_ + std::chrono::seconds(1);
  Z5_ASSERT(appender_->sealer().begin(now_).ok());
  for (Draft& draft : all) {
    Z5_ASSERT(appender_->sealer().add(draft.entry, draft.commands).ok());
    std::optional<identity::Command> command;
    if (!draft.commands.empty()) {
      auto read = identity::command_of_bundle(draft.commands[0].bytes);
      if (read.ok()) command = *std::move(read);
    }
    static_cast<void>(
        state_.apply(draft.entry, nullptr, carried_document(command ? &*command : nullptr)));
  }
  Z5_ASSERT(appender_->commit().ok());
}

void GovernedLedger::promote_all_the_way(const std::string& ref) {
  append(submit(ref));
  append(stage(ref));
  append(approve(ref, "sam", fb::ApprovalRole::Security));
  append(approve(ref, "pat", fb::ApprovalRole::Product));
  append(promote(ref));
}

}  // namespace z5::gate::sample
