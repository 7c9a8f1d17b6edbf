// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/seal.h"

#include <fmt/format.h>

#include "ledger/chain/note_lines.h"
#include "schemas/encoding.h"
#include "schemas/ids.h"
#include "schemas/json.h"

namespace z5::chain {
namespace {

constexpr std::string_view kHeader = "z5-seal/v1";

}  // namespace

std::string Seal::text() const {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n", kHeader, origin, size, to_base64(root.view()), epoch);
}

Result<Seal> parse_seal(std::string_view text) {
  Z5_TRY(const auto lines, split_lines(text, 5, "seal"));
  if (lines[0] != kHeader) return invalid("seal: first line is not z5-seal/v1");
  if (!is_origin(lines[1])) return invalid("seal: origin: not of its form");
  Seal seal{std::string(lines[1]), 0, {}, 0};
  Z5_TRY(seal.size, parse_decimal(lines[2], "seal: size"));
  Z5_TRY(seal.root, parse_hash_line(lines[3], "seal: root"));
  Z5_TRY(seal.epoch, parse_decimal(lines[4], "seal: epoch"));
  return seal;
}

std::string sign_seal(const Seal& seal, std::span<const keys::PrivateKey* const> signers) {
  return keys::sign_note(seal.text(), seal.origin, signers);
}

}  // namespace z5::chain
