// SPDX-License-Identifier: Apache-2.0
// Goal: one record, one encoding; anything else is refused, naming the field. Method: round trips,
// every cut, every flipped bit, and frames that are wrong although their checksums are right.
#include "ledger/log/record.h"

#include <gtest/gtest.h>

#include "ledger/log/crc32c.h"
#include "schemas/limits.h"

namespace z5::log {
namespace {

Record sample() {
  return {"body of thirteen",
          {{Encoding::Clear, "bundle"}, {Encoding::Erased, Bytes(32, 'd')}},
          "seal\n"};
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
}
// The frame with both checksums made right again.
Bytes mended(Bytes frame) {
  put32(frame, 24, crc32c(std::string_view(frame).substr(0, 24)));
  put32(frame, 28, crc32c(std::string_view(frame).substr(kFrameHeader)));
  return frame;
}

TEST(Crc32c, KnownValuesAndBothWays) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);      // the check value of CRC-32C
  EXPECT_EQ(crc32c(Bytes(32, '\0')), 0x8A9136AAu);  // RFC 3720 appendix B.4
  EXPECT_EQ(crc32c(Bytes(32, '\xFF')), 0x62A8AB43u);
  Bytes bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes));
    EXPECT_EQ(crc32c("tail", crc32c(bytes)), crc32c(bytes + "tail"));
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Record, RoundTrip) {
  for (std::size_t body = 1; body < 20; ++body) {
    for (std::size_t command = 0; command < 20; ++command) {
      const Record record{
          Bytes(body, 'b'), {{Encoding::Clear, Bytes(command, 'c')}}, Bytes(command, 's')};
      const Bytes bytes = encode_record(record);
      EXPECT_EQ(bytes.size() % 8, 0u);
      EXPECT_EQ(bytes.size(), record_size(body, record.commands, record.seal.size()));
      const auto again = decode_record(bytes);
      ASSERT_TRUE(again.ok()) << again.error().message;
      EXPECT_EQ(*again, record);
    }
  }
}

TEST(Record, TheSealCanComeLater) {
  Record record = sample();
  const Bytes with_seal = encode_record(record);
  record.seal.clear();
  Bytes bytes = "8 bytes!";
  append_record(bytes, record.body, record.commands, {});
  append_seal(bytes, 8, "seal\n");
  EXPECT_EQ(bytes.substr(8), with_seal);
}

TEST(Record, EveryCutWantsMoreBytes) {
  const Bytes bytes = encode_record(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto record = read_record(std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(record.ok()) << size;
    EXPECT_FALSE(record->has_value()) << size;
    EXPECT_FALSE(decode_record(bytes.substr(0, size)).ok());
  }
  EXPECT_TRUE(read_record(bytes + "more")->has_value());
  EXPECT_FALSE(decode_record(bytes + "more").ok());
}

TEST(Record, EveryFlippedBitIsRefused) {
  const Bytes bytes = encode_record(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(read_record(changed).ok()) << bit;
  }
}

TEST(Record, ChecksumsDoNotExcuseAWrongFrame) {
  const Bytes bytes = encode_record(sample());
  ASSERT_TRUE(read_record(mended(bytes)).ok());
  const auto refused = [&](std::size_t at, std::uint32_t value) {
    Bytes changed = bytes;
    put32(changed, at, value);
    changed += Bytes(16, '\0');
    return !read_record(mended(changed)).ok();
  };
  EXPECT_TRUE(refused(8, 2));   // version
  EXPECT_TRUE(refused(12, 0));  // no body
  EXPECT_TRUE(refused(12, limits::kMaxBody + 1));
  EXPECT_TRUE(refused(16, 12));  // commands: no multiple of 8
  EXPECT_TRUE(refused(16, limits::kMaxCommands + 8));
  EXPECT_TRUE(refused(20, limits::kMaxSeal + 1));
  const std::size_t commands = kFrameHeader + 16;  // the first command's header
  EXPECT_TRUE(refused(commands, 3));               // unknown encoding
  EXPECT_TRUE(refused(commands, 0x100));           // reserved byte
  EXPECT_TRUE(refused(commands, 2));               // erased, but not 32 bytes
  EXPECT_TRUE(refused(commands + 4, 0xFFFFFFFF));  // length beyond the part
  EXPECT_TRUE(refused(commands + 4, 5));           // then a padding byte is not zero
  Bytes padded = bytes;
  padded.back() = 'x';
  EXPECT_FALSE(read_record(mended(padded)).ok());  // padding of the seal
}

TEST(Record, CommandDigest) {
  const Record record{"b", {{Encoding::Clear, "one"}, {Encoding::Clear, "two"}}, ""};
  const Digest expected = sha256({sha256("one").view(), sha256("two").view()});
  EXPECT_EQ(command_digest(record.commands), expected);
  const Bytes bytes = encode_record(record);
  EXPECT_EQ(command_digest((*read_record(bytes))->commands), expected);
  const Bytes erased = encode_record(
      {"b", {{Encoding::Erased, Bytes(sha256("one").view())}, record.commands[1]}, ""});
  EXPECT_EQ(command_digest((*read_record(erased))->commands), expected);
  const Bytes sealed = encode_record({"b", {{Encoding::Sealed, "?"}}, ""});
  EXPECT_EQ(command_digest((*read_record(sealed))->commands), std::nullopt);
  EXPECT_TRUE(command_digest(std::string_view())->is_zero());
}

}  // namespace
}  // namespace z5::log
