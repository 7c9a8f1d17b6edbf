// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/streams.h"

namespace z5::feed {

std::string_view stream_name(Stream stream) {
  constexpr std::string_view kNames[] = {"promotions", "releases", "revocations", "soc"};
  return kNames[index_of(stream)];
}

std::string_view stream_type(Stream stream) {
  constexpr std::string_view kTypes[] = {"z5.promotion.v1", "z5.release_published.v1",
                                         "z5.revocation.v1", "z5.ocsf.v1"};
  return kTypes[index_of(stream)];
}

std::optional<Stream> stream_of(fb::Event event) {
  switch (event) {
    case fb::Event::VersionStaged:
    case fb::Event::VersionPromoted:
    case fb::Event::RolledBack:
      return Stream::Promotions;
    case fb::Event::ReleasePublished:
      return Stream::Releases;
    case fb::Event::VersionRevoked:
    case fb::Event::VersionQuarantined:
    case fb::Event::QuarantineLifted:
    case fb::Event::CachePurgeRequested:
    case fb::Event::CachePurgeAcknowledged:
    case fb::Event::CachePurgeOverdue:
      return Stream::Revocations;
    default:
      return std::nullopt;
  }
}

}  // namespace z5::feed
