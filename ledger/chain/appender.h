// SPDX-License-Identifier: Apache-2.0
// The only writer of a ledger: recovers its end from the log, verified; appends sealed groups; and
// signs the checkpoint of what is durable. One thread (the writer's); results are values that any
// thread may keep.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/chain/chain_reader.h"
#include "ledger/chain/history.h"
#include "ledger/chain/receipt.h"
#include "ledger/chain/sealer.h"

namespace z5::chain {

// What a committed group leaves behind. A value.
struct Committed {
  std::uint64_t first = 0;  // sequence of the group's first entry
  std::vector<Digest> hashes;
  CompactRange before;      // the tree before the group
  std::string checkpoint;   // signed note over the group's end
};

// The receipts of a group's entries: hashes the group's tree once, then O(log n) each. Immutable;
// any thread.
class Receipts {
 public:
  explicit Receipts(Committed group);
  const Committed& group() const { return group_; }
  bool holds(std::uint64_t sequence) const {
    return sequence >= group_.first && sequence - group_.first < group_.hashes.size();
  }
  Receipt receipt(std::uint64_t sequence) const;  // asserts holds(sequence)

 private:
  Committed group_;
  GroupTree tree_;
};

class Appender {
 public:
  struct Settings {
    Trust trust;                  // genesis zero: a new ledger, whose log must be empty
    keys::PrivateKey key;         // the ledger's; must be one that holds for the next size
    std::string checkpoint_path;  // empty: none is kept
  };
  // Called with every group found in the log, in order, so that the writer folds its state in the
  // same pass.
  using OnGroup = std::function<Status(const VerifiedGroup&)>;

  // Reads and verifies the log (from the start: a writer decides on its own fold), cuts a torn tail
  // beyond what the mark covers, and compares with the kept checkpoint. Corrupt: damage, a log
  // behind the kept checkpoint or another one. Invalid: the key is not the ledger's. Errors of
  // `on_group` as they are.
  static Result<std::unique_ptr<Appender>> open(std::unique_ptr<log::Writer> log, Settings settings,
                                                OnGroup on_group);

  // Group by group: sealer().begin, .add …, then commit() or sealer().discard().
  Sealer& sealer() { return sealer_; }
  const Head& head() const { return sealer_.head(); }
  const Trust& trust() const { return sealer_.head().trust; }

  // Seals and appends the open group. Unavailable: nothing was changed; the group is gone, the
  // ledger as before. Corrupt: the outcome is unknown (log.h) and this writer has ended; every
  // later commit says so again.
  Result<Committed> commit();

  // The newest checkpoint note; empty before the first commit of a new ledger.
  const std::string& checkpoint() const { return checkpoint_; }
  // True when the ledger once had `root` as its root at `size` (commands' `seen`).
  const History& history() const { return history_; }

 private:
  Appender(std::unique_ptr<log::Writer> log, Sealer sealer, History history,
           std::string checkpoint_path);

  Status publish();

  std::unique_ptr<log::Writer> log_;
  Sealer sealer_;
  History history_;
  std::optional<CheckpointFile> checkpoint_file_;
  std::string checkpoint_;
  std::string ended_;  // why this writer ended; empty while it lives
};

}  // namespace z5::chain
