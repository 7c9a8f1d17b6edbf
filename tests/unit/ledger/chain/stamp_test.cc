// SPDX-License-Identifier: Apache-2.0
// Goal: stamping in place gives the bytes that encoding would. Method: both ways, compared; cuts
// and flipped bits.
#include "ledger/chain/stamp.h"

#include <gtest/gtest.h>

#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

Stamp stamp(std::uint64_t sequence) {
  return {sha256("ledger"),        sequence, sha256("previous"),
          Time{sample::kStart.ns}, 4,        sha256("commands")};
}
Entry entry(const Stamp& stamp) {
  Entry out = sample::annotated(1);
  out.ledger = stamp.ledger;
  out.sequence = stamp.sequence;
  out.previous = stamp.previous;
  out.recorded_at = stamp.recorded_at.ns;
  out.writer_epoch = stamp.writer_epoch;
  out.command_digest = stamp.command_digest;
  return out;
}

TEST(Stamp, InPlaceIsAsEncoded) {
  Bytes body = encode_entry(entry({{}, 1, {}, Time{1}, 1, {}}));
  const Stamp expected = stamp(1ull << 40);
  write_stamp(body, expected);
  EXPECT_EQ(body, encode_entry(entry(expected)));
  const auto read = read_stamp(body);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->stamp, expected);
  EXPECT_EQ(read->event, fb::Event::VersionAnnotated);
  EXPECT_EQ(read_stamp((" " + body).substr(1))->stamp, expected);
}

TEST(Stamp, ForeignBytesAreReadSafely) {
  const Bytes body = encode_entry(entry(stamp(3)));
  for (std::size_t size = 0; size < body.size(); ++size) {
    if (const auto read = read_stamp(body.substr(0, size)); read.ok()) {
      EXPECT_NE(entry_hash(body.substr(0, size)), entry_hash(body));
    }
  }
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes changed = body;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    static_cast<void>(read_stamp(changed).ok());  // the sanitizers watch
  }
  EXPECT_FALSE(read_stamp("").ok());
  EXPECT_FALSE(read_stamp(Bytes(100, '\0')).ok());
}

}  // namespace
}  // namespace z5::chain
