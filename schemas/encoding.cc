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
  std::string text((raw.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  const auto* in = reinterpret_cast<const std::uint8_t*>(raw.data());
  std::size_t left = raw.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const std::uint32_t word = std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2];
    out[0] = alphabet[word >> 18];
    out[1] = alphabet[word >> 12 & 63];
    out[2] = alphabet[word >> 6 & 63];
    out[3] = alphabet[word & 63];
  }
  if (left > 0) {
    const std::uint32_t word =
        std::uint32_t{in[0]} << 16 | (left > 1 ? std::uint32_t{in[1]} << 8 : 0u);
    for (std::size_t k = 0; k <= left; ++k) out[k] = alphabet[word >> (18 - 6 * k) & 63];
    if (!padded) text.resize(text.size() - (3 - left));
  }
  return text;
}

// `text` without padding. Four characters at a time; a character outside of the alphabet is -1
// there, and shows in the sign of all of them together.
Result<Bytes> decode(std::string_view text, const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return invalid("base64: impossible length");
  const auto* in = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::size_t tail = text.size() % 4;
  Bytes raw(text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1), '\0');
  char* out = raw.data();
  std::int32_t seen = 0;
  const auto take = [&](std::size_t count) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::int32_t value = k < count ? table[in[k]] : 0;
      seen |= value;
      word = word << 6 | (static_cast<std::uint32_t>(value) & 63);
    }
    return word;
  };
  for (std::size_t i = 0; i < text.size() / 4; ++i, in += 4, out += 3) {
    const std::uint32_t word = take(4);
    out[0] = static_cast<char>(word >> 16);
    out[1] = static_cast<char>(word >> 8 & 255);
    out[2] = static_cast<char>(word & 255);
  }
  if (tail > 0) {
    const std::uint32_t word = take(tail);
    for (std::size_t k = 0; k + 1 < tail; ++k)
      out[k] = static_cast<char>(word >> (16 - 8 * k) & 255);
    if ((word & (tail == 2 ? 0xFFFFu : 0xFFu)) != 0 && seen >= 0)
      return invalid("base64: trailing bits are not zero");
  }
  if (seen < 0) return invalid("base64: character outside the alphabet");
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
