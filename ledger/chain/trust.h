// SPDX-License-Identifier: Apache-2.0
// What a verifier pins (trust.json, public): which ledger, and whose seals and checkpoints count
// for which sizes. Everyone else's keys come out of the verified chain. Values; any thread.
//
//   {"genesis": "sha256:…", "keys": [{"first_size": 1, "key": "<base64 SubjectPublicKeyInfo>",
//   "last_size": 9}],
//    "origin": "z5.local/lab"}
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys/note.h"
#include "schemas/digest.h"

namespace z5::chain {

// A key and the sizes it speaks for: [first_size, last_size), without end when last_size is not
// set.
struct LedgerKey {
  keys::PublicKey key;
  std::uint64_t first_size = 0;
  std::optional<std::uint64_t> last_size;

  bool holds(std::uint64_t size) const {
    return size >= first_size && (!last_size || size < *last_size);
  }
  bool operator==(const LedgerKey&) const = default;
};

struct Trust {
  std::string origin;
  Digest genesis;  // entry hash of sequence 0: the ledger's identity
  std::vector<LedgerKey> keys;
  bool operator==(const Trust&) const = default;

  // The keys that hold for `size`, under the origin's name.
  std::vector<keys::NoteKey> note_keys(std::uint64_t size) const;
  // KeyRotated at `size`: the keys that held so far hold up to and with `size`, `key` from `size`
  // on.
  void rotate(const keys::PublicKey& key, std::uint64_t size);
  // One line per key, as other programs pin it: "<origin>+<id>+<base64>" (C2SP signed-note).
  std::string verifier_text() const;
};

// Strict: no other fields, at least one key, ranges not empty. Invalid otherwise, naming the field.
Result<Trust> parse_trust(std::string_view json);
// RFC 8785 text and a newline.
std::string to_json(const Trust& trust);
// Invalid, naming the path: cannot be read, or as above.
Result<Trust> load_trust(const std::string& path);

}  // namespace z5::chain
