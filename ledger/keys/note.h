// SPDX-License-Identifier: Apache-2.0
// Signed notes (C2SP signed-note): a text, a blank line, and lines "— <name> <base64(key id ‖
// signature)>". Seals and checkpoints are notes. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys/key.h"

namespace z5::keys {

// A key under a name, as notes know it. Ed25519: type 0x01, id SHA-256(name ‖ 0A ‖ 01 ‖ key)[:4].
// ECDSA: type 0x02, id SHA-256(SPKI)[:4].
struct NoteKey {
  std::string name;
  PublicKey key;

  std::uint32_t id() const;
  // "<name>+<8 hex digits of id>+<base64(type ‖ key)>", what other programs pin.
  std::string verifier_text() const;
};

// The note over `text` (which ends in a newline) with one line per key, in order.
std::string sign_note(std::string_view text, std::string_view name,
                      std::span<const PrivateKey* const> signers);
std::string sign_note(std::string_view text, std::string_view name, const PrivateKey& signer);

struct VerifiedNote {
  std::string text;                  // up to and including the newline before the blank line
  std::vector<std::size_t> signers;  // indices into `known`
};
// Invalid: malformed, more than 64 signature lines, a line of a known key that does not verify, or
// no known key signed. Lines of unknown keys are ignored. A key is known by (name, id).
Result<VerifiedNote> verify_note(std::string_view note, std::span<const NoteKey> known);

}  // namespace z5::keys
