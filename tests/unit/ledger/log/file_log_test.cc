// SPDX-License-Identifier: Apache-2.0
// Goal: what append() says is what the disk holds. Method: a real folder, and a disk that fails on
// command: writes cut at every byte, no space, a failing fdatasync, un-synced writes lost with the
// power.
#include "ledger/log/file_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "schemas/limits.h"

namespace z5::log {
namespace {

using std::chrono_literals::operator""ms;

class FileLog : public testing::Test {
 protected:
  FileLog() {
    std::string name = std::filesystem::temp_directory_path() / "z5_log_test.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~FileLog() override { std::filesystem::remove_all(folder_); }

  std::string entries() const { return folder_ + "/entries"; }
  std::string durable() const { return folder_ + "/durable"; }
  static Bytes read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
  }
  static void write(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::string folder_;
};

Group group(std::initializer_list<std::string_view> bodies) {
  Group out;
  for (const std::string_view body : bodies) {
    append_record(out.bytes, body, {}, {});
    out.ends.push_back(out.bytes.size());
  }
  return out;
}

// All bodies that `reader` gives without waiting, and its error, if any, as the last one.
std::vector<std::string> bodies(Reader& reader) {
  std::vector<std::string> out;
  Batch batch;
  for (;;) {
    const Status status = reader.next(batch, 0ms);
    if (!status.ok()) {
      out.push_back("error: " + status.error().message);
      return out;
    }
    if (batch.empty()) return out;
    for (const RecordView& record : batch.records()) out.emplace_back(record.body);
  }
}

// Opens for writing and takes as verified all that is whole.
Result<std::unique_ptr<Writer>> recover(const std::string& folder, Disk& disk = real_disk()) {
  Z5_TRY(auto writer, open_file_writer(folder, disk));
  Z5_TRY(auto tail, writer->tail({}));
  bodies(*tail);
  Z5_CHECK(writer->begin(tail->position()));
  return writer;
}

TEST_F(FileLog, ReadsWhatWasAppended) {
  auto writer = *recover(folder_);
  auto reader = *open_file_reader(folder_);
  EXPECT_TRUE(bodies(*reader).empty());
  ASSERT_TRUE(writer->append(group({"a", "b"})).ok());
  EXPECT_EQ(bodies(*reader), (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(writer->append(group({"c"})).ok());
  const Position middle = reader->position();
  EXPECT_EQ(bodies(*reader), (std::vector<std::string>{"c"}));
  EXPECT_EQ(reader->position().sequence, 3u);
  EXPECT_EQ(bodies(**open_file_reader(entries(), middle)), (std::vector<std::string>{"c"}));
  EXPECT_EQ(std::filesystem::file_size(entries()),
            reader->position().offset);  // reserved space is not size
}

TEST_F(FileLog, GoesOnAfterARestart) {
  for (int run = 0; run < 3; ++run) ASSERT_TRUE((*recover(folder_))->append(group({"x"})).ok());
  EXPECT_EQ(bodies(**open_file_reader(folder_)).size(), 3u);
}

TEST_F(FileLog, ARecordLongerThanABatch) {
  auto writer = *recover(folder_);
  Group big;
  const SignedCommand command{Encoding::Clear, Bytes(limits::kReadBatch * 2, 'c')};
  append_record(big.bytes, "big", std::span(&command, 1), {});
  big.ends = {big.bytes.size()};
  ASSERT_TRUE(writer->append(group({"a"})).ok());
  ASSERT_TRUE(writer->append(big).ok());
  EXPECT_EQ(bodies(**open_file_reader(folder_)), (std::vector<std::string>{"a", "big"}));
}

TEST_F(FileLog, AWaitingReaderWakesAtOnce) {
  auto writer = *recover(folder_);
  auto reader = *open_file_reader(folder_);
  std::chrono::steady_clock::time_point woke;
  std::thread waiting([&] {
    Batch batch;
    EXPECT_TRUE(reader->next(batch, 10'000ms).ok());
    woke = std::chrono::steady_clock::now();
    EXPECT_EQ(batch.records().size(), 1u);
  });
  std::this_thread::sleep_for(50ms);
  ASSERT_TRUE(writer->append(group({"a"})).ok());
  const auto durable_at = std::chrono::steady_clock::now();
  waiting.join();
  EXPECT_LT(woke - durable_at, 500ms);  // about a millisecond on an idle machine
  Batch batch;
  EXPECT_TRUE(reader->next(batch, 20ms).ok());
  EXPECT_TRUE(batch.empty());
}

TEST_F(FileLog, OnlyOneWriter) {
  auto first = recover(folder_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(open_file_writer(folder_).error().code, ErrorCode::Conflict);
  *first = nullptr;
  EXPECT_TRUE(open_file_writer(folder_).ok());
}

TEST_F(FileLog, WithoutAMarkEveryByteCounts) {
  ASSERT_TRUE((*recover(folder_))->append(group({"a", "b"})).ok());
  const Bytes bytes = read(entries());
  std::filesystem::remove(durable());
  EXPECT_EQ(bodies(**open_file_reader(folder_)).size(), 2u);
  write(entries(), bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(bodies(**open_file_reader(folder_)).back(),
              testing::HasSubstr("entry 1: offset 40: record: cut"));
  auto writer = *open_file_writer(folder_);  // and a writer does not cut it either
  auto tail = *writer->tail({});
  EXPECT_THAT(bodies(*tail).back(), testing::HasSubstr("entry 1: offset 40"));
  EXPECT_EQ(writer->begin(tail->position()).error().code, ErrorCode::Corrupt);
}

TEST_F(FileLog, DamageBelowTheMarkIsNamed) {
  ASSERT_TRUE((*recover(folder_))->append(group({"a", "b", "c"})).ok());
  const Bytes bytes = read(entries()), mark = read(durable());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write(entries(), changed);
    const std::string place =
        "error: entry " + std::to_string(at / 40) + ": offset " + std::to_string(at / 40 * 40);
    EXPECT_THAT(bodies(**open_file_reader(folder_)).back(), testing::StartsWith(place));
    auto writer = *open_file_writer(folder_);
    auto tail = *writer->tail({});
    EXPECT_THAT(bodies(*tail).back(), testing::StartsWith(place));
    EXPECT_EQ(writer->begin(tail->position()).error().code, ErrorCode::Corrupt);
    EXPECT_EQ(read(entries()), changed);
  }
  write(entries(), bytes.substr(0, bytes.size() - 40));  // whole, but shorter than the mark says
  EXPECT_EQ(open_file_writer(folder_).error().code, ErrorCode::Corrupt);
  EXPECT_THAT(bodies(**open_file_reader(folder_)).back(), testing::HasSubstr("offset 80"));
  write(entries(), bytes);
  for (std::size_t at = 0; at < mark.size(); ++at) {
    Bytes changed = mark;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    write(durable(), changed);
    EXPECT_EQ(open_file_writer(folder_).error().code, ErrorCode::Corrupt) << at;
    EXPECT_THAT(bodies(**open_file_reader(folder_)).back(),
                testing::HasSubstr("not a durable mark"));
  }
}

TEST_F(FileLog, AReaderThatWasFurtherStops) {
  ASSERT_TRUE((*recover(folder_))->append(group({"a"})).ok());
  auto reader = *open_file_reader(folder_, {5, 200});
  EXPECT_THAT(bodies(*reader).back(),
              testing::HasSubstr("entry 5: the log ends at offset 40, before 200"));
}

// A disk that fails on command.
class BadDisk : public Disk {
 public:
  ssize_t pwrite(int file, const char* data, std::size_t size, off_t offset) override {
    if (size == 32) return Disk::pwrite(file, data, size, offset);  // the mark
    if (write_error_ == 0) return Disk::pwrite(file, data, size, offset);
    if (write_at_most_ == 0) return errno = write_error_, -1;
    const std::size_t part = std::min(size, std::exchange(write_at_most_, 0));
    return Disk::pwrite(file, data, part, offset);
  }
  int fdatasync(int file) override { return fail_sync_ ? errno = EIO, -1 : Disk::fdatasync(file); }
  int reserve(int file, off_t offset, off_t size) override {
    return reserve_error_ != 0 ? errno = reserve_error_, -1 : Disk::reserve(file, offset, size);
  }

  int write_error_ = 0, reserve_error_ = 0;
  std::size_t write_at_most_ = 0;
  bool fail_sync_ = false;
};

TEST_F(FileLog, AFullDiskChangesNothingAndAppendingResumes) {
  BadDisk disk;
  auto writer = *recover(folder_, disk);
  ASSERT_TRUE(writer->append(group({"a"})).ok());
  writer.reset();
  writer = *recover(folder_, disk);  // nothing is reserved
  const Bytes before = read(entries());
  for (const int error : {ENOSPC, EDQUOT}) {
    disk.reserve_error_ = error;
    const auto outcome = writer->append(group({"b"}));
    ASSERT_FALSE(outcome.ok());
    EXPECT_FALSE(outcome.error().unknown);
    EXPECT_EQ(read(entries()), before);
  }
  disk.reserve_error_ = EOPNOTSUPP;  // then the write itself meets the full disk, in its middle
  disk.write_error_ = ENOSPC;
  for (std::size_t part = 0; part < 40; part += 13) {
    disk.write_at_most_ = part;
    const auto outcome = writer->append(group({"b"}));
    ASSERT_FALSE(outcome.ok());
    EXPECT_FALSE(outcome.error().unknown);
    EXPECT_EQ(read(entries()), before);
  }
  disk.write_error_ = disk.reserve_error_ = 0;
  ASSERT_TRUE(writer->append(group({"c"})).ok());
  EXPECT_EQ(bodies(**open_file_reader(folder_)), (std::vector<std::string>{"a", "c"}));
}

TEST_F(FileLog, AfterAFailedSyncTheWriterHasEnded) {
  BadDisk disk;
  auto writer = *recover(folder_, disk);
  ASSERT_TRUE(writer->append(group({"a"})).ok());
  auto reader = *open_file_reader(folder_);
  disk.fail_sync_ = true;
  EXPECT_TRUE(writer->append(group({"b"})).error().unknown);
  disk.fail_sync_ = false;
  EXPECT_TRUE(writer->append(group({"c"})).error().unknown);
  EXPECT_EQ(bodies(*reader), (std::vector<std::string>{"a"}));  // readers never saw it
  writer.reset();
  writer = *recover(folder_);  // the next writer finds it whole, and makes it durable
  EXPECT_EQ(bodies(*reader), (std::vector<std::string>{"b"}));
}

TEST_F(FileLog, AWriteErrorIsNotAFullDisk) {
  BadDisk disk;
  auto writer = *recover(folder_, disk);
  disk.write_error_ = EIO;
  EXPECT_TRUE(writer->append(group({"a"})).error().unknown);
}

// A crash in the middle of a write leaves any prefix of it; power loss may also leave any page of
// it out.
TEST_F(FileLog, ATornTailIsCutAtEveryByte) {
  ASSERT_TRUE((*recover(folder_))->append(group({"a"})).ok());
  const Bytes before = read(entries()), mark = read(durable());
  const Group torn = group({"b", "c"});
  for (std::size_t size = 0; size <= torn.bytes.size(); ++size) {
    for (const bool zeros : {false, true}) {  // the file's size was written, its bytes were not
      write(durable(), mark);
      write(entries(), before + torn.bytes.substr(0, size) +
                           Bytes(zeros ? torn.bytes.size() - size : 0, '\0'));
      EXPECT_EQ(bodies(**open_file_reader(folder_)),
                (std::vector<std::string>{"a"}));  // readers stop at the mark
      auto writer = recover(folder_);
      ASSERT_TRUE(writer.ok()) << writer.error().message;
      ASSERT_TRUE((*writer)->append(group({"d"})).ok());
      std::vector<std::string> expected = {"a"};
      if (size >= (zeros ? 33u : 40u)) expected.push_back("b");  // a record ends in seven zeros
      if (size >= (zeros ? 73u : 80u)) expected.push_back("c");
      expected.push_back("d");
      EXPECT_EQ(bodies(**open_file_reader(folder_)), expected) << size;
    }
  }
}

TEST_F(FileLog, LostUnsyncedWritesAreNoLoss) {
  auto writer = *recover(folder_);
  ASSERT_TRUE(writer->append(group({"a"})).ok());
  const Bytes synced = read(entries()), mark = read(durable());
  ASSERT_TRUE(writer->append(group({"b"})).ok());
  writer.reset();
  write(durable(), mark);  // the mark is not synced: after power loss it may be an older one
  writer = *recover(folder_);
  EXPECT_EQ(bodies(**open_file_reader(folder_)).size(), 2u);
  writer.reset();
  write(durable(), mark);
  write(entries(), synced);  // and what was not synced either is gone
  writer = *recover(folder_);
  EXPECT_EQ(bodies(**open_file_reader(folder_)).size(), 1u);
}

}  // namespace
}  // namespace z5::log
