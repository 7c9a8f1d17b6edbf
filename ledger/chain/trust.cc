// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/trust.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "schemas/encoding.h"
#include "schemas/ids.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::chain {
namespace {

Result<LedgerKey> parse_key(const Json& object) {
  Z5_CHECK(json_only_fields(object, {"key", "first_size", "last_size"}, "trust.keys"));
  Z5_TRY(const std::string text, json_string(object, "key", "trust.keys"));
  const auto spki = from_base64(text);
  if (!spki.ok()) return invalid("trust.keys.key: not base64 of a SubjectPublicKeyInfo");
  Z5_TRY(keys::PublicKey key, keys::PublicKey::from_spki(*spki));
  if (key.algorithm() == keys::Algorithm::Rsa)
    return invalid("trust.keys.key: RSA does not sign notes");
  LedgerKey out{std::move(key), 0, std::nullopt};
  Z5_TRY(out.first_size, json_uint(object, "first_size", "trust.keys"));
  if (object.contains("last_size")) {
    Z5_TRY(out.last_size, json_uint(object, "last_size", "trust.keys"));
    if (*out.last_size <= out.first_size)
      return invalid("trust.keys.last_size: not above first_size");
  }
  return out;
}

}  // namespace

std::vector<keys::NoteKey> Trust::note_keys(std::uint64_t size) const {
  std::vector<keys::NoteKey> out;
  for (const LedgerKey& key : keys) {
    if (key.holds(size)) out.push_back({origin, key.key});
  }
  return out;
}

void Trust::rotate(const keys::PublicKey& key, std::uint64_t size) {
  for (LedgerKey& old : keys) {
    if (old.holds(size)) old.last_size = size + 1;
  }
  keys.push_back({key, size, std::nullopt});
}

std::string Trust::verifier_text() const {
  std::string text;
  for (const LedgerKey& key : keys) text += keys::NoteKey{origin, key.key}.verifier_text() + "\n";
  return text;
}

Result<Trust> parse_trust(std::string_view text) {
  Z5_TRY(const Json json, parse_json(text, limits::kMaxNoteFile));
  Z5_CHECK(json_only_fields(json, {"origin", "genesis", "keys"}, "trust"));
  Trust trust;
  Z5_TRY(trust.origin, json_string(json, "origin", "trust"));
  if (!is_origin(trust.origin)) return invalid("trust.origin: not an origin");
  Z5_TRY(const std::string genesis, json_string(json, "genesis", "trust"));
  Z5_TRY(trust.genesis, digest_from_text(genesis));
  if (trust.genesis.is_zero()) return invalid("trust.genesis: zero");
  Z5_TRY(const Json* keys, json_array(json, "keys", "trust"));
  for (const Json& key : *keys) {
    Z5_TRY(LedgerKey parsed, parse_key(key));
    trust.keys.push_back(std::move(parsed));
  }
  if (trust.keys.empty()) return invalid("trust.keys: empty");
  return trust;
}

std::string to_json(const Trust& trust) {
  Json keys = Json::array();
  for (const LedgerKey& key : trust.keys) {
    Json object{{"key", to_base64(key.key.spki())}, {"first_size", key.first_size}};
    if (key.last_size) object["last_size"] = *key.last_size;
    keys.push_back(std::move(object));
  }
  return canonical_json(
             {{"origin", trust.origin}, {"genesis", trust.genesis.text()}, {"keys", keys}}) +
         "\n";
}

Result<Trust> load_trust(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid(path + ": " + std::strerror(errno));
  std::string text(limits::kMaxNoteFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto trust = parse_trust(text);
  if (!trust.ok()) return invalid(path + ": " + trust.error().message);
  return trust;
}

}  // namespace z5::chain
