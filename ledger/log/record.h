// SPDX-License-Identifier: Apache-2.0
// One record of the log, byte for byte (schemas/README.md, "Record"): what lies in the file and is
// the value of a Kafka message. A frame around three parts: the entry's body, the signed commands
// that caused it, and, on the last record of a group only, the seal. Integers are little-endian;
// each part is zero-padded to 8 bytes.
//
//   0  magic         8 bytes  "Z5RECORD"
//   8  version       u32      1
//  12  body_len      u32      1 … limits::kMaxBody
//  16  commands_len  u32      0 … limits::kMaxCommands, a multiple of 8
//  20  seal_len      u32      0 … limits::kMaxSeal; 0 = no seal
//  24  header_crc    u32      CRC-32C of bytes 0 … 23
//  28  data_crc      u32      CRC-32C of all bytes from 32 on, padding included
//  32  body ‖ pad, commands, seal ‖ pad
//
// commands = a sequence of: encoding u8, three zero bytes, length u32, `length` bytes, zero padding
// to 8. The checksums find accidents; integrity is the chain's. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::log {

inline constexpr std::size_t kFrameHeader = 32;  // bytes

// How the bytes of a signed command stand in the log.
enum class Encoding : std::uint8_t {
  Clear = 0,   // the bundle itself
  Sealed = 1,  // AEAD of the bundle; the bytes begin with the key's id
  Erased = 2,  // the 32-byte SHA-256 of the bundle; valid only with a later SubjectErased
};

// A signed bundle that came with an entry: the author's first, then cosigners in the order of the
// request.
struct SignedCommand {
  Encoding encoding = Encoding::Clear;
  Bytes bytes;
  bool operator==(const SignedCommand&) const = default;
};
struct SignedCommandView {
  Encoding encoding;
  std::string_view bytes;
};

struct Record {
  Bytes body;
  std::vector<SignedCommand> commands;
  Bytes seal;
  bool operator==(const Record&) const = default;
};

// A record inside bytes that somebody else owns; what read_record returned is checked as a whole.
// `body` is aligned to 8 bytes when the bytes were.
struct RecordView {
  std::string_view body;
  std::string_view commands;  // for decode_commands
  std::string_view seal;      // empty: not the last of its group
  std::string_view frame;     // all of it
  std::uint64_t end = 0;      // offset in the log after it; a Reader says it
};

// Appends the frame to `out`, whose size must be a multiple of 8. Asserts the limits: the caller
// checked them.
void append_record(Bytes& out, std::string_view body, std::span<const SignedCommand> commands,
                   std::string_view seal);
// Gives the last frame of `out`, which begins at `frame` and has no seal, its seal.
void append_seal(Bytes& out, std::size_t frame, std::string_view seal);
Bytes encode_record(const Record& record);
// Bytes that a frame of these parts takes.
std::size_t record_size(std::size_t body, std::span<const SignedCommand> commands,
                        std::size_t seal);

// The record at the start of `bytes`. nullopt: `bytes` ends before the record does (what is there
// is sound so far). Invalid, naming the field: anything that append_record does not write.
Result<std::optional<RecordView>> read_record(std::string_view bytes);
// Bytes of the frame whose header begins `bytes` (at least kFrameHeader of them). Invalid as above.
Result<std::size_t> read_frame_size(std::string_view bytes);
// Exactly one record and nothing behind it; a copy.
Result<Record> decode_record(std::string_view bytes);

// The commands of a record that read_record accepted.
std::vector<SignedCommandView> decode_commands(std::string_view commands);

// Entry.command_digest: SHA-256 over the concatenated SHA-256 of each bundle; zeros for no command.
// An erased command counts with the digest that stands for it; nullopt when one is sealed (its key
// is needed).
std::optional<Digest> command_digest(std::string_view commands);
Digest command_digest(std::span<const SignedCommand> commands);  // asserts that all are clear

}  // namespace z5::log
