// SPDX-License-Identifier: Apache-2.0
// Links: schemas ledger/evidence/document
// Goal: a manifest text that is accepted is exactly the text of the manifest that was read.
#include "ledger/evidence/document/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = z5::document::parse_manifest(text); manifest.ok()) {
    Z5_ASSERT(manifest->text() == text && manifest->digest() == z5::sha256(text));
    for (const auto& file : manifest->files) Z5_ASSERT(z5::document::check_path(file.path).ok());
  }
  return 0;
}
