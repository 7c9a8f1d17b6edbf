// SPDX-License-Identifier: Apache-2.0
// What the writer knows: a pure fold of the ledger's entries. Actors, quorum, policies, roots of
// trust, versions, aliases, and the commands that may still be repeated. It reads no clock: expiry
// and overdue dates are events. The same entries give the same state everywhere; an entry that
// cannot follow is Corrupt.
//
// One thread applies entries; `version()`, `actors()`, `policies()` and `trust()` may be called
// from any thread (they hand out immutable snapshots).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/evidence/sigstore/trust_roots.h"
#include "ledger/gate/due.h"
#include "ledger/gate/version.h"
#include "ledger/identity/actor.h"
#include "ledger/identity/command.h"
#include "schemas/entry.h"

namespace z5::gate {

struct Policies {
  Digest registry;  // active bundles
  Digest authz;
  std::set<Digest> withdrawn;        // registry bundles that no longer permit anything
  std::vector<std::string> authors;  // persons who activated the active bundles

  Policies activated(const fb::PolicyActivatedT& event) const;
};

struct Quorum {
  std::uint32_t admin = 1;
  std::uint32_t recovery = 1;
};

// What makes a command the same command when it comes again.
struct CommandIdentity {
  std::string actor;
  std::string command_id;
  Digest payload;
  Time expires_at;
};
struct FirstOutcome {
  Digest payload;
  std::uint64_t sequence = 0;  // of its event
  Digest entry_hash;           // once it is known (note_hashes)
  Time forget_at;
};
struct FirstRefusal {
  std::string rule;
  Time forget_at;
};

// The root that a TrustRootSet event asks for; its document is `document`, or, when that is null,
// the one that stands under its name. The document is null when there is none of that digest.
sigstore::TrustRoot trust_root_of(const fb::TrustRootSetT& event, const sigstore::TrustRoots& trust,
                                  std::shared_ptr<const sigstore::TrustDocument> document);
// The document that a set-trust-root command carries; null for other commands, and where the
// command leaves the root's document as it is.
std::shared_ptr<const sigstore::TrustDocument> carried_document(const identity::Command* command);

class State {
 public:
  State();

  // Applies the next entry. `command`: identity of the command that it came from; null for entries
  // without one, and when repeats of that command are not possible any more. `document`: what the
  // command of a TrustRootSet carried. Corrupt: an event that cannot follow this state.
  Status apply(const Entry& entry, const CommandIdentity* command,
               std::shared_ptr<const sigstore::TrustDocument> document = nullptr);

  // Derived events due by `now` (DESIGN section 6), in (due, ref) order, at most limits::kMaxDue. A
  // group of that time begins with them.
  std::vector<fb::EventUnion> due(Time now) const { return deadlines_.due(now); }

  std::shared_ptr<const Version> version(std::string_view ref) const;
  std::shared_ptr<const identity::Actors> actors() const;
  std::shared_ptr<const Policies> policies() const;
  std::shared_ptr<const sigstore::TrustRoots> trust() const;

  // Writer thread only:
  Quorum quorum() const { return quorum_; }
  const identity::LedgerName& name() const { return name_; }
  const std::string& id() const { return id_; }
  std::string serving(
      std::string_view model) const;  // reference that serves "tenant/model"; empty = none
  std::size_t version_count() const { return versions_.size(); }
  const FirstOutcome* first_outcome(const std::string& actor, const std::string& command_id) const;
  const FirstRefusal* first_refusal(const Digest& payload) const;
  // Forgets what cannot come again: call once a group.
  void forget(Time now);
  // For readers that look at all versions (release of a report); in reference order.
  std::vector<std::shared_ptr<const Version>> all_versions() const;
  void set_genesis(const Digest& genesis) { name_.genesis = genesis; }
  // Entry hashes of the group that begins at `first`, for the first outcomes.
  void note_hashes(std::uint64_t first, std::span<const Digest> hashes);
  // Becomes `fresh`, as one step for the other threads.
  void replace(State&& fresh);

 private:
  Status apply_to_ledger(const Entry& entry,  // events about no version
                         std::shared_ptr<const sigstore::TrustDocument> document);
  Status set_root(const Entry& entry, const fb::TrustRootSetT& event,
                  std::shared_ptr<const sigstore::TrustDocument> document);
  Status apply_to_versions(const Entry& entry,
                           const std::string& ref);  // the version, @serving, the deadlines

  mutable std::mutex mutex_;  // guards the four snapshots handed to other threads
  std::unordered_map<std::string, std::shared_ptr<const Version>> versions_;
  std::shared_ptr<const identity::Actors> actors_;
  std::shared_ptr<const Policies> policies_;
  std::shared_ptr<const sigstore::TrustRoots> trust_;

  identity::LedgerName name_;
  std::string id_;
  Quorum quorum_;
  std::unordered_map<std::string, std::string> serving_;
  Deadlines deadlines_;
  std::unordered_map<std::string, FirstOutcome> outcomes_;  // "actor\0command_id"
  std::vector<std::pair<std::uint64_t, std::string>>
      without_hash_;  // outcomes of the group that is open
  std::unordered_map<Digest, FirstRefusal> refusals_;
  std::multimap<std::int64_t, std::string> forget_outcomes_;
  std::multimap<std::int64_t, Digest> forget_refusals_;
};

}  // namespace z5::gate
