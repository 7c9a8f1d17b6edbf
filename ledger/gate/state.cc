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

std::string outcome_key(const std::string& actor, const std::string& command_id) {
  return actor + '\0' + command_id;
}

}  // namespace

Policies Policies::activated(const fb::PolicyActivatedT& event) const {
  Policies next = *this;
  if (event.withdraw_previous && registry != event.registry) next.withdrawn.insert(registry);
  next.withdrawn.erase(event.registry);
  next.registry = event.registry;
  next.authz = event.authz;
  next.authors = event.authors;
  return next;
}

sigstore::TrustRoot trust_root_of(const fb::TrustRootSetT& event, const sigstore::TrustRoots& trust,
                                  std::shared_ptr<const sigstore::TrustDocument> document) {
  if (const auto* held = trust.find(event.root); !document && held != nullptr)
    document = held->document;
  if (document && document->digest != event.document) document.reset();
  return {event.root,
          {Time{event.valid_from}, Time{event.valid_to}, Time{event.withdrawn_at},
           Time{event.invalid_since}},
          std::move(document)};
}

std::shared_ptr<const sigstore::TrustDocument> carried_document(const identity::Command* command) {
  if (command == nullptr || command->kind != identity::Kind::SetTrustRoot ||
      !command->fields.contains("document")) {
    return nullptr;
  }
  return sigstore::held_trust_document(command->text("document"));
}

State::State()
    : actors_(std::make_shared<identity::Actors>()),
      policies_(std::make_shared<Policies>()),
      trust_(std::make_shared<sigstore::TrustRoots>()) {}

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
std::shared_ptr<const sigstore::TrustRoots> State::trust() const {
  const std::lock_guard lock(mutex_);
  return trust_;
}
std::string State::serving(std::string_view model) const {
  const auto it = serving_.find(std::string(model));
  return it == serving_.end() ? std::string() : it->second;
}
const FirstOutcome* State::first_outcome(const std::string& actor,
                                         const std::string& command_id) const {
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
    if (const auto it = outcomes_.find(key); it != outcomes_.end())
      it->second.entry_hash = hashes[sequence - first];
  }
  without_hash_.clear();
}

void State::replace(State&& fresh) {
  const std::lock_guard lock(mutex_);
  versions_ = std::move(fresh.versions_);
  actors_ = std::move(fresh.actors_);
  policies_ = std::move(fresh.policies_);
  trust_ = std::move(fresh.trust_);
  name_ = std::move(fresh.name_);
  id_ = std::move(fresh.id_);
  quorum_ = fresh.quorum_;
  serving_ = std::move(fresh.serving_);
  deadlines_ = std::move(fresh.deadlines_);
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

Status State::set_root(const Entry& entry, const fb::TrustRootSetT& event,
                       std::shared_ptr<const sigstore::TrustDocument> document) {
  sigstore::TrustRoot root = trust_root_of(event, *trust_, std::move(document));
  if (!root.document) return impossible(entry, "its document is not there");
  auto next = trust_->with(std::move(root), Time{entry.recorded_at});
  if (!next.ok()) return impossible(entry, next.error().reason);
  const std::lock_guard lock(mutex_);
  trust_ = *std::move(next);
  return Done{};
}

Status State::apply_to_ledger(const Entry& entry,
                              std::shared_ptr<const sigstore::TrustDocument> document) {
  const Time at{entry.recorded_at};
  if (const auto* opened = event_if<fb::LedgerOpenedT>(entry)) {
    name_.origin = opened->origin;
    id_ = opened->id;
    quorum_ = {opened->admin_threshold, opened->recovery_threshold};
  } else if (const auto* quorum = event_if<fb::QuorumSetT>(entry)) {
    quorum_ = {quorum->admin_threshold, quorum->recovery_threshold};
  } else if (const auto* enrolled = event_if<fb::ActorEnrolledT>(entry)) {
    Z5_TRY(auto next, actors_->enrolled(*enrolled, at));
    const std::lock_guard lock(mutex_);
    actors_ = std::move(next);
  } else if (const auto* retired = event_if<fb::ActorRetiredT>(entry)) {
    Z5_TRY(auto next, actors_->retired(*retired, at));
    const std::lock_guard lock(mutex_);
    actors_ = std::move(next);
  } else if (const auto* activated = event_if<fb::PolicyActivatedT>(entry)) {
    auto next = std::make_shared<const Policies>(policies_->activated(*activated));
    const std::lock_guard lock(mutex_);
    policies_ = std::move(next);
  } else if (const auto* root = event_if<fb::TrustRootSetT>(entry)) {
    return set_root(entry, *root, std::move(document));
  } else if (const auto* refused = event_if<fb::CommandRefusedT>(entry)) {
    const Time forget_at = at + limits::kCommandLife + limits::kClockSkew;
    if (refusals_.emplace(refused->payload, FirstRefusal{refused->rule, forget_at}).second) {
      forget_refusals_.emplace(forget_at.ns, refused->payload);
    }
  } else if (event_if<fb::RefusalsSuppressedT>(entry) == nullptr) {
    return impossible(entry, "this version of the program does not know how to fold it");
  }
  return Done{};
}

Status State::apply_to_versions(const Entry& entry, const std::string& ref) {
  std::shared_ptr<const Version> before = version(ref);
  Z5_TRY(auto next, apply_event(before, entry, *actors_));
  deadlines_.changed(before.get(), *next);
  const std::string model = next->reference().name();
  if (entry.event.type == fb::Event::VersionPromoted) serving_[model] = ref;
  if (next->stage == fb::Stage::Revoked && serving(model) == ref) serving_.erase(model);
  const std::lock_guard lock(mutex_);
  versions_[ref] = std::move(next);
  return Done{};
}

Status State::apply(const Entry& entry, const CommandIdentity* command,
                    std::shared_ptr<const sigstore::TrustDocument> document) {
  const std::string ref =
      entry.event.type == fb::Event::CommandRefused ? "" : event_reference(entry);
  Z5_CHECK(ref.empty() ? apply_to_ledger(entry, std::move(document))
                       : apply_to_versions(entry, ref));
  if (command == nullptr) return Done{};
  const Time forget_at = command->expires_at + limits::kClockSkew;
  std::string key = outcome_key(command->actor, command->command_id);
  if (!outcomes_.emplace(key, FirstOutcome{command->payload, entry.sequence, {}, forget_at})
           .second) {
    return impossible(entry, fmt::format("command {} was used before", command->command_id));
  }
  without_hash_.emplace_back(entry.sequence, key);
  forget_outcomes_.emplace(forget_at.ns, std::move(key));
  return Done{};
}

}  // namespace z5::gate
