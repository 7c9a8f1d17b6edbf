// SPDX-License-Identifier: Apache-2.0
// The permit: "this serving actor may load this version now", signed by a service of the ledger and
// checked offline by whoever loads (schemas/permit.schema.json). An in-toto Statement in a DSSE
// bundle, with the fields of a SLSA verification summary beside our own, so that VSA readers
// understand it. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "schemas/entry.h"
#include "schemas/limits.h"
#include "schemas/time.h"

namespace z5::verify {

inline constexpr std::string_view kPermitType = "urn:z5:permit:v1";

// A checkpoint's size and root, as the one who decided had verified it.
struct Seen {
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const Seen&) const = default;
};

struct Permit {
  identity::LedgerName ledger;
  Seen seen;
  std::uint64_t sequence = 0;  // of the last entry that changed the version
  std::string ref;             // "tenant/model:version"
  fb::Stage stage = fb::Stage::None;
  fb::Environment environment = fb::Environment::None;
  std::string audience;
  std::string nonce;  // lower-case hex, as asked
  Time issued_at;
  Time not_after;  // exclusive
  Digest model_digest;
  Digest policy_digest;  // the bundle that the version is bound to, which permitted
  Digest evidence_root;  // names every document that was verified
  std::vector<std::string> artifact_uris;  // where the submitter says the bytes are; hints only

  // Relative to the service that issued it (RFC 3986): a permit sends nobody to another host.
  std::string manifest_url() const;
  bool operator==(const Permit&) const = default;
};

// The Statement to sign: RFC 8785 text. Same permit, same bytes.
std::string write_permit(const Permit& permit);
// Invalid, naming the field: anything that write_permit would not have written.
Result<Permit> parse_permit(std::string_view payload);

// What the one who asked knows; everything is compared.
struct PermitBindings {
  std::span<const keys::PublicKey> services;  // pinned; one of them must have signed
  identity::LedgerName ledger;
  std::string model;  // as asked: "tenant/model:version" or "tenant/model@serving"
  std::string nonce;
  std::optional<std::string> audience;         // not set: not known yet
  std::optional<fb::Environment> environment;  // not set: not known yet
  std::span<const Digest> policies;            // computed from the bundle bytes held here
  Time now;
  std::chrono::nanoseconds skew = limits::kClockSkew;  // how far in our future issued_at may lie
};

// Refusals: those of bundles and signatures; permit-type, permit-malformed, permit-ledger,
// permit-ref, permit-nonce, permit-audience, permit-environment, permit-policy, permit-stage (not
// loadable in this environment), permit-not-yet, permit-expired.
Verdict<Permit> verify_permit(std::string_view bundle, const PermitBindings& bindings);

// Whether a version of that stage is ever loaded there (R85, R133): Staging in staging and canary,
// Approved everywhere.
bool loadable(fb::Stage stage, fb::Environment environment);

}  // namespace z5::verify
