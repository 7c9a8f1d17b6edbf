// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/file_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "ledger/log/crc32c.h"
#include "ledger/log/file_log.h"
#include "schemas/limits.h"

namespace z5::log {
namespace {

constexpr std::string_view kMarkMagic = "Z5DURABL";
constexpr std::size_t kMarkSize = 32;
constexpr int kMarkRetries = 100;  // a reader may look while the writer overwrites the mark

using Clock = std::chrono::steady_clock;

void put(char* at, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) at[i] = static_cast<char>(value >> (8 * i) & 0xFF);
}
std::uint64_t get(const char* at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(at[i]);
  return value;
}

// Says how far a reader may go.
struct Bound {
  std::uint64_t strict = 0;  // what is not whole below is damage
  std::uint64_t end = 0;     // nothing is read from here on
};

class FileReader : public Reader {
 public:
  FileReader(std::string path, File entries, Position from)
      : path_(std::move(path)), entries_(std::move(entries)), position_(from) {}

  Status next(Batch& batch, std::chrono::milliseconds timeout) override {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
      Z5_TRY(const Bound bound, this->bound());
      if (bound.strict < position_.offset) {
        return corrupt(
            fmt::format("entry {}: the log ends at offset {}, before {}, which was read from it",
                        position_.sequence, bound.strict, position_.offset));
      }
      batch.reset(position_, 0);
      if (position_.offset < bound.end) Z5_CHECK(fill(batch, bound));
      if (!batch.empty() || !wait(deadline)) return Done{};
    }
  }

  Position position() const override { return position_; }

 protected:
  virtual Result<Bound> bound() = 0;
  // Waits for bound() to move; false when it will not, or not before the deadline.
  virtual bool wait(Clock::time_point deadline) = 0;

  Result<std::uint64_t> file_size() const {
    struct stat info{};
    if (::fstat(entries_.get(), &info) != 0)
      return unavailable(path_ + ": " + std::strerror(errno));
    return static_cast<std::uint64_t>(info.st_size);
  }
  const std::string& path() const { return path_; }
  std::uint64_t offset() const { return position_.offset; }

 private:
  // Reads one batch of at least `want` bytes if there are, and takes all whole records in it.
  Status fill(Batch& batch, const Bound& bound) {
    for (std::size_t want = limits::kReadBatch;;) {
      const std::size_t size = std::min<std::uint64_t>(want, bound.end - position_.offset);
      Z5_TRY(const std::string_view bytes, read(batch, size));
      Z5_TRY(const std::size_t missing, take(batch, bytes, bound));
      if (!batch.empty() || missing == 0) return Done{};
      if (bytes.size() < size ||
          size == bound.end - position_.offset) {  // nothing more to read for it
        return position_.offset < bound.strict ? damage("record: cut") : Status(Done{});
      }
      want = missing;
    }
  }

  Result<std::string_view> read(Batch& batch, std::size_t size) {
    char* memory = batch.reset(position_, size);
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::pread(entries_.get(), memory + have, size - have,
                                  static_cast<off_t>(position_.offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unavailable(path_ + ": " + std::strerror(errno));
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    return std::string_view(memory, have);
  }

  // Moves position_ over the records taken. The value: 0, or when none was taken because `bytes`
  // ends too early, how many bytes the first one needs.
  Result<std::size_t> take(Batch& batch, std::string_view bytes, const Bound& bound) {
    while (!bytes.empty()) {
      auto record = read_record(bytes);
      if (record.ok() && *record) {
        RecordView view = **record;
        bytes.remove_prefix(view.frame.size());
        view.end = position_.offset + view.frame.size();
        position_ = {position_.sequence + 1, view.end};
        batch.add(view);
        continue;
      }
      if (!batch.empty())
        return std::size_t{0};  // first what is sound; the rest when it is its turn
      if (!record.ok()) {
        if (position_.offset >= bound.strict) return std::size_t{0};
        return damage(record.error().message).error();
      }
      return bytes.size() < kFrameHeader ? kFrameHeader : *read_frame_size(bytes);
    }
    return std::size_t{0};
  }

  Status damage(std::string_view what) const {
    return corrupt(
        fmt::format("entry {}: offset {}: {}", position_.sequence, position_.offset, what));
  }

  std::string path_;
  File entries_;
  Position position_;
};

// Every byte counts, and nothing will come.
class WholeFileReader : public FileReader {
 public:
  using FileReader::FileReader;

 private:
  Result<Bound> bound() override {
    Z5_TRY(const std::uint64_t size, file_size());
    return Bound{size, size};
  }
  bool wait(Clock::time_point) override { return false; }
};

// Recovery: to the end of the file, strict below the mark only.
class TailReader : public FileReader {
 public:
  TailReader(std::string path, File entries, Position from, Mark mark)
      : FileReader(std::move(path), std::move(entries), from), mark_(mark) {}

 private:
  Result<Bound> bound() override {
    Z5_TRY(const std::uint64_t size, file_size());
    return Bound{std::max(mark_.end, offset()), size};
  }
  bool wait(Clock::time_point) override { return false; }

  Mark mark_;
};

// Follows the durable mark; the writer's write to it wakes us.
class FollowingReader : public FileReader {
 public:
  FollowingReader(std::string path, File entries, Position from, std::string mark_path,
                  File durable)
      : FileReader(std::move(path), std::move(entries), from),
        mark_path_(std::move(mark_path)),
        durable_(std::move(durable)),
        changes_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (changes_ && ::inotify_add_watch(changes_.get(), mark_path_.c_str(), IN_MODIFY) < 0)
      changes_ = File();
  }

 private:
  Result<Bound> bound() override {
    Z5_TRY(const std::optional<Mark> mark, read_mark(durable_.get(), mark_path_));
    if (!mark) return Bound{};  // the writer is just making it
    Z5_TRY(const std::uint64_t size, file_size());
    if (size < mark->end) {
      return corrupt(
          fmt::format("{}: offset {}: the file ends here, though it was durable up to {}", path(),
                      size, mark->end));
    }
    return Bound{mark->end, mark->end};
  }

  bool wait(Clock::time_point deadline) override {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd change{changes_.get(), POLLIN,
                  0};  // without inotify (its number is limited): look every millisecond
    ::poll(&change, 1, changes_ ? static_cast<int>(std::min<long>(left.count(), 1000)) : 1);
    char events[4096];
    while (changes_ && ::read(changes_.get(), events, sizeof events) > 0) {
    }
    return true;
  }

  std::string mark_path_;
  File durable_;
  File changes_;
};

Result<File> open_for_reading(const std::string& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return unavailable(path + ": " + std::strerror(errno));
  return file;
}

}  // namespace

Bytes encode_mark(const Mark& mark) {
  Bytes bytes(kMarkSize, '\0');
  std::memcpy(bytes.data(), kMarkMagic.data(), kMarkMagic.size());
  put(bytes.data() + 8, mark.end, 8);
  put(bytes.data() + 16, mark.size, 8);
  put(bytes.data() + 24, crc32c({bytes.data(), 24}), 4);
  return bytes;
}

Result<std::optional<Mark>> read_mark(int file, const std::string& path) {
  char bytes[kMarkSize + 1];
  for (int attempt = 0; attempt < kMarkRetries; ++attempt) {
    const ssize_t got = ::pread(file, bytes, sizeof bytes, 0);
    if (got < 0) return unavailable(path + ": " + std::strerror(errno));
    if (got == 0) return std::optional<Mark>();
    if (got == static_cast<ssize_t>(kMarkSize) && kMarkMagic == std::string_view(bytes, 8) &&
        get(bytes + 24, 8) == crc32c({bytes, 24})) {
      return std::optional(Mark{get(bytes + 8, 8), get(bytes + 16, 8)});
    }
  }
  return corrupt(path + ": not a durable mark");
}

Result<std::unique_ptr<Reader>> open_tail_reader(const std::string& entries, Position from,
                                                 Mark mark) {
  Z5_TRY(File file, open_for_reading(entries));
  return std::unique_ptr<Reader>(
      std::make_unique<TailReader>(entries, std::move(file), from, mark));
}

Result<std::unique_ptr<Reader>> open_file_reader(const std::string& entries, Position from) {
  std::filesystem::path path(entries);
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) path /= kEntriesFile;
  const std::string mark_path = (path.parent_path() / kDurableFile).string();
  Z5_TRY(File file, open_for_reading(path.string()));
  File durable(::open(mark_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (durable) {
    return std::unique_ptr<Reader>(std::make_unique<FollowingReader>(
        path.string(), std::move(file), from, mark_path, std::move(durable)));
  }
  if (errno != ENOENT) return unavailable(mark_path + ": " + std::strerror(errno));
  return std::unique_ptr<Reader>(
      std::make_unique<WholeFileReader>(path.string(), std::move(file), from));
}

}  // namespace z5::log
