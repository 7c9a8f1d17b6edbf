// SPDX-License-Identifier: Apache-2.0
// SHA-256 digests as a type, their text forms, and the hasher. Values; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "schemas/result.h"

struct evp_md_ctx_st;

namespace z5 {

using Bytes =
    std::string;  // octets; std::string so that literals, views and maps work without copies

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Digest&) const = default;
  bool is_zero() const { return *this == Digest{}; }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string hex() const;   // 64 lower-case hex digits
  std::string text() const;  // "sha256:<hex>", the form of JSON and of the command line
};

// Exactly 64 lower-case hex digits; Invalid otherwise.
Result<Digest> digest_from_hex(std::string_view hex);
// Exactly "sha256:" and 64 lower-case hex digits; Invalid otherwise.
Result<Digest> digest_from_text(std::string_view text);
// Exactly 32 raw bytes; asserts, since the caller cut them.
Digest digest_from_raw(std::string_view raw);

// One-shot SHA-256 (FIPS 180-4) over the concatenation of parts; the algorithm is fetched once per
// process.
Digest sha256(std::string_view data);
Digest sha256(std::initializer_list<std::string_view> parts);

// Incremental SHA-256, for files. Not shared between threads.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view data);
  Digest finish();  // and start again

 private:
  evp_md_ctx_st* context_;
};

}  // namespace z5

template <>
struct std::hash<z5::Digest> {
  std::size_t operator()(const z5::Digest& digest) const noexcept {
    std::size_t value;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};
