// SPDX-License-Identifier: Apache-2.0
// Verified groups out of a log: what projections, the writer's recovery and the auditor read. One
// thread.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "ledger/chain/verifier.h"
#include "ledger/log/log.h"

namespace z5::chain {

// A verified group as readers get it.
struct VerifiedEntry {
  std::string_view body;
  std::string_view commands;  // log::decode_commands
  Digest hash;
};
struct VerifiedGroup {
  std::uint64_t first = 0;  // sequence
  std::vector<VerifiedEntry> entries;
  Head head;  // after it
};

class ChainReader {
 public:
  // `reader` stands at head.position(). Owns it.
  ChainReader(std::unique_ptr<log::Reader> reader, Head head);

  // The next group that is whole and verified, valid until the next call; nullptr when none came
  // within `timeout`. Corrupt as Verifier; Unavailable as the reader.
  Result<const VerifiedGroup*> next(std::chrono::milliseconds timeout);

  Verifier& verifier() { return verifier_; }
  const Head& head() const { return verifier_.head(); }
  // Corrupt when the log ended inside a group (Verifier::finish).
  Status finish() const { return verifier_.finish(); }

 private:
  void forget_group();
  Result<bool> take_from_batch();

  std::unique_ptr<log::Reader> reader_;
  Verifier verifier_;
  std::vector<log::Batch> batches_;  // hold the open group's bytes; the last one is being read
  std::size_t next_record_ = 0;      // in the last one
  VerifiedGroup group_;
  bool given_ = false;  // group_ was returned, and is forgotten at the next call
};

}  // namespace z5::chain
