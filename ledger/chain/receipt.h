// SPDX-License-Identifier: Apache-2.0
// The receipt of an entry (C2SP tlog-proof): its place, the inclusion proof and the checkpoint, in
// one text that anyone verifies offline with the entry's body and trust.json. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/merkle.h"
#include "ledger/chain/trust.h"

namespace z5::chain {

struct Receipt {
  std::uint64_t index = 0;  // the entry's sequence
  std::vector<Digest> proof;
  std::string checkpoint;  // the signed note, verbatim

  std::string text() const;
};

// Strict: header line, no `extra` line (it is not authenticated, and Z5 writes none), index, at
// most 63 hashes, an empty line, the checkpoint. Invalid otherwise. Verifies nothing.
Result<Receipt> parse_receipt(std::string_view text);

// The checkpoint that proves `entry` (entry_hash of its body) to be entry number receipt.index of
// the ledger. Invalid, naming why, when it does not.
Result<Checkpoint> verify_receipt(const Receipt& receipt, const Digest& entry, const Trust& trust);

}  // namespace z5::chain
