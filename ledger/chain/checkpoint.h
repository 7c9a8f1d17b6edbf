// SPDX-License-Identifier: Apache-2.0
// The checkpoint (C2SP tlog-checkpoint): a signed note of three lines, without extensions: "this
// tree is committed". The writer signs it only for what its log holds durably, never for a smaller
// size, never for another root at a size once signed. Pure but for the two file functions; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/chain/trust.h"
#include "schemas/digest.h"

namespace z5::chain {

inline constexpr std::string_view kCheckpointFile = "checkpoint";

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const Checkpoint&) const = default;

  std::string text() const;  // "<origin>\n<size>\n<base64 root>\n"
};

// Exactly the three lines; Invalid otherwise.
Result<Checkpoint> parse_checkpoint(std::string_view text);
std::string sign_checkpoint(const Checkpoint& checkpoint,
                            std::span<const keys::PrivateKey* const> signers);
// The checkpoint inside a note whose signatures nobody looked at: to know its size before the keys
// of that size are.
Result<Checkpoint> parse_checkpoint_note(std::string_view note);
// The checkpoint inside `note`, signed by a ledger key that trust holds for its size. Invalid
// otherwise, naming why.
Result<Checkpoint> verify_checkpoint(std::string_view note, const Trust& trust);

// The newest checkpoint in a file, for people and readers nearby. Never synced: it repeats what the
// log can prove. A note as long as the one before overwrites it in place with one write (a rename
// costs a single commit as much again as its fdatasync does); any other length replaces the file by
// rename. A reader who meets a note half overwritten finds that it does not verify, and reads
// again. One thread.
class CheckpointFile {
 public:
  explicit CheckpointFile(std::string path) : path_(std::move(path)) {}
  ~CheckpointFile();
  CheckpointFile(CheckpointFile&& other) noexcept;
  CheckpointFile& operator=(CheckpointFile&&) = delete;

  // Unavailable: the file system says no.
  Status write(std::string_view note);

 private:
  std::string path_;
  int file_ = -1;
  std::size_t size_ = 0;  // of the note in it
};
// nullopt when there is none; at most 64 KiB.
Result<std::optional<std::string>> read_checkpoint_file(const std::string& path);

}  // namespace z5::chain
