// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/file_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "ledger/log/file_reader.h"
#include "schemas/limits.h"

namespace z5::log {
namespace {

std::string errno_text() { return std::strerror(errno); }
off_t at(std::uint64_t offset) { return static_cast<off_t>(offset); }

// A failure after which the file is as it was, once the half-written tail is cut.
bool is_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

class FileWriter : public Writer {
 public:
  FileWriter(Disk& disk, std::string entries_path, File entries, File durable, Mark mark)
      : disk_(disk),
        path_(std::move(entries_path)),
        entries_(std::move(entries)),
        durable_(std::move(durable)),
        mark_(mark) {}

  Result<std::unique_ptr<Reader>> tail(Position from) override {
    return open_tail_reader(path_, from, mark_);
  }

  Status begin(Position end) override {
    Z5_ASSERT(!begun_);
    if (end.offset < mark_.end) {
      return corrupt(fmt::format(
          "entry {}: offset {}: the log is not whole here, though it was durable up to {}",
          end.sequence, end.offset, mark_.end));
    }
    struct stat info{};
    if (::fstat(entries_.get(), &info) != 0) return unavailable(path_ + ": " + errno_text());
    if (static_cast<std::uint64_t>(info.st_size) > end.offset &&
        disk_.ftruncate(entries_.get(), at(end.offset)) != 0) {
      return unavailable(path_ + ": cannot cut the torn tail: " + errno_text());
    }
    Z5_CHECK(rewrite(mark_.end, end.offset));
    if (disk_.fdatasync(entries_.get()) != 0)
      return unavailable(path_ + ": fdatasync: " + errno_text());
    if (!publish(end))
      return unavailable(path_ + ": cannot write the durable mark: " + errno_text());
    reserved_ = end.offset;
    begun_ = true;
    return Done{};
  }

  Expected<Position, AppendFailure> append(const Group& group) override {
    Z5_ASSERT(begun_ && !group.ends.empty() && group.ends.back() == group.bytes.size());
    if (dead_)
      return AppendFailure{true, "the writer has ended: an earlier append has an unknown outcome"};
    if (!reserve(group.bytes.size())) return AppendFailure{false, path_ + ": " + errno_text()};
    if (!write(group.bytes, mark_.end)) {
      const int error = errno;
      dead_ = disk_.ftruncate(entries_.get(), at(mark_.end)) != 0 || !is_full(error);
      reserved_ = mark_.end;  // cutting may give back what was reserved
      return AppendFailure{dead_, path_ + ": write: " + std::strerror(error)};
    }
    if (disk_.fdatasync(entries_.get()) != 0) {
      dead_ = true;
      return AppendFailure{true, path_ + ": fdatasync: " + errno_text()};
    }
    const Position end{mark_.size + group.ends.size(), mark_.end + group.bytes.size()};
    if (!publish(end)) {
      dead_ = true;
      return AppendFailure{true, path_ + ": cannot write the durable mark: " + errno_text()};
    }
    return end;
  }

 private:
  bool write(std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
      const ssize_t wrote = disk_.pwrite(entries_.get(), bytes.data(), bytes.size(), at(offset));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      offset += static_cast<std::uint64_t>(wrote);
    }
    return true;
  }

  // A crash after a failed fdatasync may have left pages that look whole but that the kernel no
  // longer means to write: writing them again makes them dirty, so that the fdatasync that follows
  // speaks for them.
  Status rewrite(std::uint64_t from, std::uint64_t to) {
    Bytes buffer(limits::kReadBatch, '\0');
    while (from < to) {
      const std::size_t size = std::min<std::uint64_t>(buffer.size(), to - from);
      const ssize_t got = ::pread(entries_.get(), buffer.data(), size, at(from));
      if (got <= 0 || !write({buffer.data(), static_cast<std::size_t>(got)}, from)) {
        return unavailable(path_ + ": cannot write the tail again: " + errno_text());
      }
      from += static_cast<std::uint64_t>(got);
    }
    return Done{};
  }

  bool reserve(std::size_t size) {
    if (mark_.end + size <= reserved_) return true;
    for (const std::size_t chunk : {std::max(size, limits::kLogReserve), size}) {
      if (disk_.reserve(entries_.get(), at(mark_.end), at(chunk)) == 0) {
        reserved_ = mark_.end + chunk;
        return true;
      }
      if (errno == EOPNOTSUPP) {  // then a full disk shows in write(), which is cut back
        reserved_ = std::numeric_limits<std::uint64_t>::max();
        return true;
      }
    }
    return false;
  }

  bool publish(Position end) {
    mark_ = {end.offset, end.sequence};
    const Bytes bytes = encode_mark(mark_);
    return disk_.pwrite(durable_.get(), bytes.data(), bytes.size(), 0) ==
           static_cast<ssize_t>(bytes.size());
  }

  Disk& disk_;
  std::string path_;
  File entries_;  // holds the lock
  File durable_;
  Mark mark_;
  std::uint64_t reserved_ = 0;  // offset up to which the disk has set space aside
  bool begun_ = false;
  bool dead_ = false;
};

Status sync_folder(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return unavailable(path + ": " + errno_text());
  return Done{};
}

// The mark of a log that has none: an empty file is new, and of a copied one every byte counts.
Result<Mark> make_mark(int entries, int durable) {
  struct stat info{};
  if (::fstat(entries, &info) != 0) return unavailable(errno_text());
  const Mark mark{static_cast<std::uint64_t>(info.st_size), 0};
  const Bytes bytes = encode_mark(mark);
  if (::pwrite(durable, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(durable) != 0) {
    return unavailable(errno_text());
  }
  return mark;
}

}  // namespace

Result<std::unique_ptr<Writer>> open_file_writer(const std::string& folder, Disk& disk) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const std::string path = fmt::format("{}/{}", folder, kEntriesFile);
  const std::string mark_path = fmt::format("{}/{}", folder, kDurableFile);
  File entries(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!entries) return unavailable(path + ": " + errno_text());
  if (::flock(entries.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return conflict(path + ": another writer has it open");
    return unavailable(path + ": " + errno_text());
  }
  File durable(::open(mark_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!durable) return unavailable(mark_path + ": " + errno_text());
  Z5_TRY(std::optional<Mark> mark, read_mark(durable.get(), mark_path));
  if (!mark) {
    Z5_TRY(mark, make_mark(entries.get(), durable.get()));
    Z5_CHECK(sync_folder(folder));
  }
  struct stat info{};
  if (::fstat(entries.get(), &info) != 0) return unavailable(path + ": " + errno_text());
  if (static_cast<std::uint64_t>(info.st_size) < mark->end) {
    return corrupt(fmt::format("{}: offset {}: the file ends here, though it was durable up to {}",
                               path, info.st_size, mark->end));
  }
  return std::unique_ptr<Writer>(
      std::make_unique<FileWriter>(disk, path, std::move(entries), std::move(durable), *mark));
}

}  // namespace z5::log
