// SPDX-License-Identifier: Apache-2.0
// Which documents an entry brings into the ledger, by digest: what a log carries together with the
// entry where its readers have no part in the writer's evidence store. Reads bundles; any thread.
#pragma once

#include <vector>

#include "ledger/log/evidence_store.h"
#include "schemas/entry.h"
#include "schemas/result.h"

namespace z5::gate {

// Documents, tickets, release artefacts, trust roots, and both bundles of a policy with all their
// files; a drift report where it is in the store. Errors of bundle_from_store.
Result<std::vector<Digest>> named_documents(const Entry& entry, const log::EvidenceStore& store);

}  // namespace z5::gate
