// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "ledger/chain/note_lines.h"
#include "schemas/encoding.h"
#include "schemas/ids.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::chain {

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(root.view()));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Z5_TRY(const auto lines, split_lines(text, 3, "checkpoint"));
  if (!is_origin(lines[0])) return invalid("checkpoint: origin: not of its form");
  Checkpoint checkpoint{std::string(lines[0]), 0, {}};
  Z5_TRY(checkpoint.size, parse_decimal(lines[1], "checkpoint: size"));
  Z5_TRY(checkpoint.root, parse_hash_line(lines[2], "checkpoint: root"));
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint,
                            std::span<const keys::PrivateKey* const> signers) {
  return keys::sign_note(checkpoint.text(), checkpoint.origin, signers);
}

Result<Checkpoint> parse_checkpoint_note(std::string_view note) {
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return invalid("checkpoint: not a signed note");
  return parse_checkpoint(note.substr(0, blank + 1));
}

Result<Checkpoint> verify_checkpoint(std::string_view note, const Trust& trust) {
  Z5_TRY(Checkpoint checkpoint, parse_checkpoint_note(note));  // its size chooses the keys
  if (checkpoint.origin != trust.origin) {
    return invalid(fmt::format("checkpoint: origin: of another ledger, {}", checkpoint.origin));
  }
  const auto verified = keys::verify_note(note, trust.note_keys(checkpoint.size));
  if (!verified.ok()) return invalid("checkpoint: " + verified.error().message);
  Z5_ASSERT(verified->text == checkpoint.text());
  return checkpoint;
}

CheckpointFile::~CheckpointFile() {
  if (file_ >= 0) ::close(file_);
}
CheckpointFile::CheckpointFile(CheckpointFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), size_(other.size_) {}

Status CheckpointFile::write(std::string_view note) {
  const auto failed = [&] { return unavailable(path_ + ": " + std::strerror(errno)); };
  const auto size = static_cast<ssize_t>(note.size());
  if (file_ >= 0 && note.size() == size_) {
    return ::pwrite(file_, note.data(), note.size(), 0) == size ? Status(Done{}) : failed();
  }
  if (file_ >= 0) ::close(file_);
  const std::string beside = path_ + ".new";
  file_ = ::open(beside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  size_ = note.size();
  if (file_ < 0 || ::pwrite(file_, note.data(), note.size(), 0) != size ||
      ::rename(beside.c_str(), path_.c_str()) != 0) {
    size_ = 0;  // the next note begins anew
    return failed();
  }
  return Done{};
}

Result<std::optional<std::string>> read_checkpoint_file(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return std::optional<std::string>();
  std::ifstream file(path, std::ios::binary);
  std::string text(limits::kMaxNoteFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() || file.bad()) return invalid(path + ": cannot be read, or is no checkpoint");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return std::optional(std::move(text));
}

}  // namespace z5::chain
