// SPDX-License-Identifier: Apache-2.0
#include "schemas/encoding.h"

#include <array>
#include <cstdint>

namespace z5 {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table;
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

std::string encode(std::string_view raw, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((raw.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, raw.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = word << 8 | (k < have ? static_cast<std::uint8_t>(raw[i + k]) : 0u);
    }
    for (std::size_t k = 0; k <= have; ++k) text += alphabet[word >> (18 - 6 * k) & 63];
    if (padded) text.append(3 - have, '=');
  }
  return text;
}

// `text` without padding.
Result<Bytes> decode(std::string_view text, const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return invalid("base64: impossible length");
  Bytes raw;
  raw.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t word = 0;
  int bits = 0;
  for (const char c : text) {
    const std::int8_t value = table[static_cast<std::uint8_t>(c)];
    if (value < 0) return invalid("base64: character outside the alphabet");
    word = word << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      raw += static_cast<char>(word >> bits & 255);
    }
  }
  if ((word & ((1u << bits) - 1)) != 0) return invalid("base64: trailing bits are not zero");
  return raw;
}

}  // namespace

std::string to_hex(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(raw.size() * 2);
  for (const char c : raw) {
    const auto byte = static_cast<std::uint8_t>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Result<Bytes> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return invalid("hex: odd length");
  Bytes raw;
  raw.reserve(hex.size() / 2);
  int byte = 0;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    int value;
    if (c >= '0' && c <= '9')
      value = c - '0';
    else if (c >= 'a' && c <= 'f')
      value = c - 'a' + 10;
    else
      return invalid("hex: expected lower-case hex digits");
    byte = byte << 4 | value;
    if (i % 2 == 1) {
      raw += static_cast<char>(byte);
      byte = 0;
    }
  }
  return raw;
}

std::string to_base64(std::string_view raw) { return encode(raw, kStandard, true); }
std::string to_base64url(std::string_view raw) { return encode(raw, kUrlSafe, false); }

Result<Bytes> from_base64(std::string_view text) {
  static const auto table = reverse(kStandard);
  if (text.size() % 4 != 0) return invalid("base64: length is not a multiple of 4");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, table);
}

Result<Bytes> from_base64url(std::string_view text) {
  static const auto table = reverse(kUrlSafe);
  return decode(text, table);
}

}  // namespace z5
