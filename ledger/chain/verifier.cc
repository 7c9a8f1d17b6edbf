// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/verifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/chain/seal.h"
#include "schemas/limits.h"

namespace z5::chain {

Result<Examined> examine(const log::RecordView& record) {
  Z5_TRY(const Stamped stamped, read_stamp(record.body));
  for (const log::SignedCommandView& command : log::decode_commands(record.commands)) {
    // Sealed needs a key, erased needs its SubjectErased: until this reader knows both, neither
    // counts as proof.
    if (command.encoding != log::Encoding::Clear) return invalid("commands: not in clear");
  }
  const std::optional<Digest> digest = log::command_digest(record.commands);
  if (!digest || *digest != stamped.stamp.command_digest) {
    return invalid("command_digest: not that of the commands in the record");
  }
  return Examined{entry_hash(record.body), stamped.stamp, stamped.event};
}

Verifier::Verifier(Head head) : head_(std::move(head)), next_(head_) {}

Error Verifier::at_entry(std::string_view what) const {
  return corrupt(fmt::format("entry {}: {}", next_sequence(), what));
}

Status Verifier::expect(const Checkpoint& kept) {
  if (kept.origin != head_.trust.origin) return invalid("checkpoint: origin: of another ledger");
  if (kept.size < head_.size()) return invalid("checkpoint: the chain is past its size already");
  if (kept.size > head_.size()) {
    expected_.push_back(kept);
  } else if (kept.root != head_.tree.root()) {
    return at_entry("the kept checkpoint has another root here: two histories");
  }
  return Done{};
}

Result<bool> Verifier::take(const log::RecordView& record) { return take(record, examine(record)); }

Result<bool> Verifier::take(const log::RecordView& record, const Result<Examined>& examined) {
  if (failed_) return *failed_;
  if (const Status status = step(record, examined); !status.ok()) {
    failed_ = status.error();
    return *failed_;
  }
  return !record.seal.empty();
}

Status Verifier::step(const log::RecordView& record, const Result<Examined>& examined) {
  if (!examined.ok()) return at_entry(examined.error().message);
  if (next_.size() == head_.size()) {
    hashes_.clear();
    group_bytes_ = 0;
  }
  Z5_CHECK(link(record, *examined));
  return record.seal.empty() ? Status(Done{}) : close(record);
}

Status Verifier::link(const log::RecordView& record, const Examined& examined) {
  const Stamp& stamp = examined.stamp;
  const bool first_of_group = hashes_.empty(), genesis = next_.size() == 0;
  if (stamp.sequence != next_.size())
    return at_entry(fmt::format("sequence: {} stands here", stamp.sequence));
  if (genesis && examined.hash != next_.trust.genesis)
    return at_entry("not the genesis entry that is pinned");
  if (stamp.ledger != (genesis ? Digest{} : next_.trust.genesis))
    return at_entry("ledger: of another ledger");
  if (stamp.previous != next_.last) return at_entry("previous: not the hash of the entry before");
  if (first_of_group ? stamp.recorded_at < next_.recorded_at
                     : stamp.recorded_at != next_.recorded_at) {
    return at_entry("recorded_at: earlier than before, or another than in its group");
  }
  if (first_of_group ? stamp.writer_epoch < next_.epoch : stamp.writer_epoch != next_.epoch) {
    return at_entry("writer_epoch: smaller than before, or another than in its group");
  }
  if (rotated_to_) return at_entry("KeyRotated was not the last entry of its group");
  group_bytes_ += record.frame.size();
  if (hashes_.size() == limits::kMaxGroup || group_bytes_ > limits::kMaxGroupBytes) {
    return at_entry("the group is longer than its limit, without a seal");
  }
  Z5_CHECK(read_event(record, examined.event));
  hashes_.push_back(examined.hash);
  next_.recorded_at = stamp.recorded_at;
  next_.epoch = stamp.writer_epoch;
  next_.last = examined.hash;
  next_.offset = record.end;
  next_.tree.append(examined.hash);
  return Done{};
}

// The two events that speak of ledger keys.
Status Verifier::read_event(const log::RecordView& record, fb::Event event) {
  const bool genesis = next_.size() == 0;
  if (genesis && event != fb::Event::LedgerOpened) return at_entry("genesis is not LedgerOpened");
  if (!genesis && event == fb::Event::LedgerOpened)
    return at_entry("LedgerOpened stands in the middle");
  if (!genesis && event != fb::Event::KeyRotated) return Done{};
  const auto entry = decode_entry(record.body);
  if (!entry.ok()) return at_entry(entry.error().message);
  if (genesis) {
    const auto& opened = event_as<fb::LedgerOpenedT>(*entry);
    const Bytes spki(opened.key.begin(), opened.key.end());
    const auto is_its_key = [&](const LedgerKey& key) { return key.key.spki() == spki; };
    if (opened.origin != next_.trust.origin || std::ranges::none_of(next_.trust.keys, is_its_key)) {
      return at_entry("LedgerOpened: another origin or key than pinned");
    }
    return Done{};
  }
  const auto& rotated = event_as<fb::KeyRotatedT>(*entry);
  auto key = keys::PublicKey::from_spki(Bytes(rotated.key.begin(), rotated.key.end()));
  if (!key.ok() || key->algorithm() == keys::Algorithm::Rsa ||
      rotated.first_size != next_.size() + 1) {
    return at_entry("KeyRotated: no key, or first_size is not the size that its group ends with");
  }
  rotated_to_ = std::move(*key);
  return Done{};
}

Status Verifier::close(const log::RecordView& record) {
  const std::uint64_t size = next_.size();
  const auto fail = [&](std::string_view what) {
    return corrupt(fmt::format("entry {}: seal: {}", size - 1, what));
  };
  std::vector<keys::NoteKey> known = next_.trust.note_keys(size);
  if (rotated_to_) known.push_back({next_.trust.origin, *rotated_to_});
  const auto note = keys::verify_note(record.seal, known);
  if (!note.ok()) return fail(note.error().message);
  const auto seal = parse_seal(note->text);
  if (!seal.ok()) return fail(seal.error().message);
  if (*seal != Seal{next_.trust.origin, size, next_.tree.root(), next_.epoch}) {
    return fail("origin, size, root or epoch is not this chain's");
  }
  if (rotated_to_) {  // the old key hands over, and the new one proves that it is there
    const auto by_new = [&](std::size_t signer) { return known[signer].key == *rotated_to_; };
    if (std::ranges::none_of(note->signers, by_new) || std::ranges::all_of(note->signers, by_new)) {
      return fail("a rotation needs the old key's line and the new one's");
    }
    next_.trust.rotate(*rotated_to_, size);
    rotated_to_.reset();
  }
  for (const Checkpoint& kept : expected_) {
    // A checkpoint's size is the end of a group, so one that was passed within this group belongs
    // to another history.
    if (kept.size < size || (kept.size == size && kept.root != seal->root)) {
      return fail(fmt::format("the kept checkpoint of size {} is not this chain's: two histories",
                              kept.size));
    }
  }
  std::erase_if(expected_, [&](const Checkpoint& kept) { return kept.size == size; });
  head_ = next_;
  return Done{};
}

Status Verifier::reached_expected() const {
  for (const Checkpoint& kept : expected_) {
    if (kept.size > head_.size()) {
      return corrupt(fmt::format("entry {}: the log ends here, but a kept checkpoint has size {}",
                                 head_.size(), kept.size));
    }
  }
  return Done{};
}

Status Verifier::finish() const {
  if (failed_) return *failed_;
  if (next_.size() != head_.size())
    return at_entry("the log ends here, inside a group without a seal");
  return reached_expected();
}

}  // namespace z5::chain
