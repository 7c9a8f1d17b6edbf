// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/decision_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "ledger/log/file_reader.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::permit {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kSuffix = ".jsonl";

Error failure(const std::string& path, std::string_view what) {
  return unavailable(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    if (it->path().extension() == kSuffix) out.push_back(it->path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Where a chain of lines stands.
struct Place {
  std::uint64_t number = 0;  // of the next line
  Digest previous;           // of the line before it; zeros: none
  bool known = false;        // false: the next line says where it stands

  Status follow(std::string_view line, const std::string& where) {
    const auto json = parse_json(line);
    if (!json.ok()) return corrupt(fmt::format("{}: {}", where, json.error().message));
    const auto told = json_uint(*json, "number", "line");
    const auto before = json_string(*json, "previous", "line");
    if (!told.ok() || !before.ok()) return corrupt(fmt::format("{}: no decision", where));
    if (known && (*told != number || *before != previous.text())) {
      return corrupt(fmt::format("{}: does not follow the line before it", where));
    }
    number = *told + 1;
    previous = sha256(line);
    known = true;
    return Done{};
  }
};

// Whole lines of one file; the bytes behind the last newline are not counted.
Result<std::size_t> follow_file(const std::string& path, Place& place) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file) return failure(path, "open");
  text << file.rdbuf();
  const std::string bytes = std::move(text).str();
  std::size_t begin = 0;
  for (std::size_t line = 1;; ++line) {
    const std::size_t end = bytes.find('\n', begin);
    if (end == std::string::npos) return begin;
    Z5_CHECK(place.follow(std::string_view(bytes).substr(begin, end - begin),
                          fmt::format("{}:{}", path, line)));
    begin = end + 1;
  }
}

}  // namespace

// The files, as the log's thread owns them.
struct DecisionLog::Files {
  std::string folder;
  log::Disk& disk;
  log::File lock;
  log::File file;
  std::uint64_t size = 0;  // bytes of `file` that are written
  Place synced;            // after what is on disk

  Status open_folder() {
    std::error_code ec;
    fs::create_directories(folder, ec);
    lock = log::File(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock) return failure(folder, "open");
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return unavailable(fmt::format("{}: another process writes decisions here", folder));
    }
    const auto files = files_of(folder);
    if (files.empty()) {
      synced.known = true;
      return Done{};
    }
    Z5_TRY(const std::size_t whole, follow_file(files.back(), synced));
    if (!synced.known) {  // the file was begun and nothing is in it: its name says where it stands
      ::unlink(files.back().c_str());
      return open_folder();
    }
    file = log::File(::open(files.back().c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return failure(files.back(), "open");
    if (disk.ftruncate(file.get(), static_cast<off_t>(whole)) != 0) {
      return failure(files.back(), "cut");
    }
    size = whole;
    return Done{};
  }

  Status begin_file() {
    const std::string path = fmt::format("{}/{:020}{}", folder, synced.number, kSuffix);
    file = log::File(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return failure(path, "open");
    if (::fsync(lock.get()) != 0) return failure(folder, "sync");
    size = 0;
    const auto files = files_of(folder);
    for (std::size_t i = 0; i + limits::kDecisionFiles < files.size(); ++i) {
      ::unlink(files[i].c_str());
    }
    return Done{};
  }

  // Makes the lines durable. After a failure the file is given up: the kernel may have thrown its
  // pages away, so the same lines go into a fresh one when they are tried again.
  Status write(std::string_view members) {
    if (!file || size >= limits::kDecisionFileBytes) Z5_CHECK(begin_file());
    Place next = synced;
    std::string bytes;
    while (!members.empty()) {
      const std::size_t end = members.find('\n');
      const std::string line = fmt::format("{{\"number\":{},\"previous\":\"{}\",{}}}", next.number,
                                           next.previous.text(), members.substr(0, end));
      next.previous = sha256(line);
      ++next.number;
      bytes.append(line).push_back('\n');
      members.remove_prefix(end + 1);
    }
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t wrote = disk.pwrite(file.get(), bytes.data() + done, bytes.size() - done,
                                        static_cast<off_t>(size + done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return give_up("write");
      done += static_cast<std::size_t>(wrote);
    }
    if (disk.fdatasync(file.get()) != 0) return give_up("sync");
    size += bytes.size();
    synced = next;
    return Done{};
  }

  Error give_up(std::string_view what) {
    Error error = failure(folder, what);
    // What was written but not synced must not stand before the same lines in the next file. When
    // nothing of this file was synced, the next one takes its name.
    static_cast<void>(disk.ftruncate(file.get(), static_cast<off_t>(size)));
    file = log::File();
    return error;
  }
};

DecisionLog::DecisionLog(std::unique_ptr<Files> files) : files_(std::move(files)) {
  thread_ = std::thread([this] { run(); });
}

DecisionLog::~DecisionLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_one();
  thread_.join();
}

Result<std::unique_ptr<DecisionLog>> DecisionLog::open(const std::string& folder, log::Disk& disk) {
  auto files = std::unique_ptr<Files>(new Files{folder, disk, log::File(), log::File(), 0, {}});
  Z5_CHECK(files->open_folder());
  return std::unique_ptr<DecisionLog>(new DecisionLog(std::move(files)));
}

Status DecisionLog::writable() const {
  const std::lock_guard lock(mutex_);
  return writable_locked();
}

Status DecisionLog::writable_locked() const {
  if (!failed_.empty()) return unavailable(fmt::format("decision log: {}", failed_));
  if (waiting_.size() > limits::kDecisionQueue) return unavailable("decision log: too slow");
  if (!waiting_.empty() && SteadyClock::now() - waiting_since_ > limits::kDecisionStall) {
    return unavailable("decision log: the disk does not answer");
  }
  return Done{};
}

Status DecisionLog::add(std::string_view members) {
  Z5_ASSERT(members.find('\n') == std::string_view::npos);
  const std::lock_guard lock(mutex_);
  Z5_CHECK(writable_locked());
  if (waiting_.empty()) {
    waiting_since_ = SteadyClock::now();
    added_.notify_one();
  }
  waiting_.append(members).push_back('\n');
  return Done{};
}

void DecisionLog::run() {
  std::string taken;  // being written
  std::unique_lock lock(mutex_);
  for (;;) {
    if (taken.empty()) added_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (taken.empty() && waiting_.empty()) return;
    if (!stopping_) added_.wait_for(lock, limits::kDecisionGather, [&] { return stopping_; });
    // What was taken stays first until it is on disk; nothing more is added while writing fails.
    taken += std::exchange(waiting_, {});
    lock.unlock();
    const Status written = files_->write(taken);
    lock.lock();
    failed_ = written.ok() ? "" : written.error().message;
    if (written.ok()) {
      taken.clear();
    } else if (stopping_) {
      return;  // nothing more can be done; who is asked from now on is refused by nobody's answer
    } else {
      added_.wait_for(lock, limits::kDecisionRetry, [&] { return stopping_; });
    }
  }
}

Result<std::uint64_t> verify_decisions(const std::string& folder) {
  Place place;
  std::uint64_t first = 0;
  for (const std::string& path : files_of(folder)) {
    const bool begin = !place.known;
    Z5_TRY([[maybe_unused]] const std::size_t whole, follow_file(path, place));
    if (begin && place.known) first = std::stoull(fs::path(path).stem().string());
  }
  return place.number - first;
}

}  // namespace z5::permit
