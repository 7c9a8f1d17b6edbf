// SPDX-License-Identifier: Apache-2.0
// What the ledger as a whole says, out of the rows that hold its events, folded by the gate's own
// State: actors, quorum, policies, roots of trust. Few events, so they are kept as they are. Not
// for use outside this folder.
#pragma once

#include <memory>

#include "ledger/gate/state.h"
#include "projections/database.h"
#include "projections/store.h"

namespace z5::projections {

// The family that keeps an event about no version; nullopt: none does.
std::optional<Family> ledger_family(fb::Event event);

// Applies the rows of `actors`, `policies` and `trust` in order. Corrupt: rows that cannot be read.
Status fold_ledger(const Database& database, const chain::Trust& trust, gate::State& into);

std::shared_ptr<const LedgerView> ledger_view(const gate::State& state, chain::Head head,
                                              std::string checkpoint);

}  // namespace z5::projections
