// SPDX-License-Identifier: Apache-2.0
// From verified groups to rows: checks each event against its origin, folds it with the same
// functions as the writer (ledger/gate), and gathers the rows of many groups into one batch that is
// written with the position. One thread. A pure fold of the log: it reads no clock, and the same
// log gives the same rows whatever the batches were.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "ledger/gate/due.h"
#include "ledger/gate/origin.h"
#include "projections/read_group.h"
#include "projections/store.h"

namespace z5::projections {

class Projection {
 public:
  // `store` must outlive it. `signatures`: which authors are verified again (projectors: Grants).
  Projection(Store& store, gate::Signatures signatures);
  ~Projection();
  // Reads back from the store what is kept in memory; call once, first. Corrupt: rows that cannot
  // be read.
  Status load();

  // Adds the group to the batch, as read_group read it. Corrupt, naming the sequence: an event that
  // is not from where it says, or cannot follow; nothing may be applied or flushed after that.
  Status apply(const ReadGroup& group);
  // Writes the batch with the position; readers see it from then on. `checkpoint`: a note over
  // head(), or empty. Unavailable: the disk says no, and nothing of the batch is in the store; this
  // object is of no use any more.
  Status flush(const std::string& checkpoint = "");

  bool empty() const;  // nothing to flush
  bool full() const;   // worth a flush while catching up
  // After the last group applied (not necessarily flushed), and before that group.
  const chain::Head& head() const { return head_; }
  const chain::Head& before() const { return before_; }

 private:
  struct Batch;

  Status apply_entry(const ReadEntry& read, gate::OriginCheck& origins);
  Status remember_command(const Entry& entry, const identity::Command& command);
  Status annotate(const std::string& ref, const identity::Command& command);
  Status put_version(const Entry& entry, const std::string& ref, const gate::Version* before,
                     const gate::Version& after);
  Result<std::shared_ptr<const gate::Version>> version(const std::string& ref);
  Result<std::string> serving(const std::string& model) const;
  void set_serving(const std::string& model, const std::string& ref);
  void put(Family family, std::string_view key, std::string_view row);
  void remove(Family family, std::string_view key);

  Store& store_;
  gate::Signatures signatures_;
  chain::Head before_, head_;
  std::string checkpoint_;
  gate::State ledger_;  // of events about no version only: actors, policies, quorum
  gate::Deadlines deadlines_;
  std::unique_ptr<Batch> batch_;
  // Versions as they are with the batch; bounded (limits::kStoreVersions).
  std::unordered_map<std::string, std::shared_ptr<const gate::Version>> versions_;
};

}  // namespace z5::projections
