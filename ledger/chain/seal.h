// SPDX-License-Identifier: Apache-2.0
// The seal of a group, a signed note (C2SP signed-note): "this writer wrote the chain up to here".
// Stands on the group's last record. "Written", not "committed": that is the checkpoint's word.
// Pure; any thread.
//
//   z5-seal/v1\n <origin>\n <size>\n <base64 root>\n <epoch>\n   (each line without the leading
//   space)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ledger/keys/note.h"
#include "schemas/digest.h"

namespace z5::chain {

struct Seal {
  std::string origin;
  std::uint64_t size = 0;   // entries up to and including this group
  Digest root;              // Merkle root over all of them
  std::uint64_t epoch = 0;  // the writer's, equal to writer_epoch of the group's entries
  bool operator==(const Seal&) const = default;

  std::string text() const;
};

// Exactly the five lines; Invalid otherwise, naming the line.
Result<Seal> parse_seal(std::string_view text);

// One signature line per key, in order; the lines' name is the origin.
std::string sign_seal(const Seal& seal, std::span<const keys::PrivateKey* const> signers);

}  // namespace z5::chain
