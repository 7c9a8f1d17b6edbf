// SPDX-License-Identifier: Apache-2.0
// Goal: receipts have one text, and none that is made up verifies. Method: what is parsed is
// written the same way again, and never verifies under a key that signed nothing.

// Links: ledger/chain
#include <cstdint>
#include <string_view>

#include "ledger/chain/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const z5::chain::Trust trust{
      "z5.local/sample",
      z5::sha256("genesis"),
      {{z5::keys::PrivateKey::generate(z5::keys::Algorithm::Ed25519).public_key(), 0,
        std::nullopt}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto receipt = z5::chain::parse_receipt(text);
  if (!receipt.ok()) return 0;
  Z5_ASSERT(receipt->text() == text);
  Z5_ASSERT(!z5::chain::verify_receipt(*receipt, z5::sha256("entry"), trust).ok());
  return 0;
}
