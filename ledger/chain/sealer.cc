// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/sealer.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/seal.h"
#include "ledger/chain/stamp.h"
#include "schemas/limits.h"

namespace z5::chain {

Sealer::Sealer(Head head, std::uint64_t epoch, keys::PrivateKey key)
    : head_(std::move(head)), next_(head_), epoch_(epoch), key_(std::move(key)) {
  Z5_ASSERT(epoch_ > head_.epoch);
}

Status Sealer::begin(Time recorded_at) {
  Z5_ASSERT(state_ == State::Idle && recorded_at.is_set());
  if (recorded_at < head_.recorded_at)
    return invalid("group: recorded_at: before that of the last group");
  before_ = head_.tree;
  hashes_.clear();
  group_.bytes.clear();
  group_.ends.clear();
  group_.evidence.clear();
  next_.recorded_at = recorded_at;
  next_.epoch = epoch_;
  rotated_from_.reset();
  state_ = State::Open;
  return Done{};
}

Stamp Sealer::stamp(const Digest& commands_digest) const {
  return {next_.size() == 0 ? Digest{} : next_.trust.genesis,
          next_.size(),
          next_.last,
          next_.recorded_at,
          next_.epoch,
          commands_digest};
}

Status Sealer::fits(std::size_t body, std::span<const log::SignedCommand> commands) const {
  if (body == 0 || body > limits::kMaxBody) return invalid("entry: body longer than 65535 bytes");
  const std::size_t record = log::record_size(body, commands, 0);
  if (record - body > limits::kMaxCommands)
    return invalid("entry: commands longer than their limit");
  if (hashes_.size() == limits::kMaxGroup ||
      group_.bytes.size() + record + limits::kMaxSeal > limits::kMaxGroupBytes) {
    return invalid("group: full");
  }
  return Done{};
}

std::uint64_t Sealer::push(std::string_view body, std::span<const log::SignedCommand> commands) {
  log::append_record(group_.bytes, body, commands, {});
  group_.ends.push_back(group_.bytes.size());
  next_.last = entry_hash(body);
  hashes_.push_back(next_.last);
  const std::uint64_t sequence = next_.size();
  if (sequence == 0) next_.trust.genesis = next_.last;
  next_.tree.append(next_.last);
  return sequence;
}

Result<std::uint64_t> Sealer::add(Entry& entry, std::span<const log::SignedCommand> commands) {
  Z5_ASSERT(state_ == State::Open && !rotate_to_);
  const Stamp stamp = this->stamp(log::command_digest(commands));
  entry.ledger = stamp.ledger;
  entry.sequence = stamp.sequence;
  entry.previous = stamp.previous;
  entry.recorded_at = stamp.recorded_at.ns;
  entry.writer_epoch = stamp.writer_epoch;
  entry.command_digest = stamp.command_digest;
  const Bytes body = encode_entry(entry);
  Z5_CHECK(fits(body.size(), commands));
  return push(body, commands);
}

Result<std::uint64_t> Sealer::add(Bytes& body, const Digest& commands_digest,
                                  std::span<const log::SignedCommand> commands) {
  Z5_ASSERT(state_ == State::Open && !rotate_to_);
  Z5_CHECK(fits(body.size(), commands));
  write_stamp(body, stamp(commands_digest));
  return push(body, commands);
}

void Sealer::carry(std::span<const Digest> documents) {
  Z5_ASSERT(state_ == State::Open);
  group_.evidence.insert(group_.evidence.end(), documents.begin(), documents.end());
}

void Sealer::rotate(keys::PrivateKey next) {
  Z5_ASSERT(state_ == State::Open && !hashes_.empty());
  rotate_to_ = std::move(next);
}

std::vector<const keys::PrivateKey*> Sealer::signers() const {
  if (rotate_to_) return {&key_, &*rotate_to_};
  if (rotated_from_) return {&*rotated_from_, &key_};
  return {&key_};
}

const log::Group& Sealer::seal() {
  Z5_ASSERT(state_ == State::Open && !hashes_.empty());
  const Seal seal{next_.trust.origin, next_.size(), next_.tree.root(), next_.epoch};
  const std::size_t last = group_.ends.size() > 1 ? group_.ends[group_.ends.size() - 2] : 0;
  log::append_seal(group_.bytes, last, sign_seal(seal, signers()));
  group_.ends.back() = group_.bytes.size();
  std::ranges::sort(group_.evidence);
  const auto repeats = std::ranges::unique(group_.evidence);
  group_.evidence.erase(repeats.begin(), repeats.end());
  state_ = State::Sealed;
  return group_;
}

void Sealer::committed(log::Position end) {
  Z5_ASSERT(state_ == State::Sealed && end.sequence == next_.size());
  if (rotate_to_) {
    next_.trust.rotate(rotate_to_->public_key(), next_.size());
    rotated_from_ = std::exchange(key_, std::move(*rotate_to_));
    rotate_to_.reset();
  }
  next_.offset = end.offset;
  head_ = next_;
  state_ = State::Idle;
}

void Sealer::discard() {
  next_ = head_;
  rotate_to_.reset();
  hashes_.clear();
  state_ = State::Idle;
}

std::string Sealer::sign_head() const {
  return sign_checkpoint({head_.trust.origin, head_.size(), head_.tree.root()}, signers());
}

}  // namespace z5::chain
