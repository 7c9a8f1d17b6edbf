// SPDX-License-Identifier: Apache-2.0
// Commands: what a person or pipeline signs. One in-toto Statement whose predicateType is
// urn:z5:command:<kind>:v1; the table in command.cc says, kind by kind, which fields it has, what
// its subject names and who may cosign. Reading is strict (an unknown field is refused), writing is
// canonical (RFC 8785). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/ids.h"
#include "schemas/json.h"
#include "schemas/time.h"

namespace z5::identity {

enum class Kind {
  Submit,
  Attach,
  Annotate,
  Label,
  Stage,
  Approve,
  WithdrawApproval,
  Promote,
  Rebind,
  Quarantine,
  LiftQuarantine,
  Revoke,
  EnrollActor,
  RetireActor,
  SetQuorum,
  ActivatePolicy,
  SetTrustRoot,
};
std::string_view kind_text(Kind kind);  // "lift-quarantine"
std::string kind_type(Kind kind);       // "urn:z5:command:lift-quarantine:v1"
Result<Kind> parse_command_kind(std::string_view text);
std::span<const Kind> all_kinds();

// What the digest of a command's one subject must be.
enum class SubjectOf { Model, Key, Policy, Ledger, TrustDocument };

struct KindRules {
  Kind kind;
  std::string_view text;
  SubjectOf subject;
  bool quorum;  // needs M distinct admin persons
};
const KindRules& rules_of(Kind kind);

// Names one ledger: its origin and the hash of its genesis entry.
struct LedgerName {
  std::string origin;
  Digest genesis;
  bool operator==(const LedgerName&) const = default;
};

struct DocumentName {
  std::string kind;  // flag name of the command line: sbom, attestation, ...
  Digest digest;
  auto operator<=>(const DocumentName&) const = default;
};

struct Command {
  Kind kind = Kind::Submit;
  LedgerName ledger;
  std::string ref;         // "tenant/model:version"; empty for kinds about the ledger itself
  std::string command_id;  // UUIDv7
  Time issued_at;
  Time expires_at;              // exclusive; at most limits::kCommandLife after issued_at
  std::uint64_t seen_size = 0;  // newest checkpoint that the client verified
  Digest seen_root;
  bool dry_run = false;          // never appended, whoever sends it
  Digest subject;                // what is acted on, by kind
  Json fields = Json::object();  // the kind's own fields, checked
  Digest payload;                // SHA-256 of the signed payload bytes; names the command's content

  bool about_version() const { return !ref.empty(); }
  Reference reference() const;                     // asserts about_version()
  std::string text(std::string_view field) const;  // a string field, empty when absent
  Digest digest(std::string_view field) const;     // a digest field, zeros when absent or empty
  Time time(std::string_view field) const;         // a time field, not set when absent
  std::vector<DocumentName> documents() const;  // sorted, each once; empty when the kind has none
};

// Invalid, naming the field: not an in-toto Statement v0.1 or v1 with exactly one sha256 subject,
// another predicateType, unknown or missing fields, values not of their form, life longer than
// limits::kCommandLife.
Result<Command> parse_command(std::string_view payload);

// The Statement to sign for `command` (its `payload` is not read).
std::string write_command(const Command& command);

}  // namespace z5::identity
