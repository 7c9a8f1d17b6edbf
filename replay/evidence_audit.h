// SPDX-License-Identifier: Apache-2.0
// Looks at the evidence again: every document that the ledger names is there and has the bytes of
// its digest, and the facts that each transition rested on come out of them again, under the keys
// that were enrolled and the roots that were trusted then. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "ledger/evidence/facts.h"
#include "ledger/gate/state.h"
#include "ledger/log/evidence_store.h"

namespace z5::replay {

class EvidenceAudit {
 public:
  explicit EvidenceAudit(std::string folder) : store_(std::move(folder)) {}

  // After `entry` was folded into `state`. Corrupt, naming the entry: a document that is missing or
  // has other bytes, or facts that are not those in the event.
  Status check(const Entry& entry, const gate::State& state);

  std::uint64_t documents() const { return documents_; }      // distinct ones read
  std::uint64_t transitions() const { return transitions_; }  // whose facts came out equal

 private:
  Result<evidence::ExaminedDocument> examined(const gate::HeldDocument& document,
                                              const evidence::Signers& signers,
                                              std::uint64_t actors_version);
  Status check_facts(const Entry& entry, const gate::State& state, const Digest& facts);
  Status check_release(const Entry& entry);
  Result<evidence::Data> data_of(const Digest& registry);

  log::EvidenceStore store_;
  // What a document says depends on its bytes, the actors' keys and the roots; kept while they
  // stay.
  std::map<std::pair<Digest, std::uint8_t>, evidence::ExaminedDocument> examined_;
  std::uint64_t actors_version_ = 0, trust_version_ = 0;
  std::map<Digest, evidence::Data> data_;
  std::uint64_t documents_ = 0, transitions_ = 0;
};

}  // namespace z5::replay
