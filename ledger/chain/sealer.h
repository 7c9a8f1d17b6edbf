// SPDX-License-Identifier: Apache-2.0
// The writer's side of the chain: stamps entries into an open group, seals it, and turns it into
// what a log appends. Pure but for the signature; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/chain/head.h"
#include "ledger/chain/stamp.h"
#include "ledger/keys/key.h"
#include "ledger/log/log.h"
#include "schemas/entry.h"

namespace z5::chain {

class Sealer {
 public:
  // Goes on after `head` as writer number `epoch` (larger than any before: head.epoch + 1).
  Sealer(Head head, std::uint64_t epoch, keys::PrivateKey key);

  const Head& head() const { return head_; }  // after the last committed group
  std::uint64_t next_sequence() const { return next_.size(); }
  std::size_t entries() const { return hashes_.size(); }  // of the open group
  const keys::PrivateKey& key() const { return key_; }

  // Opens a group. Invalid: `recorded_at` lies before that of the last group.
  Status begin(Time recorded_at);

  // Appends an entry to the open group and gives its sequence. ledger, sequence, previous,
  // recorded_at, writer_epoch and command_digest are set here, in `entry` too. Invalid: body or
  // commands longer than their limits, or the group is full (nothing was added; commit it first).
  Result<std::uint64_t> add(Entry& entry, std::span<const log::SignedCommand> commands);
  // The same for a body that was encoded elsewhere, with every field of its stamp set to something
  // (stamp.h). `commands_digest` = log::command_digest(commands).
  Result<std::uint64_t> add(Bytes& body, const Digest& commands_digest,
                            std::span<const log::SignedCommand> commands);

  // Documents that come with the open group, where the log carries them (log::Group).
  void carry(std::span<const Digest> documents);

  // The open group's last entry is KeyRotated{next}: it is sealed by both keys, later ones by
  // `next` alone.
  void rotate(keys::PrivateKey next);

  // Seals the open group (at least one entry). The bytes stay valid until committed() or discard().
  const log::Group& seal();
  // The log holds the group; it ends at `end`. Moves head(). The hashes of its entries and the tree
  // before it stay readable until the next begin().
  void committed(log::Position end);
  // The log does not hold it: as if it had never been opened.
  void discard();

  std::span<const Digest> group_hashes() const { return hashes_; }
  const CompactRange& tree_before() const { return before_; }
  // A checkpoint note over head(), which must be durable; signed by both keys just after a
  // rotation.
  std::string sign_head() const;

 private:
  Status fits(std::size_t body, std::span<const log::SignedCommand> commands) const;
  std::uint64_t push(std::string_view body, std::span<const log::SignedCommand> commands);
  Stamp stamp(const Digest& commands_digest) const;
  std::vector<const keys::PrivateKey*> signers() const;

  Head head_;
  Head next_;
  CompactRange before_;
  std::uint64_t epoch_;
  keys::PrivateKey key_;
  std::optional<keys::PrivateKey> rotated_from_, rotate_to_;
  log::Group group_;
  std::vector<Digest> hashes_;
  enum class State { Idle, Open, Sealed } state_ = State::Idle;
};

}  // namespace z5::chain
