// SPDX-License-Identifier: Apache-2.0
// Where an event comes from (DESIGN section 6). The writer is not believed: every reader checks
// that an event says what a signed command asked for, that a companion stands behind its cause, and
// that nothing else was put in. Three steps, so that the costly ones can run on many threads:
//   read_commands          parses what one record carries; any thread
//   OriginCheck::check     compares it with the event and with the ledger before it; in order
//   AuthorSignature::verify  any thread
// Pure. What is due (gate/due.h), what may follow (the fold) and command_digest (ledger/chain) are
// checked elsewhere; so is that no command was used twice, by whoever remembers commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain/history.h"
#include "ledger/evidence/sigstore/trust_roots.h"
#include "ledger/gate/state.h"
#include "ledger/identity/actor.h"
#include "ledger/identity/command.h"
#include "schemas/entry.h"

namespace z5::gate {

// Whose signatures a reader verifies again. Grants: the events by which somebody may do more than
// before (actors, quorum, policy, trust, approve, promote, rebind, lift).
enum class Signatures { Grants, All };

// The signed commands of one record, read and compared with nothing.
struct SignedCommands {
  struct Signed {
    std::string message;  // what was signed: DSSE's pre-authentication encoding
    Bytes signature;
    std::string hint;  // of the key; proves nothing
    std::shared_ptr<const sigstore::Bundle> certified =
        nullptr;  // whole, when a certificate signed
  };
  std::optional<identity::Command> command;  // nullopt: none, or hidden
  std::vector<Signed> bundles;               // the author's first; those that can be read
  bool hidden = false;                       // sealed or erased: only its digest speaks
};
// Invalid, naming the field: a bundle or command that is not of its form, or cosigners over other
// bytes.
Result<SignedCommands> read_commands(std::string_view commands);

// A signature that must be the actor's: its key's, or its identity's under the roots of that
// moment.
struct AuthorSignature {
  std::uint64_t sequence = 0;
  std::string actor;
  std::optional<keys::PublicKey> key;
  std::string message;
  Bytes signature;
  // Without key:
  Digest who = {};  // identity
  std::shared_ptr<const sigstore::Bundle> bundle = nullptr;
  identity::Kind kind = {};
  std::shared_ptr<const sigstore::TrustRoots> trust = nullptr;
  Time at = {};

  Status verify() const;  // Corrupt, naming sequence and actor
};

// The ledger just before the entry.
struct Before {
  const identity::LedgerName& name;
  const identity::Actors& actors;
  const Policies& policies;
  Quorum quorum;
  const Version* version;  // that the event is about; null: none
  std::shared_ptr<const sigstore::TrustRoots> trust;
  const chain::History* history = nullptr;  // where given, `seen` is looked up in it
};

// The entries of one group, in order.
class OriginCheck {
 public:
  OriginCheck(std::uint64_t first_sequence, Signatures signatures)
      : genesis_(first_sequence == 0), signatures_(signatures) {}

  // Hidden commands are taken for what grants nothing, and never for what does: otherwise whoever
  // writes the log could grant anything and say that the proof was erased.
  // The signatures that are left to verify; cosigners are verified here, since who they are is
  // part of the question. Corrupt, naming sequence and reason: anything not from where it says.
  Result<std::vector<AuthorSignature>> check(const Entry& entry, const SignedCommands& commands,
                                             const Before& before);
  // After the last entry of the group.
  Status finish() const;

 private:
  Result<std::vector<AuthorSignature>> of_command(const Entry& entry,
                                                  const SignedCommands& commands,
                                                  const Before& before);
  Status of_genesis(const Entry& entry);
  Status of_companion(const Entry& entry);

  bool genesis_;
  Signatures signatures_;
  fb::Event last_ = fb::Event::NONE;  // event of the entry before
  struct Cause {
    std::uint64_t sequence;
    std::string ref, actor;
  };
  std::optional<Cause> promoted_;  // a promotion whose release has not come yet
  std::optional<Cause> attached_;  // the newest attach, for the incident that it may open
  bool incident_ = false;          // it did
};

}  // namespace z5::gate
