// SPDX-License-Identifier: Apache-2.0
// Goal: read_record never reads beyond its bytes, and accepts exactly the frames that append_record
// makes. Method: the input as it is, and with both checksums made right, which lets the fuzzer past
// them.

// Links: ledger/chain
#include <cstdint>
#include <string_view>

#include "ledger/chain/verifier.h"
#include "ledger/log/crc32c.h"
#include "ledger/log/record.h"

namespace {

void put32(z5::Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
}

void check(std::string_view bytes) {
  const auto view = z5::log::read_record(bytes);
  if (!view.ok() || !*view) return;
  const auto record = z5::log::decode_record((*view)->frame);
  Z5_ASSERT(record.ok() && z5::log::encode_record(*record) == (*view)->frame);
  (void)z5::chain::examine(**view).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  z5::Bytes bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size < z5::log::kFrameHeader) return 0;
  put32(bytes, 24, z5::log::crc32c(std::string_view(bytes).substr(0, 24)));
  put32(bytes, 28, z5::log::crc32c(std::string_view(bytes).substr(z5::log::kFrameHeader)));
  check(bytes);
  return 0;
}
