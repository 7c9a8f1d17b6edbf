// SPDX-License-Identifier: Apache-2.0
// Goal: decode_entry never crashes, and accepts exactly the bytes that encode_entry makes. Method:
// what is accepted encodes to the same bytes again, and its accessors hold.

// Links: schemas
#include <cstdint>
#include <string_view>

#include "schemas/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto entry = z5::decode_entry(body);
  if (!entry.ok()) {
    Z5_ASSERT(entry.error().code == z5::ErrorCode::Invalid && !entry.error().message.empty());
    return 0;
  }
  Z5_ASSERT(z5::encode_entry(*entry) == body);
  Z5_ASSERT(z5::event_name(*entry) != "NONE");
  (void)z5::event_reference(*entry);
  return 0;
}
