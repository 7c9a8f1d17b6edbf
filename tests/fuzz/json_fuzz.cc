// SPDX-License-Identifier: Apache-2.0
// Goal: parse_json never crashes, what it accepts has one canonical text, and its quick way takes
// nothing that the strict one refuses or reads otherwise. Method: an accepted document without
// floats is written, read again and written again: equal values, equal bytes; and both readers.

// Links: schemas
#include <cstdint>
#include <string_view>

#include "schemas/json.h"
#include "schemas/json_quick.h"
#include "schemas/result.h"

namespace {

// canonical_json takes no floats by contract; they are legal in documents that we only read.
bool has_float(const z5::Json& value) {
  if (value.is_structured()) {
    for (const z5::Json& member : value) {
      if (has_float(member)) return true;
    }
  }
  return value.is_number_float();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto quick = z5::read_quickly(text)) {
    const auto strict = z5::read_strictly(text);
    Z5_ASSERT(strict.ok() && *quick == *strict && quick->dump() == strict->dump());
  }
  const auto value = z5::parse_json(text, 1u << 16);
  if (!value.ok()) {
    Z5_ASSERT(value.error().code == z5::ErrorCode::Invalid && !value.error().message.empty());
    return 0;
  }
  if (has_float(*value)) return 0;
  const std::string canonical = z5::canonical_json(*value);
  const auto again = z5::parse_json(canonical);
  Z5_ASSERT(again.ok() && *again == *value);
  Z5_ASSERT(z5::canonical_json(*again) == canonical);
  return 0;
}
