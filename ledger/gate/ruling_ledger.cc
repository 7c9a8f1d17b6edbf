// SPDX-License-Identifier: Apache-2.0
// The kinds about the ledger itself: actors, quorum, policy, trust. Their quorum was checked
// before.
#include <fmt/format.h>

#include "ledger/gate/ruling.h"
#include "ledger/identity/enrollment.h"

namespace z5::gate {

void Ruling::enroll_actor() {
  auto event = identity::parse_enrollment(command().fields["actor"]);
  if (!event.ok()) return refuse("actor-malformed", event.error().message);
  const bool keyed = !event->key.empty();  // an identity proves its possession when it first signs
  const Digest credential =
      keyed ? sha256({reinterpret_cast<const char*>(event->key.data()), event->key.size()})
            : event->identity;
  if (credential != command().subject)
    refuse("subject", "the command's subject is not the digest of the actor's key or identity");
  if (keyed && !in_.authentic.possession_proved())
    refuse("possession", "the new key must sign the command too");
  if (actors_->find(event->actor) != nullptr)
    refuse("actor-exists", fmt::format("actor {} exists", event->actor));
  if (keyed && actors_->find_by_key(credential) != nullptr)
    refuse("key-enrolled", "the key was enrolled before; a key is enrolled once, ever");
  if (!keyed && actors_->find_by_identity(credential) != nullptr)
    refuse("identity-enrolled", "the identity was enrolled before; it is enrolled once, ever");
  event->enrolled_by = signers_with("admin", "*");
  emit(std::move(*event));
}

void Ruling::retire_actor() {
  const identity::Actor* actor = actors_->find(command().text("actor"));
  if (actor == nullptr || !actor->active()) return refuse("unknown-actor", "no such active actor");
  if (actor->credential() != command().subject) {
    refuse("subject", "the command's subject is not the digest of the actor's key or identity");
  }
  const auto reason = identity::parse_retire_reason(command().text("reason"));
  if (!reason.ok()) return refuse("reason", reason.error().message);
  const auto since = from_rfc3339(command().text("invalid_since"));
  fb::ActorRetiredT event;
  event.actor = actor->id;
  event.reason = *reason;
  event.invalid_since = *reason == fb::RetireReason::Compromise
                            ? (since.ok() ? since->ns : actor->enrolled_at.ns)
                            : 0;
  const auto after = actors_->retired(event, in_.now);
  if (!after.ok() || (*after)->admin_persons() < in_.state.quorum().admin) {
    return refuse("quorum-floor", fmt::format("fewer than {} admin persons would remain",
                                              in_.state.quorum().admin));
  }
  emit(std::move(event));
}

void Ruling::set_quorum() {
  fb::QuorumSetT event;
  event.admin_threshold = static_cast<std::uint32_t>(
      *parse_decimal(command().text("admin_threshold"), "admin_threshold"));
  event.recovery_threshold = static_cast<std::uint32_t>(
      *parse_decimal(command().text("recovery_threshold"), "recovery_threshold"));
  if (command().subject != in_.state.name().genesis)
    refuse("subject", "the command's subject is not the genesis hash");
  if (event.admin_threshold > actors_->admin_persons()) {
    refuse("quorum-floor",
           fmt::format("there are only {} admin persons", actors_->admin_persons()));
  }
  emit(std::move(event));
}

void Ruling::activate_policy() {
  fb::PolicyActivatedT event;
  const Digest registry = command().digest("registry"), authz = command().digest("authz");
  event.registry = registry.is_zero() ? policies_->registry : registry;
  event.authz = authz.is_zero() ? policies_->authz : authz;
  event.withdraw_previous = command().fields["withdraw_previous"].get<bool>();
  event.authors = signers_with("admin", "*");
  if (registry.is_zero() && authz.is_zero())
    return refuse("nothing-new", "neither a registry nor an authz bundle is named");
  if (command().subject != (registry.is_zero() ? authz : registry)) {
    refuse("subject", "the command's subject is not the bundle's digest");
  }
  for (const Digest& bundle : {event.registry, event.authz}) {
    if (!in_.bundles.holds(bundle))
      refuse("policy-missing", fmt::format("bundle {} is not held", bundle.text()));
  }
  emit(std::move(event));
}

void Ruling::set_trust_root() {
  fb::TrustRootSetT event;
  event.root = command().text("root");
  event.document = command().subject;
  for (const auto& [name, time] : {std::pair{"valid_from", &event.valid_from},
                                   {"valid_to", &event.valid_to},
                                   {"withdrawn_at", &event.withdrawn_at},
                                   {"invalid_since", &event.invalid_since}}) {
    *time = command().time(name).ns;
    if (command().fields.contains(name) && *time == 0)
      refuse("root-window", fmt::format("{}: 1970 is no time of trust", name));
  }
  const auto trust = in_.state.trust();
  if (command().fields.contains("document")) {
    const auto document = sigstore::parse_trust_document(command().text("document"));
    if (!document.ok()) return refuse_all({document.error()});
    if (document->digest != command().subject)
      return refuse("subject", "the command's subject is not the digest of the document");
    const auto current = document->lists_current(in_.now);
    if (!current.ok()) refuse_all({current.error()});
  }
  auto root = trust_root_of(event, *trust, carried_document(&command()));
  if (!root.document) {
    return refuse("document-missing",
                  fmt::format("root {}: has no document {}; the command must carry it", event.root,
                              event.document.text()));
  }
  if (const auto next = trust->with(std::move(root), in_.now); !next.ok())
    refuse_all({next.error()});
  emit(std::move(event));
}

}  // namespace z5::gate
