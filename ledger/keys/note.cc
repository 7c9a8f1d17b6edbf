// SPDX-License-Identifier: Apache-2.0
#include "ledger/keys/note.h"

#include <fmt/format.h>

#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5::keys {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, space

char type_byte(const PublicKey& key) {
  return key.algorithm() == Algorithm::Ed25519 ? '\x01' : '\x02';
}

Bytes key_id(std::string_view name, const PublicKey& key) {
  const Digest digest = key.algorithm() == Algorithm::Ed25519
                            ? sha256({name, "\n\x01", key.raw_ed25519()})
                            : key.digest();
  return Bytes(digest.view().substr(0, 4));
}

bool has_control_character(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return true;
  }
  return text.find('\x7F') != std::string_view::npos;
}

}  // namespace

std::uint32_t NoteKey::id() const {
  std::uint32_t value = 0;
  for (const char c : key_id(name, key)) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

std::string NoteKey::verifier_text() const {
  const Bytes raw = key.algorithm() == Algorithm::Ed25519 ? key.raw_ed25519() : key.spki();
  return fmt::format("{}+{}+{}", name, to_hex(key_id(name, key)),
                     to_base64(std::string(1, type_byte(key)) + raw));
}

std::string sign_note(std::string_view text, std::string_view name,
                      std::span<const PrivateKey* const> signers) {
  Z5_ASSERT(text.ends_with('\n'));
  std::string note = fmt::format("{}\n", text);
  for (const PrivateKey* signer : signers) {
    note += fmt::format("{}{} {}\n", kDash, name,
                        to_base64(key_id(name, signer->public_key()) + signer->sign(text)));
  }
  return note;
}

std::string sign_note(std::string_view text, std::string_view name, const PrivateKey& signer) {
  const PrivateKey* one[] = {&signer};
  return sign_note(text, name, one);
}

Result<VerifiedNote> verify_note(std::string_view note, std::span<const NoteKey> known) {
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos || !note.ends_with('\n') || has_control_character(note)) {
    return invalid("note: not a text, a blank line and signature lines");
  }
  VerifiedNote out{std::string(note.substr(0, blank + 1)), {}};
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty()) return invalid("note: no signature line");
  for (std::size_t count = 0; !lines.empty(); ++count) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (count == limits::kMaxNoteLines) return invalid("note: more than 64 signature lines");
    if (!line.starts_with(kDash)) return invalid("note: malformed signature line");
    line.remove_prefix(kDash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0)
      return invalid("note: malformed signature line");
    const std::string_view name = line.substr(0, space);
    auto raw = from_base64(line.substr(space + 1));
    if (!raw.ok() || raw->size() < 5) return invalid("note: malformed signature line");
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i].name != name || key_id(name, known[i].key) != raw->substr(0, 4)) continue;
      if (!known[i].key.verify(out.text, std::string_view(*raw).substr(4))) {
        return invalid(fmt::format("note: the signature of {} does not verify", name));
      }
      out.signers.push_back(i);
    }
  }
  if (out.signers.empty()) return invalid("note: no known key signed it");
  return out;
}

}  // namespace z5::keys
