// SPDX-License-Identifier: Apache-2.0
// The list of what must not be loaded, signed by a service of the ledger like a CRL: a signed note
// (C2SP signed-note) under the name "<origin>/permit", with the text
//
//   z5-revocations/v1
//   <origin>
//   <genesis, sha256:…>
//   <tenant, or *>
//   <size>
//   <base64 root>
//   <issued at>
//   <next update>
//   revoked <ref> <sequence> <reason>       … in reference order
//   hold <ref> <sequence> <review by>
//
// Text of lines, because a list grows longer than a JSON document may be. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/verify/permit.h"
#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "schemas/time.h"

namespace z5::verify {

struct RevokedVersion {
  std::string ref;
  std::uint64_t sequence = 0;  // of the event
  bool hold = false;           // in quarantine; otherwise Revoked
  std::string reason;          // slug; of a revocation
  Time review_by;              // of a hold
  bool operator==(const RevokedVersion&) const = default;
};

struct RevocationList {
  identity::LedgerName ledger;
  std::string tenant;  // empty = all
  Seen seen;           // what the list knows; entries from `size` on it does not
  Time issued_at;
  Time next_update;  // exclusive: not believed from then on
  std::vector<RevokedVersion> versions;

  const RevokedVersion* find(std::string_view ref) const;  // null: neither revoked nor on hold
  bool operator==(const RevocationList&) const = default;
};

std::string sign_revocations(const RevocationList& list, const keys::PrivateKey& service);

struct RevocationBindings {
  std::span<const keys::PublicKey> services;  // pinned
  identity::LedgerName ledger;
  std::string tenant;          // as asked; empty = all
  std::uint64_t at_least = 0;  // size of a list or checkpoint seen before
  Time now;
};
// Refusals: list-signature, list-malformed, list-ledger, list-tenant, list-older (than what was
// seen), list-stale (next_update has passed), list-not-yet (issued in our future, beyond
// limits::kClockSkew).
Verdict<RevocationList> verify_revocations(std::string_view note,
                                           const RevocationBindings& bindings);

}  // namespace z5::verify
