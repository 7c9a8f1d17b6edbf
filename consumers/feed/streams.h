// SPDX-License-Identifier: Apache-2.0
// The streams that security operations follow, and which of the ledger's events each one tells of.
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/digest.h"
#include "schemas/entry.h"

namespace z5::feed {

enum class Stream : std::uint8_t {
  Promotions,   // VersionStaged, VersionPromoted, RolledBack
  Releases,     // ReleasePublished
  Revocations,  // VersionRevoked, quarantines and their ends, cache purges
  Soc,          // all of them again, as OCSF
};
inline constexpr std::array kStreams = {Stream::Promotions, Stream::Releases, Stream::Revocations,
                                        Stream::Soc};
constexpr std::size_t index_of(Stream stream) { return static_cast<std::size_t>(stream); }

std::string_view stream_name(Stream stream);  // "promotions", the end of its topic's name
std::string_view stream_type(Stream stream);  // CloudEvents type, "z5.promotion.v1"

// Soc apart, which tells of whatever another one tells of. nullopt: none does.
std::optional<Stream> stream_of(fb::Event event);

// An event of the ledger that streams tell of.
struct Told {
  std::uint64_t sequence = 0;
  Digest hash;  // entry_hash(body)
  Bytes body;
  Stream stream = Stream::Promotions;
};

}  // namespace z5::feed
