// SPDX-License-Identifier: Apache-2.0
// A verified group, decoded and its commands parsed: all that can be said about its entries without
// the ledger before them. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/origin.h"

namespace z5::projections {

struct ReadEntry {
  Entry entry;
  gate::SignedCommands commands;
  Bytes body;  // as the ledger holds it
  Digest hash;
};
struct ReadGroup {
  std::uint64_t first = 0;  // sequence
  std::vector<ReadEntry> entries;
  chain::Head head;       // after it
  std::size_t bytes = 0;  // of bodies and commands
};

// Corrupt, naming the entry: a body that is no entry, or commands that cannot be read.
Result<ReadGroup> read_group(const chain::VerifiedGroup& group);

}  // namespace z5::projections
