// SPDX-License-Identifier: Apache-2.0
// Goal: a reader notices everything that is not the chain it pinned, and names the entry. Method:
// the records of a small real ledger, changed in each way, with checksums (and where a thief of the
// key could, seals) made right again.
#include "ledger/chain/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/chain/seal.h"
#include "ledger/chain/verify_log.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

class Tampering : public testing::Test {
 protected:
  Tampering() : trust_(sample::write_ledger(folder_.path(), {1, 3, 4})) {
    std::filesystem::remove(folder_ / "durable");  // every byte counts
    std::string_view bytes = bytes_ = sample::read_file(folder_ / "entries");
    while (!bytes.empty()) {
      const auto record = read(bytes);
      records_.push_back(*log::decode_record(record.frame));
      bytes.remove_prefix(record.frame.size());
    }
  }

  static log::RecordView read(std::string_view bytes) { return **log::read_record(bytes); }

  Result<Head> verify_bytes(std::string_view bytes) {
    sample::write_file(folder_ / "entries", bytes);
    return sample::verify(folder_.path(), trust_);
  }
  Result<Head> verify(const std::vector<log::Record>& records) {
    Bytes bytes;
    for (const log::Record& record : records) bytes += log::encode_record(record);
    return verify_bytes(bytes);
  }
  // The error of verifying `records`; empty when there is none.
  std::string error(const std::vector<log::Record>& records) {
    const auto head = verify(records);
    if (head.ok()) return "";
    EXPECT_EQ(head.error().code, ErrorCode::Corrupt);
    return head.error().message;
  }

  // Entry `at` with one field changed and encoded again.
  template <class F>
  std::string error_with_entry(std::size_t at, F change) {
    std::vector<log::Record> records = records_;
    Entry entry = *decode_entry(records[at].body);
    change(entry);
    records[at].body = encode_entry(entry);
    return error(records);
  }
  // The last group's seal, signed again by `key` as `change` wants it.
  template <class F>
  std::string error_with_seal(const keys::PrivateKey& key, F change) {
    std::vector<log::Record> records = records_;
    std::string& note = records.back().seal;
    Seal seal = *parse_seal(note.substr(0, note.find("\n\n") + 1));
    change(seal);
    const keys::PrivateKey* signers[] = {&key};
    note = sign_seal(seal, signers);
    return error(records);
  }

  sample::Folder folder_;
  Trust trust_;
  Bytes bytes_;
  std::vector<log::Record> records_;  // groups: 0 · 1 · 2 3 4 · 5 6 7 8
};

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(Tampering, NoneIsAccepted) {
  ASSERT_EQ(records_.size(), 9u);
  EXPECT_EQ(error(records_), "");
}

TEST_F(Tampering, EveryFlippedBitIsNamed) {
  const sample::Folder small;
  trust_ = sample::write_ledger(small.path(), {2});
  const Bytes bytes = sample::read_file(small / "entries");
  std::vector<std::size_t> ends;
  for (std::size_t end = 0; end < bytes.size(); ends.push_back(end)) {
    end += read(std::string_view(bytes).substr(end)).frame.size();
  }
  ASSERT_EQ(ends.size(), 3u);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    const auto head = verify_bytes(changed);
    ASSERT_FALSE(head.ok()) << bit;
    EXPECT_EQ(head.error().code, ErrorCode::Corrupt);
    const auto entry = std::ranges::upper_bound(ends, bit / 8) - ends.begin();
    EXPECT_THAT(head.error().message, StartsWith("entry " + std::to_string(entry) + ":"));
  }
}

// Whoever mends the checksums is found by hashes and signatures, at the latest where the group
// ends.
TEST_F(Tampering, EveryFlippedBitWithMendedChecksums) {
  const auto flip = [&](std::size_t at, std::size_t until, Bytes log::Record::* part) {
    for (std::size_t bit = 0; bit < (records_[at].*part).size() * 8; bit += 11) {
      std::vector<log::Record> records = records_;
      Bytes& bytes = records[at].*part;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      const std::string message = error(records);
      const std::size_t entry = message.empty() ? records_.size() : std::stoul(message.substr(6));
      EXPECT_TRUE(entry >= at && entry <= until) << at << " " << bit << " " << message;
    }
  };
  for (const std::size_t at : {0u, 3u, 8u}) flip(at, at == 3 ? 4 : at, &log::Record::body);
  for (const std::size_t at : {0u, 4u, 8u}) flip(at, at, &log::Record::seal);
}

TEST_F(Tampering, RepeatGapReorder) {
  auto records = records_;
  records.insert(records.begin() + 3, records[2]);
  EXPECT_EQ(error(records), "entry 3: sequence: 2 stands here");
  records = records_;
  records.erase(records.begin() + 3);
  EXPECT_EQ(error(records), "entry 3: sequence: 4 stands here");
  records = records_;
  std::swap(records[2], records[3]);
  EXPECT_EQ(error(records), "entry 2: sequence: 3 stands here");
  records = records_;
  records.erase(records.begin());
  EXPECT_EQ(error(records), "entry 0: sequence: 1 stands here");
  records = records_;
  records.erase(records.begin() + 2, records.begin() + 5);  // a whole group
  EXPECT_EQ(error(records), "entry 2: sequence: 5 stands here");
}

TEST_F(Tampering, ChangedFields) {
  EXPECT_EQ(error_with_entry(3, [](Entry& e) { e.previous = sha256("x"); }),
            "entry 3: previous: not the hash of the entry before");
  EXPECT_EQ(error_with_entry(3, [](Entry& e) { e.ledger = sha256("x"); }),
            "entry 3: ledger: of another ledger");
  EXPECT_THAT(error_with_entry(3, [](Entry& e) { ++e.recorded_at; }),
              StartsWith("entry 3: recorded_at"));
  EXPECT_THAT(error_with_entry(2, [](Entry& e) { e.recorded_at = 1; }),
              StartsWith("entry 2: recorded_at"));
  EXPECT_THAT(error_with_entry(3, [](Entry& e) { ++e.writer_epoch; }),
              StartsWith("entry 3: writer_epoch"));
  EXPECT_THAT(error_with_entry(2, [](Entry& e) { e.writer_epoch = 0; }),
              StartsWith("entry 2: writer_epoch"));
  EXPECT_THAT(error_with_entry(3, [](Entry& e) { e.command_digest = sha256("x"); }),
              StartsWith("entry 3: command_digest"));
  EXPECT_EQ(error_with_entry(3, [](Entry& e) { e.actor = "mallory"; }),
            "entry 4: previous: not the hash of the entry before");
  EXPECT_THAT(error_with_entry(8, [](Entry& e) { e.actor = "mallory"; }),
              StartsWith("entry 8: seal: origin, size, root"));
  EXPECT_EQ(error_with_entry(0, [](Entry& e) { e.actor = "mallory"; }),
            "entry 0: not the genesis entry that is pinned");
}

TEST_F(Tampering, ChangedCommands) {
  auto records = records_;
  records[3].commands[0].bytes += "x";
  EXPECT_THAT(error(records), StartsWith("entry 3: command_digest"));
  records = records_;
  records[3].commands.clear();
  EXPECT_THAT(error(records), StartsWith("entry 3: command_digest"));
  records = records_;
  records[3].commands[0] = {log::Encoding::Erased,
                            Bytes(sha256(records[3].commands[0].bytes).view())};
  EXPECT_EQ(error(records), "entry 3: commands: not in clear");
  records[3].commands[0] = {log::Encoding::Sealed, "noise"};
  EXPECT_EQ(error(records), "entry 3: commands: not in clear");
}

TEST_F(Tampering, Seals) {
  auto records = records_;
  records.back().seal.clear();
  EXPECT_EQ(error(records), "entry 9: the log ends here, inside a group without a seal");
  records = records_;
  records[4].seal.clear();  // then two groups look like one, of two times
  EXPECT_THAT(error(records), StartsWith("entry 5: recorded_at"));
  records = records_;
  records[3].seal = records[4].seal;
  EXPECT_THAT(error(records), StartsWith("entry 3: seal: origin, size, root"));
  records = records_;
  records.back().seal = records[4].seal;
  EXPECT_THAT(error(records), StartsWith("entry 8: seal: origin, size, root"));
  const auto key = sample::key(), other = sample::key('x');
  EXPECT_EQ(error_with_seal(key, [](Seal&) {}), "");
  EXPECT_THAT(error_with_seal(other, [](Seal&) {}),
              StartsWith("entry 8: seal: note: no known key"));
  EXPECT_THAT(error_with_seal(key, [](Seal& s) { s.origin = "z5.local/other"; }),
              StartsWith("entry 8: seal"));
  EXPECT_THAT(error_with_seal(key, [](Seal& s) { --s.size; }), StartsWith("entry 8: seal"));
  EXPECT_THAT(error_with_seal(key, [](Seal& s) { s.root = sha256("x"); }),
              StartsWith("entry 8: seal"));
  EXPECT_THAT(error_with_seal(key, [](Seal& s) { ++s.epoch; }), StartsWith("entry 8: seal"));
  records = records_;  // a checkpoint of the same key over the same tree is no seal
  const keys::PrivateKey* signers[] = {&key};
  records.back().seal = sign_checkpoint({trust_.origin, 9, verify(records_)->tree.root()}, signers);
  EXPECT_THAT(error(records), StartsWith("entry 8: seal: seal: not exactly 5 lines"));
}

TEST_F(Tampering, AnotherLedgerOfTheSameOperator) {
  const sample::Folder other;
  auto appender = *sample::open(other.path(), sample::trust());
  Entry genesis = sample::opened();
  ASSERT_TRUE(appender->sealer().begin(sample::kStart + std::chrono::seconds(1)).ok());
  ASSERT_TRUE(appender->sealer().add(genesis, {}).ok());
  ASSERT_TRUE(appender->commit().ok());
  const auto head = verify_bytes(sample::read_file(other / "entries"));
  EXPECT_EQ(head.error().message, "entry 0: not the genesis entry that is pinned");
  Trust pinned = trust_;
  pinned.origin = "z5.local/other";
  sample::write_file(folder_ / "entries", bytes_);
  EXPECT_EQ(sample::verify(folder_.path(), pinned).error().message,
            "entry 0: LedgerOpened: another origin or key than pinned");
}

TEST_F(Tampering, AKeptCheckpointFindsACutAndAnotherHistory) {
  const auto with_kept = [&](const Checkpoint& kept, std::string_view bytes) -> std::string {
    sample::write_file(folder_ / "entries", bytes);
    auto reader = *log::open_file_reader(folder_.path());
    Verifier verifier(empty_head(trust_));
    Status status = verifier.expect(kept);
    if (status.ok()) status = verify_log(*reader, verifier, 2);
    if (status.ok()) status = verifier.finish();
    return status.ok() ? "" : status.error().message;
  };
  const Head head = *verify(records_);
  const Checkpoint kept{trust_.origin, 9, head.tree.root()};
  EXPECT_EQ(with_kept(kept, bytes_), "");
  Bytes cut;
  for (std::size_t i = 0; i < 5; ++i) cut += log::encode_record(records_[i]);
  EXPECT_EQ(error({records_.begin(), records_.begin() + 5}), "");  // nothing else can tell
  EXPECT_EQ(with_kept(kept, cut), "entry 5: the log ends here, but a kept checkpoint has size 9");
  EXPECT_THAT(with_kept({trust_.origin, 9, sha256("x")}, bytes_), HasSubstr("two histories"));
  EXPECT_THAT(with_kept({trust_.origin, 4, sha256("x")}, bytes_),
              HasSubstr("entry 4: seal: the kept checkpoint"));
  Verifier late(head);
  EXPECT_TRUE(late.expect(kept).ok());
  EXPECT_EQ(late.expect({trust_.origin, 9, sha256("x")}).error().code, ErrorCode::Corrupt);
  EXPECT_EQ(late.expect({trust_.origin, 8, sha256("x")}).error().code, ErrorCode::Invalid);
}

TEST_F(Tampering, GoesOnFromAKeptHead) {
  const Head middle = *verify({records_.begin(), records_.begin() + 2});
  const auto resume = [&](const Head& head) -> std::string {
    sample::write_file(folder_ / "entries", bytes_);
    ChainReader reader(*log::open_file_reader(folder_.path(), head.position()), head);
    for (std::uint64_t first = 2;;) {
      const auto group = reader.next(std::chrono::milliseconds(0));
      if (!group.ok()) return group.error().message;
      if (*group == nullptr) break;
      EXPECT_EQ((*group)->first, first);
      first += (*group)->entries.size();
      EXPECT_EQ((*group)->head.size(), first);
    }
    return reader.head().size() == 9 ? "" : "not to the end";
  };
  EXPECT_EQ(resume(*parse_head(to_json(middle))), "");
  Head other = middle;
  other.last = sha256("x");
  EXPECT_EQ(resume(other), "entry 2: previous: not the hash of the entry before");
  other = middle;
  other.tree.append(sha256("x"));
  EXPECT_EQ(resume(other), "entry 3: sequence: 2 stands here");
  other = middle;
  other.tree = *CompactRange::from(2, {sha256("x")});
  EXPECT_THAT(resume(other), StartsWith("entry 4: seal: origin, size, root"));
  other = middle;
  other.offset += 8;
  EXPECT_THAT(resume(other), StartsWith("entry 2: offset"));
}

TEST_F(Tampering, AFailureIsFinal) {
  Verifier verifier(empty_head(trust_));
  const Bytes second = log::encode_record(records_[1]), first = log::encode_record(records_[0]);
  EXPECT_FALSE(verifier.take(read(second)).ok());
  EXPECT_FALSE(verifier.take(read(first)).ok());
  EXPECT_FALSE(verifier.finish().ok());
}

TEST_F(Tampering, ManyThreadsSayTheSame) {
  for (const unsigned threads : {1u, 2u, 5u}) {
    for (const std::size_t damage :
         {bytes_.size(), std::size_t{3}, bytes_.size() / 2, bytes_.size() - 9}) {
      Bytes changed = bytes_;
      if (damage < changed.size()) changed[damage] = static_cast<char>(changed[damage] ^ 1);
      const auto one = verify_bytes(changed);
      auto reader = *log::open_file_reader(folder_.path());
      Verifier verifier(empty_head(trust_));
      Status status = verify_log(*reader, verifier, threads);
      if (status.ok()) status = verifier.finish();
      ASSERT_EQ(status.ok(), one.ok());
      if (one.ok()) {
        EXPECT_EQ(verifier.head(), *one);
      } else {
        EXPECT_EQ(status.error().message, one.error().message);
      }
    }
  }
}

// --- handing the ledger key over

Entry rotated(const keys::PrivateKey& to, std::uint64_t first_size) {
  Entry entry;
  entry.actor = "ana";
  fb::KeyRotatedT event;
  const Bytes& spki = to.public_key().spki();
  event.key.assign(spki.begin(), spki.end());
  event.first_size = first_size;
  entry.event.Set(std::move(event));
  return entry;
}

TEST(Rotation, ExtendsTrustFromItsSizeOn) {
  const sample::Folder folder;
  const auto next = sample::key('M');
  const Trust trust = sample::write_ledger(folder.path(), {2});
  std::string at_rotation;
  {
    auto appender = *sample::open(folder.path(), trust);
    ASSERT_TRUE(appender->sealer().begin(sample::kStart + std::chrono::hours(1)).ok());
    Entry entry = rotated(next, 4);
    ASSERT_TRUE(appender->sealer().add(entry, sample::commands(1)).ok());
    appender->sealer().rotate(next);
    ASSERT_TRUE(appender->commit().ok());
    at_rotation = appender->checkpoint();
    ASSERT_TRUE(sample::append(*appender, 2, sample::kStart + std::chrono::hours(2)).ok());
  }
  const auto head = sample::verify(folder.path(), trust);  // pins the old key only
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->trust.keys.size(), 2u);
  EXPECT_TRUE(
      verify_checkpoint(at_rotation, trust).ok());  // both keys speak at the size of the rotation
  const std::string newest = sample::read_file(folder / "checkpoint");
  EXPECT_TRUE(verify_checkpoint(newest, head->trust).ok());
  EXPECT_FALSE(verify_checkpoint(newest, trust).ok());
  EXPECT_EQ(sample::open(folder.path(), trust).error().code,
            ErrorCode::Invalid);  // the old key no longer writes
  EXPECT_TRUE(sample::open(folder.path(), trust, next).ok());
}

TEST(Rotation, NeedsBothKeysAndItsPlace) {
  const sample::Folder folder;
  const auto old = sample::key(), next = sample::key('M');
  const Trust trust = sample::write_ledger(folder.path(), {2});
  const Head head = *sample::verify(folder.path(), trust);
  const auto error = [&](std::uint64_t first_size, bool entry_behind,
                         std::vector<const keys::PrivateKey*> signers) {
    Sealer sealer(head, head.epoch + 1, old);
    Z5_ASSERT(sealer.begin(head.recorded_at).ok());
    Entry entry = rotated(next, first_size), other = sample::annotated(1);
    Z5_ASSERT(sealer.add(entry, {}).ok());
    if (entry_behind) Z5_ASSERT(sealer.add(other, {}).ok());
    log::Group group = sealer.seal();
    const std::size_t last = group.ends.size() > 1 ? group.ends[0] : 0;
    log::Record record = *log::decode_record(std::string_view(group.bytes).substr(last));
    record.seal =
        sign_seal(*parse_seal(record.seal.substr(0, record.seal.find("\n\n") + 1)), signers);
    const Bytes bytes = group.bytes.substr(0, last) + log::encode_record(record);
    Verifier verifier(head);
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto view = **log::read_record(rest);
      if (const auto taken = verifier.take(view); !taken.ok()) return taken.error().message;
      rest.remove_prefix(view.frame.size());
    }
    return std::string();
  };
  EXPECT_EQ(error(4, false, {&old, &next}), "");
  EXPECT_EQ(error(4, false, {&next, &old}), "");
  EXPECT_EQ(error(4, false, {&old}),
            "entry 3: seal: a rotation needs the old key's line and the new one's");
  EXPECT_EQ(error(4, false, {&next}),
            "entry 3: seal: a rotation needs the old key's line and the new one's");
  EXPECT_THAT(error(5, false, {&old, &next}), StartsWith("entry 3: KeyRotated"));
  EXPECT_EQ(error(4, true, {&old, &next}),
            "entry 4: KeyRotated was not the last entry of its group");
}

}  // namespace
}  // namespace z5::chain
