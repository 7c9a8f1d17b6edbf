// SPDX-License-Identifier: Apache-2.0
// Goal: whatever a crash leaves, the next writer finds a verified end and goes on; it never cuts
// what was committed. Method: the file cut at every byte of its last two groups, disks that fail
// while a group is appended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "ledger/chain/appender.h"
#include "schemas/limits.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

using std::chrono_literals::operator""h;

// Thousands of openings: without the waits of a real disk.
class QuickDisk : public log::Disk {
 public:
  int fdatasync(int) override { return 0; }
  int reserve(int, off_t, off_t) override { return 0; }
};

TEST(Recovery, CutAtEveryByteOfTheLastTwoGroups) {
  QuickDisk disk;
  const sample::Folder folder;
  Trust trust = sample::write_ledger(folder.path(), {2});
  const std::uint64_t committed = sample::verify(folder.path(), trust)->offset;
  const Bytes mark = sample::read_file(folder / "durable"),
              checkpoint = sample::read_file(folder / "checkpoint");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> whole = {{committed, 3}};  // offset, size
  {
    auto appender = *sample::open(folder.path(), trust);
    for (const int count : {1, 2}) {
      ASSERT_TRUE(sample::append(*appender, count, sample::kStart + 1h).ok());
      whole.push_back({appender->head().offset, appender->head().size()});
    }
  }
  const Bytes bytes = sample::read_file(folder / "entries");
  for (std::uint64_t end = committed; end <= bytes.size(); ++end) {
    sample::write_file(folder / "entries", bytes.substr(0, end));
    sample::write_file(folder / "durable", mark);
    sample::write_file(folder / "checkpoint", checkpoint);
    auto appender = sample::open(folder.path(), trust, sample::key(), disk);
    ASSERT_TRUE(appender.ok()) << end << ": " << appender.error().message;
    std::uint64_t size = 0;
    for (const auto& [offset, entries] : whole) size = offset <= end ? entries : size;
    EXPECT_EQ((*appender)->head().size(), size) << end;
    ASSERT_TRUE(sample::append(**appender, 1, sample::kStart + 2h).ok());
    const auto head = sample::verify(folder.path(), trust);
    ASSERT_TRUE(head.ok()) << head.error().message;
    EXPECT_EQ(head->size(), size + 1);
    EXPECT_TRUE((*appender)->history().contains(3, parse_checkpoint_note(checkpoint)->root));
  }
}

TEST(Recovery, NeverCutsWhatWasCommitted) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {2, 3});
  const Bytes bytes = sample::read_file(folder / "entries"),
              mark = sample::read_file(folder / "durable");
  for (std::size_t end = 0; end < bytes.size(); end += 7) {
    sample::write_file(folder / "entries", bytes.substr(0, end));
    const auto appender = sample::open(folder.path(), trust);
    ASSERT_FALSE(appender.ok());
    EXPECT_EQ(appender.error().code, ErrorCode::Corrupt);
    EXPECT_EQ(sample::read_file(folder / "entries"), bytes.substr(0, end));
  }
  // Without the mark the kept checkpoint still finds a cut at the end of a group.
  std::filesystem::remove(folder / "durable");
  const std::uint64_t middle = [&] {
    const sample::Folder shorter;
    return sample::verify(shorter.path(), sample::write_ledger(shorter.path(), {2}))->offset;
  }();
  sample::write_file(folder / "entries", bytes.substr(0, middle));
  const auto appender = sample::open(folder.path(), trust);
  ASSERT_FALSE(appender.ok());
  EXPECT_EQ(appender.error().message,
            "entry 3: the log ends here, but a kept checkpoint has size 6");
}

TEST(Recovery, OnlyOneAppender) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1});
  const auto first = sample::open(folder.path(), trust);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(sample::open(folder.path(), trust).error().code, ErrorCode::Conflict);
}

TEST(Recovery, AnotherKeyDoesNotWrite) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1});
  EXPECT_EQ(sample::open(folder.path(), trust, sample::key('x')).error().code, ErrorCode::Invalid);
  Trust other = trust;
  other.keys[0].key = sample::key('x').public_key();
  EXPECT_EQ(sample::open(folder.path(), other, sample::key('x')).error().code, ErrorCode::Corrupt);
}

class BadDisk : public log::Disk {
 public:
  int fdatasync(int file) override { return fail_sync_ ? errno = EIO, -1 : Disk::fdatasync(file); }
  int reserve(int file, off_t offset, off_t size) override {
    return full_ ? errno = ENOSPC, -1 : Disk::reserve(file, offset, size);
  }
  bool fail_sync_ = false, full_ = false;
};

TEST(Recovery, AFullDiskChangesNothing) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1});
  BadDisk disk;
  auto appender = *sample::open(folder.path(), trust, sample::key(), disk);
  const std::string before = to_json(appender->head());
  disk.full_ = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sample::append(*appender, 2, sample::kStart + 1h).error().code,
              ErrorCode::Unavailable);
    EXPECT_EQ(to_json(appender->head()), before);
  }
  disk.full_ = false;
  ASSERT_TRUE(sample::append(*appender, 2, sample::kStart + 1h).ok());
  EXPECT_EQ(sample::verify(folder.path(), trust)->size(), 4u);
}

TEST(Recovery, AFailedSyncEndsTheWriterBeforeItsCheckpoint) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1});
  BadDisk disk;
  auto appender = sample::open(folder.path(), trust, sample::key(), disk);
  ASSERT_TRUE(appender.ok());
  const std::string checkpoint = sample::read_file(folder / "checkpoint");
  disk.fail_sync_ = true;
  EXPECT_EQ(sample::append(**appender, 1, sample::kStart + 1h).error().code, ErrorCode::Corrupt);
  disk.fail_sync_ = false;
  EXPECT_EQ((*appender)->commit().error().code, ErrorCode::Corrupt);
  EXPECT_EQ(sample::read_file(folder / "checkpoint"),
            checkpoint);  // nothing is signed that may not be there
  *appender = nullptr;
  auto next = sample::open(folder.path(), trust);
  ASSERT_TRUE(next.ok()) << next.error().message;
  EXPECT_EQ((*next)->head().size(), 3u);  // it was whole after all
}

TEST(Recovery, TimeNeverRunsBack) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1});
  auto appender = *sample::open(folder.path(), trust);
  EXPECT_EQ(appender->sealer().begin(sample::kStart).error().code, ErrorCode::Invalid);
  EXPECT_TRUE(appender->sealer().begin(appender->head().recorded_at).ok());
}

TEST(Recovery, AFullGroupTakesNoMore) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {});
  auto appender = *sample::open(folder.path(), trust);
  ASSERT_TRUE(appender->sealer().begin(sample::kStart + 1h).ok());
  for (std::size_t i = 0; i < limits::kMaxGroup; ++i) {
    Entry entry = sample::annotated(1);
    ASSERT_TRUE(appender->sealer().add(entry, {}).ok());
  }
  Entry entry = sample::annotated(1);
  EXPECT_EQ(appender->sealer().add(entry, {}).error().code, ErrorCode::Invalid);
  ASSERT_TRUE(appender->commit().ok());
  EXPECT_EQ(sample::verify(folder.path(), trust)->size(), 1 + limits::kMaxGroup);
}

}  // namespace
}  // namespace z5::chain
