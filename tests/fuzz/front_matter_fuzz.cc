// SPDX-License-Identifier: Apache-2.0
// Links: schemas ledger/evidence/document
// Goal: no YAML makes the reader of front matter fail other than by refusing; sections never hold
// more than the text.
#include "ledger/evidence/document/front_matter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto read = z5::document::parse_front_matter(bytes); read.ok()) {
    Z5_ASSERT(read->fields.is_object() && bytes.ends_with(read->body));
  }
  Z5_ASSERT(z5::document::split_sections(bytes).size() <= size + 1);
  return 0;
}
