// SPDX-License-Identifier: Apache-2.0
// Who may do what: actors as the ledger enrolled them, with one key or identity, one use, and roles
// per tenant. `Actors` is an immutable snapshot that threads share; the fold makes the next one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys/key.h"
#include "schemas/entry.h"
#include "schemas/ids.h"
#include "schemas/time.h"

namespace z5::identity {

struct Actor {
  std::string id;  // pseudonymous slug
  fb::ActorKind kind = fb::ActorKind::Workload;
  std::string person;  // one human, however many keys; empty for workloads
  fb::KeyUse use = fb::KeyUse::Command;
  std::optional<keys::PublicKey> key;   // or:
  Digest identity;                      // SHA-256(issuer 0x00 subject) of a keyless identity
  std::vector<std::string> roles;       // "role@tenant", "role@*"
  std::vector<std::string> attributes;  // "key=value"
  std::string audience;                 // serving actors
  fb::Environment environment = fb::Environment::None;
  std::vector<std::string> enrolled_by;  // persons; empty in genesis
  Time enrolled_at;
  Time retired_at;  // not set: active; nothing new after it
  fb::RetireReason retire_reason = fb::RetireReason::Rotation;
  Time invalid_since;  // compromise only: what it signed since then is void

  // What names it in enroll-actor and retire-actor: SPKI digest, or the identity's.
  Digest credential() const { return key ? key->digest() : identity; }
  bool active() const { return !retired_at.is_set(); }
  // Compromised: signatures first recorded at or after invalid_since count for nothing.
  bool void_at(Time recorded) const {
    return !active() && retire_reason == fb::RetireReason::Compromise && recorded >= invalid_since;
  }
  // Active in `role` for `tenant` ("role@tenant" or "role@*").
  bool has_role(std::string_view role, std::string_view tenant) const;
};

std::string_view use_name(fb::KeyUse use);                       // "command", "attest", ...
std::string_view kind_name(fb::ActorKind kind);                  // "person", "workload"
std::string_view environment_name(fb::Environment environment);  // "staging", ...; "" for none
Result<fb::KeyUse> parse_use(std::string_view text);
Result<fb::ActorKind> parse_kind(std::string_view text);
Result<fb::Environment> parse_environment(std::string_view text);
Result<fb::RetireReason> parse_retire_reason(
    std::string_view text);  // rotation | departure | compromise

class Actors {
 public:
  const Actor* find(std::string_view id) const;
  // The actor that holds this key, retired ones too; a key is enrolled once, ever.
  const Actor* find_by_key(const Digest& spki_digest) const;
  const Actor* find_by_identity(const Digest& identity) const;
  const std::map<std::string, Actor, std::less<>>& all() const { return actors_; }
  // Grows by one with each change; lets a later step see that trust changed since an earlier one.
  std::uint64_t version() const { return version_; }
  // Active admins as distinct persons ("admin@*").
  std::size_t admin_persons() const;

  // A copy with the event applied. Corrupt: id or key enrolled before, key that cannot be read,
  // unknown actor.
  Result<std::shared_ptr<const Actors>> enrolled(const fb::ActorEnrolledT& event, Time at) const;
  Result<std::shared_ptr<const Actors>> retired(const fb::ActorRetiredT& event, Time at) const;

 private:
  std::map<std::string, Actor, std::less<>> actors_;
  std::map<Digest, std::string> by_key_;
  std::map<Digest, std::string> by_identity_;
  std::uint64_t version_ = 0;
};

}  // namespace z5::identity
