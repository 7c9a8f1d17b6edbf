// SPDX-License-Identifier: Apache-2.0
// The whole audit of a log: besides the chain, every event against its origin, every author's and
// cosigner's signature, and the fold. Records are read, linked and folded in order by the caller's
// thread; hashing, parsing and signatures run on all cores. Memory is bounded by a few read batches
// a thread and by the fold.
#pragma once

#include <cstdint>
#include <functional>

#include "ledger/chain/verifier.h"
#include "ledger/gate/origin.h"
#include "ledger/gate/state.h"
#include "ledger/log/log.h"

namespace z5::replay {

struct FullCount {
  std::uint64_t commands = 0;    // compared with their events
  std::uint64_t signatures = 0;  // of authors, verified; cosigners' come on top
  std::uint64_t hidden = 0;      // commands that are sealed or erased: only their digest speaks
};

// An entry just after it was folded into `state`.
struct Moment {
  const Entry& entry;
  const Digest& hash;
  const gate::SignedCommands& commands;
  const gate::State& state;
};
using OnMoment = std::function<Status(const Moment&)>;

// Takes every record that `reader` has into `verifier` and `state`, and calls `on_moment` (may be
// empty) for each entry in order, on the caller's thread. `threads` >= 1 counts the
// caller's. Corrupt: the first thing in the log that is not right, named by its entry; signatures
// are found a little later than the rest. Errors of `on_moment` as they are.
Result<FullCount> verify_full(log::Reader& reader, chain::Verifier& verifier, gate::State& state,
                              unsigned threads, const OnMoment& on_moment);

}  // namespace z5::replay
