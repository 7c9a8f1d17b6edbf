// SPDX-License-Identifier: Apache-2.0
// From verified groups to the state: decodes, checks that what a group's time made due comes first,
// and applies. The same for the writer's recovery, the projections and the auditor. Pure.
#pragma once

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/state.h"

namespace z5::gate {

struct FoldedEntry {
  const Entry& entry;
  const chain::VerifiedEntry& verified;
};
using OnEntry = std::function<Status(const FoldedEntry&)>;

// Applies the group to `state`; `on_entry` (may be empty) is called after each entry was applied.
// Commands of groups recorded at or after `remember_since` are remembered against repetition.
// Corrupt, naming the sequence.
Status fold_group(State& state, const chain::VerifiedGroup& group, Time remember_since,
                  const OnEntry& on_entry);

}  // namespace z5::gate
