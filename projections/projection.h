// SPDX-License-Identifier: Apache-2.0
// From verified groups to rows: checks each event against its origin, folds it with the same
// functions as the writer (ledger/gate), and gathers the rows of many groups into one batch that is
// written with the position. One thread. A pure fold of the log: it reads no clock, and the same
// log gives the same rows whatever the batches were.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "ledger/chain/chain_reader.h"
#include "ledger/gate/due.h"
#include "ledger/gate/origin.h"
#include "projections/store.h"

namespace z5::projections {

class Projection {
 public:
  // Goes on where `store` stands; it must outlive this. `signatures`: which authors are verified
  // again (projectors: Grants).
  Projection(Store& store, gate::Signatures signatures);
  ~Projection();
  // Reads what is kept in memory back from the store. Corrupt: rows that cannot be read.
  Status load();

  // Adds the group to the batch. Corrupt, naming the sequence: an event that is not from where it
  // says, or cannot follow; nothing may be applied after that.
  Status apply(const chain::VerifiedGroup& group);
  // Writes the batch; readers see it from then on. Unavailable: the disk says no (stop; nothing of
  // the batch is in the store).
  Status flush(const std::string& checkpoint);

  // Worth flushing while catching up: rows enough for one write.
  bool full() const;
  bool empty() const;
  // After the last group applied (not necessarily flushed).
  const chain::Head& head() const { return head_; }

 private:
  struct Batch;

  Status apply_entry(const Entry& entry, const chain::VerifiedEntry& verified, gate::OriginCheck& origins);
  Status apply_version(const Entry& entry, const std::string& ref);
  Status remember_command(const Entry& entry, const identity::Command& command);
  Status annotate(const Entry& entry, const std::string& ref, const identity::Command& command);
  Result<std::shared_ptr<const gate::Version>> version(const std::string& ref);
  Result<std::string> serving(const std::string& model);
  void set_serving(const std::string& model, const std::string& ref);
  void put_rows(const Entry& entry, const std::string& ref, const gate::Version* before, const gate::Version& after);

  Store& store_;
  gate::Signatures signatures_;
  chain::Head head_;
  gate::State ledger_;     // actors, policies, quorum: events about no version only
  gate::Reviews reviews_;  // of holds
  std::unique_ptr<Batch> batch_;
  // Versions as they are after the batch. Bounded: dropped with a flush when there are too many.
  std::unordered_map<std::string, std::shared_ptr<const gate::Version>> versions_;
};

}  // namespace z5::projections
