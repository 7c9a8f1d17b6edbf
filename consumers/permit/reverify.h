// SPDX-License-Identifier: Apache-2.0
// A version's evidence, read and verified again under the trust of now (R30, R31, R32): the bytes
// hashed, every signature, chain and log proof checked, the facts collected as at the gate. Any
// thread.
#pragma once

#include <vector>

#include "ledger/evidence/facts.h"
#include "ledger/gate/bundles.h"
#include "ledger/gate/version.h"
#include "ledger/log/evidence_store.h"
#include "projections/store.h"

namespace z5::permit {

struct Reverified {
  std::vector<evidence::Submitted> documents;
  evidence::Collected collected;
  // No model signature counts, and one of them would if its key or identity were not void, its root
  // not withdrawn or void, or its certificate not on a revocation list.
  bool signer_void = false;
};

// Errors are those of the evidence store, naming the document: a version whose evidence cannot be
// read is not verified.
Result<Reverified> verify_again(const gate::Version& version, const projections::LedgerView& ledger,
                                const log::EvidenceStore& store, gate::Bundles& bundles, Time now);

}  // namespace z5::permit
