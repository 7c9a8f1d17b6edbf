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

// Replaces the file by rename, without a sync: it repeats what the log can prove. Unavailable when
// it cannot.
Status write_checkpoint_file(const std::string& path, std::string_view note);
// nullopt when there is none; at most 64 KiB.
Result<std::optional<std::string>> read_checkpoint_file(const std::string& path);

}  // namespace z5::chain
