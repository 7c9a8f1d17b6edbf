// SPDX-License-Identifier: Apache-2.0
// The reader's side of the chain: takes records in order and says, group by group, that they are
// the ledger that was pinned. Checks: frame, sequence without gap or repeat, ledger, previous, one
// recorded_at a group and never earlier than before, writer_epoch never smaller, command_digest,
// seal at the end of each group and nowhere else, its root, size, epoch, origin, and the signature
// of a key that holds for that size. What the events mean is not looked at, but for the keys that
// KeyRotated hands over. One thread; pure (chain_reader.h reads a log).
//
// Every failure is Corrupt, begins with the place ("entry 17: previous: …"), and is final: a reader
// stops there.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/head.h"
#include "ledger/chain/stamp.h"
#include "ledger/log/log.h"

namespace z5::chain {

// What can be said about one record alone: the costly part, without order, for any thread.
struct Examined {
  Digest hash;  // entry_hash(body)
  Stamp stamp;
  fb::Event event = fb::Event::NONE;
};
// Invalid: body is no entry, or command_digest is not that of the record's commands.
Result<Examined> examine(const log::RecordView& record);

class Verifier {
 public:
  // Goes on after `head`: empty_head(trust), or one kept earlier.
  explicit Verifier(Head head);

  // The chain must have `root` at `size` when it gets there, and must get there: a kept checkpoint.
  // May be called for several. Corrupt when the head is there already with another root; sizes
  // before it cannot be checked any more and are Invalid.
  Status expect(const Checkpoint& kept);

  // The next record of the log; true when it ended a group, which is verified then, and head()
  // moved.
  Result<bool> take(const log::RecordView& record);
  Result<bool> take(const log::RecordView& record, const Result<Examined>& examined);

  // The log has no more. Corrupt: inside a group, or before a size that was expected.
  Status finish() const;
  // Corrupt: the chain did not get to a size that was expected.
  Status reached_expected() const;

  const Head& head() const { return head_; }
  std::uint64_t next_sequence() const { return next_.tree.size(); }
  // Hashes of the entries of the group that is open; after take() was true, of that group until the
  // next take().
  std::span<const Digest> group_hashes() const { return hashes_; }

 private:
  Status step(const log::RecordView& record, const Result<Examined>& examined);
  Status link(const log::RecordView& record, const Examined& examined);
  Status read_event(const log::RecordView& record, fb::Event event);
  Status close(const log::RecordView& record);
  Error at_entry(std::string_view what) const;  // "entry N: what"

  Head head_;  // after the last whole group
  Head next_;  // with the open group's entries
  std::vector<Digest> hashes_;
  std::size_t group_bytes_ = 0;
  std::optional<keys::PublicKey> rotated_to_;  // by the open group's last entry
  std::vector<Checkpoint> expected_;           // not reached yet
  std::optional<Error> failed_;
};

}  // namespace z5::chain
