// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/record.h"

#include <fmt/format.h>

#include <cstring>

#include "ledger/log/crc32c.h"
#include "schemas/limits.h"

namespace z5::log {
namespace {

constexpr std::string_view kMagic = "Z5RECORD";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kCommandHeader = 8;
constexpr std::size_t kErasedBytes = 32;

constexpr std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

void put32(char* at, std::size_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i) & 0xFF);
}
std::uint32_t get32(const char* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(at[i]);
  return value;
}
void pad(Bytes& out) { out.append(padded(out.size()) - out.size(), '\0'); }
bool is_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

struct Header {
  std::size_t body, commands, seal;  // bytes
  std::uint32_t data_crc;
  std::size_t frame() const { return kFrameHeader + padded(body) + commands + padded(seal); }
};

void write_header(char* at, const Header& header) {
  std::memcpy(at, kMagic.data(), kMagic.size());
  put32(at + 8, kVersion);
  put32(at + 12, header.body);
  put32(at + 16, header.commands);
  put32(at + 20, header.seal);
  put32(at + 24, crc32c({at, 24}));
  put32(at + 28, header.data_crc);
}

Result<Header> read_header(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return invalid("record: magic: not Z5RECORD");
  const char* at = bytes.data();
  if (get32(at + 24) != crc32c(bytes.substr(0, 24)))
    return invalid("record: header_crc: does not match");
  if (get32(at + 8) != kVersion) return invalid("record: version: not 1");
  const Header header{get32(at + 12), get32(at + 16), get32(at + 20), get32(at + 28)};
  if (header.body == 0 || header.body > limits::kMaxBody)
    return invalid("record: body_len: out of range");
  if (header.commands > limits::kMaxCommands || header.commands % 8 != 0) {
    return invalid("record: commands_len: out of range or no multiple of 8");
  }
  if (header.seal > limits::kMaxSeal) return invalid("record: seal_len: out of range");
  return header;
}

// Calls f(SignedCommandView) for each; Invalid where the sequence is not what append_commands
// writes.
template <class F>
Status for_each_command(std::string_view commands, F&& f) {
  while (!commands.empty()) {
    if (commands.size() < kCommandHeader) return invalid("record: commands: cut");
    const auto encoding = static_cast<std::uint8_t>(commands[0]);
    const std::size_t length = get32(commands.data() + 4);
    if (encoding > static_cast<std::uint8_t>(Encoding::Erased) || !is_zero(commands.substr(1, 3))) {
      return invalid("record: commands: unknown encoding");
    }
    if (length > commands.size() - kCommandHeader ||
        padded(length) > commands.size() - kCommandHeader) {
      return invalid("record: commands: length beyond the part");
    }
    if (encoding == static_cast<std::uint8_t>(Encoding::Erased) && length != kErasedBytes) {
      return invalid("record: commands: an erased command is a digest of 32 bytes");
    }
    if (!is_zero(commands.substr(kCommandHeader + length, padded(length) - length))) {
      return invalid("record: commands: padding is not zero");
    }
    f(SignedCommandView{static_cast<Encoding>(encoding), commands.substr(kCommandHeader, length)});
    commands.remove_prefix(kCommandHeader + padded(length));
  }
  return Done{};
}

void append_commands(Bytes& out, std::span<const SignedCommand> commands) {
  for (const SignedCommand& command : commands) {
    char header[kCommandHeader] = {static_cast<char>(command.encoding)};
    put32(header + 4, command.bytes.size());
    out.append(header, sizeof header);
    out += command.bytes;
    pad(out);
  }
}

std::size_t commands_size(std::span<const SignedCommand> commands) {
  std::size_t size = 0;
  for (const SignedCommand& command : commands)
    size += kCommandHeader + padded(command.bytes.size());
  return size;
}

}  // namespace

std::size_t record_size(std::size_t body, std::span<const SignedCommand> commands,
                        std::size_t seal) {
  return Header{body, commands_size(commands), seal, 0}.frame();
}

void append_record(Bytes& out, std::string_view body, std::span<const SignedCommand> commands,
                   std::string_view seal) {
  Header header{body.size(), commands_size(commands), seal.size(), 0};
  Z5_ASSERT(out.size() % 8 == 0 && !body.empty() && body.size() <= limits::kMaxBody &&
            header.commands <= limits::kMaxCommands && seal.size() <= limits::kMaxSeal);
  const std::size_t frame = out.size();
  out.append(kFrameHeader, '\0');
  out += body;
  pad(out);
  append_commands(out, commands);
  out += seal;
  pad(out);
  header.data_crc = crc32c(std::string_view(out).substr(frame + kFrameHeader));
  write_header(out.data() + frame, header);
}

void append_seal(Bytes& out, std::size_t frame, std::string_view seal) {
  Z5_ASSERT(out.size() >= frame + kFrameHeader && !seal.empty() && seal.size() <= limits::kMaxSeal);
  auto header = read_header(std::string_view(out).substr(frame));
  Z5_ASSERT(header.ok() && header->seal == 0 && frame + header->frame() == out.size());
  const std::size_t before = out.size();
  out += seal;
  pad(out);
  header->seal = seal.size();
  header->data_crc = crc32c(std::string_view(out).substr(before), header->data_crc);
  write_header(out.data() + frame, *header);
}

Bytes encode_record(const Record& record) {
  Bytes out;
  append_record(out, record.body, record.commands, record.seal);
  return out;
}

Result<std::size_t> read_frame_size(std::string_view bytes) {
  Z5_ASSERT(bytes.size() >= kFrameHeader);
  Z5_TRY(const Header header, read_header(bytes));
  return header.frame();
}

Result<std::optional<RecordView>> read_record(std::string_view bytes) {
  if (bytes.size() < kFrameHeader) return std::optional<RecordView>();
  Z5_TRY(const Header header, read_header(bytes));
  const std::size_t frame = header.frame();
  if (bytes.size() < frame) return std::optional<RecordView>();
  const std::string_view data = bytes.substr(kFrameHeader, frame - kFrameHeader);
  if (crc32c(data) != header.data_crc) return invalid("record: data_crc: does not match");
  const std::size_t commands = padded(header.body), seal = commands + header.commands;
  const RecordView view{data.substr(0, header.body), data.substr(commands, header.commands),
                        data.substr(seal, header.seal), bytes.substr(0, frame)};
  if (!is_zero(data.substr(header.body, commands - header.body)) ||
      !is_zero(data.substr(seal + header.seal))) {
    return invalid("record: padding is not zero");
  }
  Z5_CHECK(for_each_command(view.commands, [](const SignedCommandView&) {}));
  return std::optional(view);
}

Result<Record> decode_record(std::string_view bytes) {
  Z5_TRY(const std::optional<RecordView> view, read_record(bytes));
  if (!view) return invalid("record: cut");
  if (view->frame.size() != bytes.size()) return invalid("record: bytes behind it");
  Record record{Bytes(view->body), {}, Bytes(view->seal)};
  for (const SignedCommandView& command : decode_commands(view->commands)) {
    record.commands.push_back({command.encoding, Bytes(command.bytes)});
  }
  return record;
}

std::vector<SignedCommandView> decode_commands(std::string_view commands) {
  std::vector<SignedCommandView> out;
  Z5_ASSERT(for_each_command(commands, [&](const SignedCommandView& command) {
              out.push_back(command);
            }).ok());
  return out;
}

std::optional<Digest> command_digest(std::string_view commands) {
  if (commands.empty()) return Digest{};
  Bytes digests;
  for (const SignedCommandView& command : decode_commands(commands)) {
    if (command.encoding == Encoding::Sealed) return std::nullopt;
    digests += command.encoding == Encoding::Erased ? command.bytes : sha256(command.bytes).view();
  }
  return sha256(digests);
}

Digest command_digest(std::span<const SignedCommand> commands) {
  if (commands.empty()) return {};
  Bytes digests;
  for (const SignedCommand& command : commands) {
    Z5_ASSERT(command.encoding == Encoding::Clear);
    digests += sha256(command.bytes).view();
  }
  return sha256(digests);
}

}  // namespace z5::log
