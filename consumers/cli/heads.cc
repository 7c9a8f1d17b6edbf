// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/heads.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "consumers/cli/files.h"
#include "schemas/json.h"

namespace z5::cli {

Result<Heads> Heads::open(const std::string& folder, const Digest& genesis) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const std::string path = fmt::format("{}/{}.json", folder, genesis.hex());
  const int lock = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || ::flock(lock, LOCK_EX) != 0) {
    const std::string why = std::strerror(errno);
    if (lock >= 0) ::close(lock);
    return unavailable(fmt::format("{}.lock: {}", path, why));
  }
  Heads heads(path, lock);
  Z5_CHECK(heads.read());
  return heads;
}

Heads::Heads(Heads&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      newest_(std::move(other.newest_)),
      own_sequence_(other.own_sequence_) {}

Heads::~Heads() {
  if (lock_ >= 0) ::close(lock_);
}

Status Heads::read() {
  if (!std::filesystem::exists(path_)) return Done{};
  const auto parsed = [&]() -> Status {
    Z5_TRY(const Bytes text, read_file(path_, limits::kMaxNoteFile));
    Z5_TRY(const Json json, parse_json(text));
    Z5_CHECK(json_only_fields(json, {"size", "root", "own_sequence"}, "head"));
    chain::Checkpoint newest;
    Z5_TRY(newest.size, json_uint(json, "size", "head"));
    Z5_TRY(const std::string root, json_string(json, "root", "head"));
    Z5_TRY(newest.root, digest_from_text(root));
    Z5_TRY(own_sequence_, json_uint(json, "own_sequence", "head"));
    newest_ = newest;
    return Done{};
  }();
  // Without what was seen nothing can be found out: somebody must look before it is thrown away.
  if (!parsed.ok()) return corrupt(fmt::format("{}: {}", path_, parsed.error().message));
  return Done{};
}

Status Heads::write() const {
  const Json json = {{"size", std::to_string(newest_->size)},
                     {"root", newest_->root.text()},
                     {"own_sequence", std::to_string(own_sequence_)}};
  const Status wrote = write_file(path_, canonical_json(json) + "\n", 0600);
  return wrote.ok() ? wrote : Status(unavailable(wrote.error().message));
}

Status Heads::keep_newest(const chain::Checkpoint& checkpoint) {
  if (newest_ && checkpoint.size < newest_->size) {
    return corrupt(fmt::format("the ledger shows {} entries; {} were seen before ({})",
                               checkpoint.size, newest_->size, path_));
  }
  if (newest_ && checkpoint.size == newest_->size && checkpoint.root != newest_->root) {
    return corrupt(fmt::format("the ledger shows another history of {} entries than before ({})",
                               checkpoint.size, path_));
  }
  if (newest_ && checkpoint.size == newest_->size) return Done{};
  newest_ = checkpoint;
  return write();
}

Status Heads::keep_receipt(const chain::Checkpoint& checkpoint, std::uint64_t sequence) {
  if (!newest_ || checkpoint.size >= newest_->size) Z5_CHECK(keep_newest(checkpoint));
  return keep_sequence(sequence);
}

Status Heads::keep_sequence(std::uint64_t sequence) {
  if (!newest_ || sequence <= own_sequence_) return Done{};
  own_sequence_ = sequence;
  return write();
}

}  // namespace z5::cli
