// SPDX-License-Identifier: Apache-2.0
// The kinds about a version: transitions and what each asks for.
#include <fmt/format.h>

#include <algorithm>

#include "ledger/gate/decay.h"
#include "ledger/gate/policy_input.h"
#include "ledger/gate/release.h"
#include "ledger/gate/ruling.h"
#include "ledger/gate/separation.h"
#include "schemas/limits.h"

namespace z5::gate {
namespace {

std::vector<std::unique_ptr<fb::DocumentT>> to_events(
    const std::vector<identity::DocumentName>& names) {
  std::vector<std::unique_ptr<fb::DocumentT>> out;
  for (const identity::DocumentName& name : names) {
    auto document = std::make_unique<fb::DocumentT>();
    document->kind = name.kind;
    document->digest = name.digest;
    out.push_back(std::move(document));
  }
  return out;
}

Digest root_of(const std::vector<evidence::Submitted>& documents) {
  std::vector<evidence::DocumentName> names;
  for (const evidence::Submitted& document : documents)
    names.push_back({document.kind, document.digest});
  return evidence::evidence_root(names);
}

std::vector<std::unique_ptr<fb::ConditionT>> to_events(
    const std::vector<evidence::Condition>& conditions) {
  std::vector<std::unique_ptr<fb::ConditionT>> out;
  for (const evidence::Condition& asked : conditions) {
    auto condition = std::make_unique<fb::ConditionT>();
    condition->text = asked.text;
    condition->due = asked.due.ns;
    out.push_back(std::move(condition));
  }
  return out;
}

std::vector<std::string> with_person(std::vector<std::string> persons, const std::string& person) {
  if (!person.empty()) persons.push_back(person);
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  return persons;
}

}  // namespace

void Ruling::submit() {
  Version version;
  version.ref = command().ref;
  version.model_digest = command().subject;
  version.run_id = command().text("run_id");
  version.dataset = command().text("dataset");
  version.container_digest = command().digest("container_digest");
  const evidence::Collected collected = facts_of(version);
  ask(policy::Package::Accept,
      gate_input({version, collected.facts, fb::Stage::Candidate,
                  in_.bundles.holds(policies_->registry), in_.now}),
      &collected);
  fb::VersionSubmittedT event;
  event.ref = version.ref;
  event.model_digest = version.model_digest;
  event.documents = to_events(in_.evidenced.added());
  event.evidence_root = root_of(in_.evidenced.documents());
  event.facts = collected.facts_digest;
  event.policy = policies_->registry;
  event.run_id = version.run_id;
  event.dataset = version.dataset;
  event.container_digest = version.container_digest;
  event.persons = with_person(collected.persons, author().person);
  event.conditions = to_events(collected.conditions);
  emit(std::move(event));
}

void Ruling::attach() {
  if (in_.evidenced.added().empty())
    return refuse("nothing-new", "the version has all of these documents already");
  const evidence::Collected collected = facts_of(*version_);
  fb::EvidenceAttachedT event;
  event.ref = version_->ref;
  event.documents = to_events(in_.evidenced.added());
  event.evidence_root = root_of(in_.evidenced.documents());
  event.facts = collected.facts_digest;
  event.persons = with_person(collected.persons, author().person);
  event.conditions = to_events(collected.conditions);
  emit(std::move(event));
  open_incident(decay_of(in_.state, *version_, in_.evidenced, in_.bundles, in_.now));
}

void Ruling::open_incident(const Decay& decay) {
  if (decay.rules.empty()) return;
  constexpr std::size_t kMostRules = 8;  // as of a refusal
  fb::IncidentOpenedT incident;
  incident.ref = version_->ref;
  incident.incident = decay.rules.front();
  emit(std::move(incident));
  decided_.incident_.emplace();
  decided_.incident_->policy = decay.decision.policy;
  decided_.incident_->input = decay.decision.input;
  decided_.incident_->engine = decay.decision.engine;
  decided_.incident_->rules.assign(
      decay.rules.begin(),
      decay.rules.begin() + static_cast<std::ptrdiff_t>(std::min(decay.rules.size(), kMostRules)));
  if (!decay.quarantine || version_->hold) return;
  fb::VersionQuarantinedT hold;
  hold.ref = version_->ref;
  hold.reason = decay.rules.front();
  hold.review_by = (in_.now + limits::kDecayReview).ns;
  emit(std::move(hold));
}

void Ruling::annotate() {
  fb::VersionAnnotatedT event;
  event.ref = version_->ref;
  emit(std::move(event));
}

void Ruling::label() {
  fb::VersionLabelledT event;
  event.ref = version_->ref;
  for (const Json& text : command().fields["labels"])
    event.labels.push_back(text.get<std::string>());
  emit(std::move(event));
}

GateQuestion Ruling::question(const evidence::Collected& collected, fb::Stage to) const {
  const bool bound =
      !policies_->withdrawn.contains(version_->policy) && in_.bundles.holds(version_->policy);
  return {*version_, collected.facts, to, bound, in_.now};
}

void Ruling::stage() {
  if (version_->stage != fb::Stage::Candidate) {
    refuse("transition",
           fmt::format("{} is {}, not Candidate", version_->ref, stage_name(version_->stage)));
  }
  if (version_->hold) refuse("hold", fmt::format("{} is in quarantine", version_->ref));
  const evidence::Collected collected = facts_of(*version_);
  ask(policy::Package::Stage, gate_input(question(collected, fb::Stage::Staging)), &collected);
  fb::VersionStagedT event;
  event.ref = version_->ref;
  event.evidence_root = version_->evidence_root;
  event.facts = collected.facts_digest;
  event.policy = policies_->registry;
  emit(std::move(event));
}

fb::ApprovalGrantedT Ruling::field_of_view(const evidence::Collected& collected) const {
  fb::ApprovalGrantedT view;
  view.ref = version_->ref;
  view.stage_to = fb::Stage::Approved;
  view.model_digest = version_->model_digest;
  view.evidence_root = version_->evidence_root;
  view.facts = collected.facts_digest;
  view.policy = policies_->registry;
  view.engine = in_.engine;
  view.ticket = in_.evidenced.ticket_digest();
  view.serving = in_.state.serving(version_->reference().name());
  return view;
}

void Ruling::approve() {
  if (version_->stage != fb::Stage::Staging) {
    refuse("transition",
           fmt::format("{} is {}, not Staging", version_->ref, stage_name(version_->stage)));
  }
  if (version_->hold) refuse("hold", fmt::format("{} is in quarantine", version_->ref));
  const evidence::Collected collected = facts_of(*version_);
  fb::ApprovalGrantedT view = field_of_view(collected);
  const auto compare = [&](bool equal, std::string_view what) {
    if (!equal)
      refuse(fmt::format("view-{}", what),
             fmt::format("what was signed is not what is there now: {}", what));
  };
  compare(command().text("stage_to") == "Approved", "stage");
  compare(command().digest("evidence_root") == view.evidence_root, "evidence-root");
  compare(command().digest("facts") == view.facts, "facts");
  compare(command().digest("policy") == view.policy, "policy");
  compare(command().text("engine") == view.engine, "engine");
  compare(command().text("serving") == view.serving, "serving");
  view.role =
      command().text("role") == "security" ? fb::ApprovalRole::Security : fb::ApprovalRole::Product;
  refuse_all(
      check_approver(*version_, author(), view.role, collected.persons, *actors_, *policies_));
  view.person = author().person;
  emit(std::move(view));
}

void Ruling::withdraw_approval() {
  const bool any = std::any_of(
      version_->approvals.begin(), version_->approvals.end(),
      [&](const Approval& approval) { return approval.view.person == author().person; });
  if (!any)
    return refuse("no-approval", fmt::format("person {} has no live approval", author().person));
  fb::ApprovalWithdrawnT event;
  event.ref = version_->ref;
  event.person = author().person;
  emit(std::move(event));
}

void Ruling::promote() {
  if (version_->stage != fb::Stage::Staging) {
    refuse("transition",
           fmt::format("{} is {}, not Staging", version_->ref, stage_name(version_->stage)));
  }
  if (version_->hold) refuse("hold", fmt::format("{} is in quarantine", version_->ref));
  const evidence::Collected collected = facts_of(*version_);
  const auto approvals = counting_approvals(*version_, field_of_view(collected));
  refuse_all(check_promoter(*version_, author(), approvals, *actors_));
  const Json input =
      promote_input(question(collected, fb::Stage::Approved), approvals, in_.evidenced.ticket());
  ask(policy::Package::Promote, input, &collected);
  if (!refusals_.empty()) return;
  fb::VersionPromotedT event;
  event.ref = version_->ref;
  event.ticket = in_.evidenced.ticket_digest();
  for (const Approval* approval : approvals) event.approvals.push_back(approval->sequence);
  event.evidence_root = version_->evidence_root;
  event.facts = collected.facts_digest;
  event.policy = policies_->registry;
  event.previous = in_.state.serving(version_->reference().name());
  emit(std::move(event));
  publish_release(collected, approvals, input);
}

void Ruling::publish_release(const evidence::Collected& collected,
                             const std::vector<const Approval*>& approvals, const Json& input) {
  const auto bundle = in_.bundles.find(policies_->registry);
  Z5_ASSERT(bundle.ok());  // it has just decided
  const ReleaseArtefacts artefacts =
      make_release({*version_, collected.facts, approvals, in_.evidenced.documents(),
                    in_.evidenced.ticket(), input, decided_.decision_, author().id,
                    in_.state.serving(version_->reference().name()), in_.now, in_.dashboards_base},
                   **bundle);
  fb::ReleasePublishedT event;
  event.ref = version_->ref;
  event.release_manifest = artefacts.release_manifest;
  event.policy_snapshot = artefacts.policy_snapshot;
  event.release_notes = artefacts.release_notes;
  event.dashboards_links = artefacts.dashboards_links;
  decided_.artefacts_ = artefacts.documents;
  emit(std::move(event));
}

// Whatever its stage: what lets a version into the catalogue must hold under the bundle that is
// active now. (The packages of transitions refuse a version that already made theirs.)
void Ruling::rebind() {
  const evidence::Collected collected = facts_of(*version_);
  ask(policy::Package::Accept, gate_input(question(collected, version_->stage)), &collected);
  fb::PolicyReboundT event;
  event.ref = version_->ref;
  event.policy = policies_->registry;
  event.facts = collected.facts_digest;
  emit(std::move(event));
}

void Ruling::quarantine() {
  if (version_->hold) refuse("hold", fmt::format("{} is in quarantine already", version_->ref));
  const auto review_by = from_rfc3339(command().text("review_by"));
  if (*review_by <= in_.now) refuse("review-date", "review_by: lies in the past");
  fb::VersionQuarantinedT event;
  event.ref = version_->ref;
  event.reason = command().text("reason");
  event.review_by = review_by->ns;
  emit(std::move(event));
}

void Ruling::lift_quarantine() {
  if (!version_->hold)
    return refuse("no-hold", fmt::format("{} is not in quarantine", version_->ref));
  fb::QuarantineLiftedT event;
  event.ref = version_->ref;
  event.persons = signers_with("revoker", version_->reference().tenant);
  emit(std::move(event));
}

void Ruling::revoke() {
  ask(policy::Package::Revoke, revoke_input(*version_, author(), command().text("reason"), in_.now),
      nullptr);
  fb::VersionRevokedT event;
  event.ref = version_->ref;
  event.reason = command().text("reason");
  emit(std::move(event));
}

}  // namespace z5::gate
