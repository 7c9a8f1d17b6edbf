// SPDX-License-Identifier: Apache-2.0
// A version's evidence, read and verified again under the trust of now (R30, R31): the bytes
// hashed, every signature checked, the facts collected as at the gate. Any thread.
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
  bool signer_void = false;  // no model signature counts, and one of them by a void key
};

// Errors are those of the evidence store, naming the document: a version whose evidence cannot be
// read is not verified.
Result<Reverified> verify_again(const gate::Version& version, const projections::LedgerView& ledger,
                                const log::EvidenceStore& store, gate::Bundles& bundles);

}  // namespace z5::permit
