// SPDX-License-Identifier: Apache-2.0
// Where a chain stands after a sealed group: all that is needed to go on, writing or verifying,
// without reading again what came before. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/chain/merkle.h"
#include "ledger/chain/trust.h"
#include "ledger/log/log.h"
#include "schemas/digest.h"
#include "schemas/time.h"

namespace z5::chain {

struct Head {
  Trust trust;  // as pinned, and extended by every KeyRotated so far
  Digest last;  // entry hash of sequence size() - 1; zeros for the empty chain
  CompactRange tree;
  Time recorded_at;          // of the last group
  std::uint64_t epoch = 0;   // of the last group
  std::uint64_t offset = 0;  // in the log, after the last group

  std::uint64_t size() const { return tree.size(); }
  log::Position position() const { return {size(), offset}; }
  bool operator==(const Head&) const = default;
};

// The empty chain. For a new ledger trust.genesis is zero: the first entry sets it.
Head empty_head(Trust trust);

// As kept beside a read model: RFC 8785 JSON. Invalid for anything that to_json does not write.
std::string to_json(const Head& head);
Result<Head> parse_head(std::string_view json);

}  // namespace z5::chain
