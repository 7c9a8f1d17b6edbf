// SPDX-License-Identifier: Apache-2.0
// The ledger as the feed reads it: from the first entry, chain and seals verified, every event
// checked against its origin as projectors do it, and folded by the gate's own State. Keeps no
// file: what a feed may tell is decided by what the log says now. One thread.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "consumers/feed/streams.h"
#include "ledger/chain/chain_reader.h"
#include "ledger/gate/origin.h"
#include "ledger/gate/state.h"

namespace z5::feed {

// A group of the ledger and what streams tell of it.
struct Group {
  std::vector<Told> told;      // in order
  chain::CompactRange before;  // the tree before the group
  std::vector<Digest> hashes;  // of all its entries
};

class Source {
 public:
  // `reader` stands at the log's first record.
  Source(std::unique_ptr<log::Reader> reader, chain::Trust trust);

  // The next group; nullptr when none came within `timeout`. Valid until the next call. Corrupt,
  // naming the entry: anything that is not from where it says, and final. Unavailable: the log
  // cannot be reached.
  Result<const Group*> next(std::chrono::milliseconds timeout);

  const chain::Head& head() const { return log_.head(); }
  const identity::LedgerName& name() const { return state_.name(); }
  std::shared_ptr<const identity::Actors> actors() const { return state_.actors(); }

 private:
  Status take(const chain::VerifiedGroup& group);
  Status take(const Entry& entry, const chain::VerifiedEntry& verified, gate::OriginCheck& origins);

  chain::ChainReader log_;
  gate::State state_;
  Group group_;
};

}  // namespace z5::feed
