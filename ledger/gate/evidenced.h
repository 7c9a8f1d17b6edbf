// SPDX-License-Identifier: Apache-2.0
// The gate's second step: the documents that a command rests on, fetched, digested and examined
// (signatures under today's keys and roots). Costly, so it runs outside the writer, on snapshots;
// what comes out says which trust it used, and the writer runs it again where that changed. Only
// EvidenceStep can make it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/evidence/facts.h"
#include "ledger/gate/bundles.h"
#include "ledger/gate/state.h"
#include "ledger/identity/authenticate.h"
#include "ledger/log/evidence_store.h"

namespace z5::gate {

// Documents that came with a request, by the digest that was computed from their bytes here.
using Attachments = std::map<Digest, Bytes>;

class Evidenced {
 public:
  // The version's documents, old and new; new ones have no first_recorded yet.
  const std::vector<evidence::Submitted>& documents() const { return documents_; }
  // Names of what this command adds, without what the version has already.
  const std::vector<identity::DocumentName>& added() const { return added_; }
  std::size_t added_bytes() const { return added_bytes_; }
  // approve, promote: the ticket.
  const Json& ticket() const { return ticket_; }
  const Digest& ticket_digest() const { return ticket_digest_; }
  std::uint64_t actors_version() const { return actors_version_; }
  std::uint64_t trust_version() const { return trust_version_; }
  // The version (its `changed` sequence) whose documents these are; 0 where there was none.
  std::uint64_t version_changed() const { return version_changed_; }

 private:
  friend class EvidenceStep;
  Evidenced() = default;
  std::vector<evidence::Submitted> documents_;
  std::vector<identity::DocumentName> added_;
  std::size_t added_bytes_ = 0;
  Json ticket_;
  Digest ticket_digest_;
  std::uint64_t actors_version_ = 0, trust_version_ = 0;
  std::uint64_t version_changed_ = 0;
};

// The attest actors with a role for `tenant`, and the roots of trust, as of `now`: as the evidence
// rules want them.
evidence::Signers signers_for(const identity::Actors& actors,
                              std::shared_ptr<const sigstore::TrustRoots> trust,
                              std::string_view tenant, Time now);

class EvidenceStep {
 public:
  EvidenceStep(const State& state, const log::EvidenceStore& store, Bundles& bundles)
      : state_(state), store_(store), bundles_(bundles) {}

  // Takes only attachments that the signed command names, stores them durably (orphans are
  // harmless), and examines everything the version rests on. Refusals: document-missing (named,
  // neither attached nor stored), ticket-malformed, policy-malformed, too-many-documents (more than
  // limits::kMaxVersionDocuments, or limits::kMaxNewEvidence bytes).
  // Unavailable: the store failed.
  Result<Verdict<Evidenced>> run(const identity::Authentic& authentic,
                                 const Attachments& attachments) const;
  // What the version rests on now, without a command. Invalid: unknown version.
  Result<Evidenced> of_version(const std::string& ref) const;

 private:
  Result<Verdict<Done>> take_ticket(const identity::Command& command,
                                    const Attachments& attachments, Evidenced& out) const;
  Result<Verdict<Done>> take_held(const std::string& ref, Evidenced& out) const;
  Result<Verdict<Done>> take_documents(const identity::Command& command,
                                       const Attachments& attachments, Evidenced& out) const;
  Result<Verdict<Done>> take_policy(const identity::Command& command,
                                    const Attachments& attachments) const;
  // The bytes under `digest`: attached (then they are put into `fresh`), or stored. A null pointer:
  // neither.
  Result<std::shared_ptr<const Bytes>> fetch(const Digest& digest, const Attachments& attachments,
                                             bool keep) const;
  const State& state_;
  const log::EvidenceStore& store_;
  Bundles& bundles_;
};

}  // namespace z5::gate
