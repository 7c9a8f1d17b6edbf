// SPDX-License-Identifier: Apache-2.0
#include "ledger/identity/actor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace z5::identity {
namespace {

constexpr std::array<std::string_view, 5> kUses = {"command", "attest", "serving", "service",
                                                   "witness"};
constexpr std::array<std::string_view, 2> kKinds = {"person", "workload"};
constexpr std::array<std::string_view, 4> kEnvironments = {"", "staging", "canary", "production"};
constexpr std::array<std::string_view, 3> kReasons = {"rotation", "departure", "compromise"};

template <class Enum, std::size_t N>
Result<Enum> parse(std::string_view text, const std::array<std::string_view, N>& names,
                   std::string_view what) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it != names.end()) return static_cast<Enum>(it - names.begin());
  return invalid(
      fmt::format("{}: '{}' is not one of {}", what, text.substr(0, 32), fmt::join(names, " ")));
}

}  // namespace

bool Actor::has_role(std::string_view role, std::string_view tenant) const {
  return active() && std::any_of(roles.begin(), roles.end(), [&](std::string_view held) {
           if (!held.starts_with(role) || held.size() <= role.size() || held[role.size()] != '@')
             return false;
           const std::string_view scope = held.substr(role.size() + 1);
           return scope == "*" || scope == tenant;
         });
}

std::string_view use_name(fb::KeyUse use) { return kUses[static_cast<std::size_t>(use)]; }
std::string_view kind_name(fb::ActorKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view environment_name(fb::Environment environment) {
  return kEnvironments[static_cast<std::size_t>(environment)];
}
Result<fb::KeyUse> parse_use(std::string_view text) {
  return parse<fb::KeyUse>(text, kUses, "use");
}
Result<fb::ActorKind> parse_kind(std::string_view text) {
  return parse<fb::ActorKind>(text, kKinds, "kind");
}
Result<fb::Environment> parse_environment(std::string_view text) {
  return parse<fb::Environment>(text, kEnvironments, "environment");
}
Result<fb::RetireReason> parse_retire_reason(std::string_view text) {
  return parse<fb::RetireReason>(text, kReasons, "reason");
}

const Actor* Actors::find(std::string_view id) const {
  const auto it = actors_.find(id);
  return it == actors_.end() ? nullptr : &it->second;
}
const Actor* Actors::find_by_key(const Digest& spki_digest) const {
  const auto it = by_key_.find(spki_digest);
  return it == by_key_.end() ? nullptr : find(it->second);
}
const Actor* Actors::find_by_identity(const Digest& identity) const {
  const auto it = by_identity_.find(identity);
  return it == by_identity_.end() ? nullptr : find(it->second);
}

std::size_t Actors::admin_persons() const {
  std::set<std::string_view> persons;
  for (const auto& [id, actor] : actors_) {
    if (actor.has_role("admin", "*") && actor.use == fb::KeyUse::Command && !actor.person.empty()) {
      persons.insert(actor.person);
    }
  }
  return persons.size();
}

Result<std::shared_ptr<const Actors>> Actors::enrolled(const fb::ActorEnrolledT& event,
                                                       Time at) const {
  auto next = std::make_shared<Actors>(*this);
  Actor actor{.id = event.actor,
              .kind = event.kind,
              .person = event.person,
              .use = event.use,
              .key = {},
              .identity = event.identity,
              .roles = event.roles,
              .attributes = event.attributes,
              .audience = event.audience,
              .environment = event.environment,
              .enrolled_by = event.enrolled_by,
              .enrolled_at = at,
              .retired_at = {},
              .retire_reason = {},
              .invalid_since = {}};
  if (find(event.actor) != nullptr)
    return corrupt(fmt::format("actor {} is enrolled twice", event.actor));
  if (event.key.empty()) {
    if (!next->by_identity_.emplace(event.identity, event.actor).second) {
      return corrupt(fmt::format("actor {}: its identity is enrolled twice", event.actor));
    }
  } else {
    auto key = keys::PublicKey::from_spki(
        {reinterpret_cast<const char*>(event.key.data()), event.key.size()});
    if (!key.ok()) return corrupt(fmt::format("actor {}: {}", event.actor, key.error().message));
    if (!next->by_key_.emplace(key->digest(), event.actor).second) {
      return corrupt(fmt::format("actor {}: its key is enrolled twice", event.actor));
    }
    actor.key = std::move(*key);
  }
  next->actors_.emplace(event.actor, std::move(actor));
  ++next->version_;
  return std::shared_ptr<const Actors>(std::move(next));
}

Result<std::shared_ptr<const Actors>> Actors::retired(const fb::ActorRetiredT& event,
                                                      Time at) const {
  auto next = std::make_shared<Actors>(*this);
  const auto it = next->actors_.find(event.actor);
  if (it == next->actors_.end() || !it->second.active()) {
    return corrupt(fmt::format("actor {} is retired but not active", event.actor));
  }
  it->second.retired_at = at;
  it->second.retire_reason = event.reason;
  it->second.invalid_since = Time{event.invalid_since};
  ++next->version_;
  return std::shared_ptr<const Actors>(std::move(next));
}

}  // namespace z5::identity
