// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/state.h"

#include <fmt/format.h>

#include <algorithm>

#include "schemas/limits.h"

namespace z5::gate {
namespace {

Error impossible(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

void add_persons(std::vector<std::string>& persons, const std::vector<std::string>& more) {
  persons.insert(persons.end(), more.begin(), more.end());
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
}

// `person` of the entry's author, by the actors as they are; empty for workloads.
std::string person_of(const identity::Actors& actors, const std::string& actor) {
  const identity::Actor* found = actors.find(actor);
  return found == nullptr ? std::string() : found->person;
}

void add_documents(Version& version, const std::vector<std::unique_ptr<fb::DocumentT>>& documents,
                   const std::string& attacher, Time at) {
  auto known = std::find(version.attachers.begin(), version.attachers.end(), attacher);
  if (known == version.attachers.end()) known = version.attachers.insert(known, attacher);
  const auto index = static_cast<std::uint8_t>(known - version.attachers.begin());
  for (const auto& document : documents) {
    version.documents.push_back({document->digest, at, document_kind_index(document->kind), index});
  }
}

std::string outcome_key(const std::string& actor, const std::string& command_id) {
  return actor + '\0' + command_id;
}

}  // namespace

const std::vector<std::string>& document_kinds() {
  static const std::vector<std::string> kinds = {"adr",  "attestation", "image-signature", "manifest", "model-card",
                                                 "sbom", "scdr",        "signature",       "vex"};
  return kinds;
}

std::uint8_t document_kind_index(std::string_view kind) {
  const auto& kinds = document_kinds();
  const auto it = std::find(kinds.begin(), kinds.end(), kind);
  Z5_ASSERT(it != kinds.end());
  return static_cast<std::uint8_t>(it - kinds.begin());
}

State::State() : actors_(std::make_shared<identity::Actors>()), policies_(std::make_shared<Policies>()) {}

std::shared_ptr<const Version> State::version(std::string_view ref) const {
  const std::lock_guard lock(mutex_);
  const auto it = versions_.find(std::string(ref));
  return it == versions_.end() ? nullptr : it->second;
}
std::shared_ptr<const identity::Actors> State::actors() const {
  const std::lock_guard lock(mutex_);
  return actors_;
}
std::shared_ptr<const Policies> State::policies() const {
  const std::lock_guard lock(mutex_);
  return policies_;
}
std::string State::serving(std::string_view model) const {
  const auto it = serving_.find(std::string(model));
  return it == serving_.end() ? std::string() : it->second;
}
const FirstOutcome* State::first_outcome(const std::string& actor, const std::string& command_id) const {
  const auto it = outcomes_.find(outcome_key(actor, command_id));
  return it == outcomes_.end() ? nullptr : &it->second;
}
const FirstRefusal* State::first_refusal(const Digest& payload) const {
  const auto it = refusals_.find(payload);
  return it == refusals_.end() ? nullptr : &it->second;
}

std::vector<std::shared_ptr<const Version>> State::all_versions() const {
  std::vector<std::shared_ptr<const Version>> out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ref, version] : versions_) out.push_back(version);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->ref < b->ref; });
  return out;
}

void State::note_hashes(std::uint64_t first, std::span<const Digest> hashes) {
  for (const auto& [sequence, key] : without_hash_) {
    Z5_ASSERT(sequence >= first && sequence - first < hashes.size());
    if (const auto it = outcomes_.find(key); it != outcomes_.end()) it->second.entry_hash = hashes[sequence - first];
  }
  without_hash_.clear();
}

void State::replace(State&& fresh) {
  const std::lock_guard lock(mutex_);
  versions_ = std::move(fresh.versions_);
  actors_ = std::move(fresh.actors_);
  policies_ = std::move(fresh.policies_);
  name_ = std::move(fresh.name_);
  id_ = std::move(fresh.id_);
  quorum_ = fresh.quorum_;
  serving_ = std::move(fresh.serving_);
  reviews_ = std::move(fresh.reviews_);
  outcomes_ = std::move(fresh.outcomes_);
  without_hash_ = std::move(fresh.without_hash_);
  refusals_ = std::move(fresh.refusals_);
  forget_outcomes_ = std::move(fresh.forget_outcomes_);
  forget_refusals_ = std::move(fresh.forget_refusals_);
}

void State::forget(Time now) {
  for (auto it = forget_outcomes_.begin(); it != forget_outcomes_.end() && it->first < now.ns;) {
    outcomes_.erase(it->second);
    it = forget_outcomes_.erase(it);
  }
  for (auto it = forget_refusals_.begin(); it != forget_refusals_.end() && it->first < now.ns;) {
    refusals_.erase(it->second);
    it = forget_refusals_.erase(it);
  }
}

std::vector<fb::EventUnion> State::due(Time now) const {
  std::vector<fb::EventUnion> events;
  for (const auto& [review_by, ref] : reviews_) {
    if (review_by > now.ns) break;
    fb::QuarantineOverdueT event;
    event.ref = ref;
    event.due = review_by;
    event.cause = version(ref)->hold->sequence;
    events.emplace_back().Set(std::move(event));
  }
  return events;
}

Result<std::shared_ptr<Version>> State::change(const std::string& ref, std::uint64_t sequence) const {
  const auto it = versions_.find(ref);
  if (it == versions_.end()) return corrupt(fmt::format("entry {}: {} was never submitted", sequence, ref));
  auto next = std::make_shared<Version>(*it->second);
  next->changed = sequence;
  return next;
}

void State::put(std::shared_ptr<Version> version) {
  const std::lock_guard lock(mutex_);
  auto& slot = versions_[version->ref];
  slot = std::move(version);
}

// --- genesis and administration

template <>
Status State::on(const Entry&, const fb::LedgerOpenedT& event) {
  name_.origin = event.origin;
  id_ = event.id;
  quorum_ = {event.admin_threshold, event.recovery_threshold};
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::ActorEnrolledT& event) {
  Z5_TRY(auto next, actors_->enrolled(event, Time{entry.recorded_at}));
  const std::lock_guard lock(mutex_);
  actors_ = std::move(next);
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::ActorRetiredT& event) {
  Z5_TRY(auto next, actors_->retired(event, Time{entry.recorded_at}));
  const std::lock_guard lock(mutex_);
  actors_ = std::move(next);
  return Done{};
}
template <>
Status State::on(const Entry&, const fb::QuorumSetT& event) {
  quorum_ = {event.admin_threshold, event.recovery_threshold};
  return Done{};
}
template <>
Status State::on(const Entry&, const fb::PolicyActivatedT& event) {
  auto next = std::make_shared<Policies>(*policies_);
  if (event.withdraw_previous && next->registry != event.registry) next->withdrawn.insert(next->registry);
  next->withdrawn.erase(event.registry);
  next->registry = event.registry;
  next->authz = event.authz;
  next->authors = event.authors;
  const std::lock_guard lock(mutex_);
  policies_ = std::move(next);
  return Done{};
}

// --- a version's life

template <>
Status State::on(const Entry& entry, const fb::VersionSubmittedT& event) {
  if (versions_.contains(event.ref)) return impossible(entry, event.ref + " exists already");
  auto next = std::make_shared<Version>();
  next->ref = event.ref;
  next->model_digest = event.model_digest;
  next->stage = fb::Stage::Candidate;
  add_documents(*next, event.documents, person_of(*actors_, entry.actor), Time{entry.recorded_at});
  next->evidence_root = event.evidence_root;
  next->facts = event.facts;
  next->policy = event.policy;
  next->run_id = event.run_id;
  next->dataset = event.dataset;
  next->container_digest = event.container_digest;
  next->persons = event.persons;
  next->submitter = entry.actor;
  next->submitted = next->changed = entry.sequence;
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::EvidenceAttachedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  add_documents(*next, event.documents, person_of(*actors_, entry.actor), Time{entry.recorded_at});
  next->evidence_root = event.evidence_root;
  next->facts = event.facts;
  next->approvals.clear();  // they were given for other evidence
  add_persons(next->persons, event.persons);
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionAnnotatedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionLabelledT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionStagedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (next->stage != fb::Stage::Candidate) return impossible(entry, "the version is not Candidate");
  next->stage = fb::Stage::Staging;
  next->policy = event.policy;
  next->facts = event.facts;
  next->approvals.clear();
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::ApprovalGrantedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  next->approvals.push_back({entry.sequence, entry.actor, event});
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::ApprovalWithdrawnT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  std::erase_if(next->approvals, [&](const Approval& approval) { return approval.view.person == event.person; });
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionPromotedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (next->stage != fb::Stage::Staging || next->hold) return impossible(entry, "the version is not Staging, or on hold");
  next->stage = fb::Stage::Approved;
  next->policy = event.policy;
  next->facts = event.facts;
  next->once_served = true;
  serving_[next->reference().name()] = event.ref;
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::PolicyReboundT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  next->policy = event.policy;
  next->facts = event.facts;
  next->approvals.clear();
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionQuarantinedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (next->hold || next->stage == fb::Stage::Revoked) return impossible(entry, "the version is on hold or Revoked");
  next->hold = Hold{entry.sequence, Time{event.review_by}, false};
  next->approvals.clear();
  reviews_.emplace(event.review_by, event.ref);
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::QuarantineLiftedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (!next->hold) return impossible(entry, "the version is not on hold");
  reviews_.erase({next->hold->review_by.ns, event.ref});
  next->hold.reset();
  add_persons(next->persons, event.persons);
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::QuarantineOverdueT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (!next->hold || reviews_.erase({event.due, event.ref}) == 0) return impossible(entry, "no such review is due");
  next->hold->overdue = true;
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::VersionRevokedT& event) {
  Z5_TRY(auto next, change(event.ref, entry.sequence));
  if (next->stage == fb::Stage::Revoked) return impossible(entry, "the version is Revoked already");
  next->stage = fb::Stage::Revoked;
  next->approvals.clear();
  if (next->hold) reviews_.erase({next->hold->review_by.ns, event.ref});
  const auto serving = serving_.find(next->reference().name());
  if (serving != serving_.end() && serving->second == event.ref) serving_.erase(serving);
  put(std::move(next));
  return Done{};
}
template <>
Status State::on(const Entry& entry, const fb::CommandRefusedT& event) {
  const Time forget_at = Time{entry.recorded_at} + limits::kCommandLife + limits::kClockSkew;
  if (refusals_.emplace(event.payload, FirstRefusal{event.rule, forget_at}).second) {
    forget_refusals_.emplace(forget_at.ns, event.payload);
  }
  return Done{};
}

Status State::apply(const Entry& entry, const CommandIdentity* command) {
  Status status = Done{};
  switch (entry.event.type) {
#define Z5_ON(name) \
  case fb::Event::name: status = on(entry, event_as<fb::name##T>(entry)); break;
    Z5_ON(LedgerOpened) Z5_ON(ActorEnrolled) Z5_ON(ActorRetired) Z5_ON(QuorumSet) Z5_ON(PolicyActivated)
    Z5_ON(VersionSubmitted) Z5_ON(EvidenceAttached) Z5_ON(VersionAnnotated) Z5_ON(VersionLabelled)
    Z5_ON(VersionStaged) Z5_ON(ApprovalGranted) Z5_ON(ApprovalWithdrawn) Z5_ON(VersionPromoted) Z5_ON(PolicyRebound)
    Z5_ON(VersionQuarantined) Z5_ON(QuarantineLifted) Z5_ON(QuarantineOverdue) Z5_ON(VersionRevoked)
    Z5_ON(CommandRefused)
#undef Z5_ON
    case fb::Event::ReleasePublished:
    case fb::Event::RefusalsSuppressed: break;  // change nothing that the gate decides on
    default: return impossible(entry, "this version of the program does not know how to fold it");
  }
  if (status.ok() && command != nullptr) {
    const Time forget_at = command->expires_at + limits::kClockSkew;
    std::string key = outcome_key(command->actor, command->command_id);
    if (!outcomes_.emplace(key, FirstOutcome{command->payload, entry.sequence, {}, forget_at}).second) {
      return impossible(entry, fmt::format("command {} was used before", command->command_id));
    }
    without_hash_.emplace_back(entry.sequence, key);
    forget_outcomes_.emplace(forget_at.ns, std::move(key));
  }
  return status;
}

}  // namespace z5::gate
