// SPDX-License-Identifier: Apache-2.0
// Goal: seals and checkpoints have one text each. Method: what is accepted is written the same way
// again.

// Links: ledger/chain
#include <cstdint>
#include <string_view>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/seal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto seal = z5::chain::parse_seal(text);
  const auto checkpoint = z5::chain::parse_checkpoint(text);
  Z5_ASSERT(!seal.ok() || seal->text() == text);
  Z5_ASSERT(!checkpoint.ok() || checkpoint->text() == text);
  Z5_ASSERT(!(seal.ok() && checkpoint.ok()));  // one signature cannot serve as the other
  (void)z5::chain::parse_checkpoint_note(text).ok();
  return 0;
}
