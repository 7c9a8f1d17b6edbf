// SPDX-License-Identifier: Apache-2.0
// What this client has seen of a ledger, kept in heads/<genesis>.json: the newest checkpoint that
// it verified, and the sequence of its newest own command. A ledger that shows less, or something
// else, is found out here. One process at a time holds it (flock, for the life of the object).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/chain/checkpoint.h"
#include "schemas/digest.h"

namespace z5::cli {

class Heads {
 public:
  // Makes the folder if it is missing. Unavailable: the file system says no. Corrupt: the file does
  // not hold what was written there.
  static Result<Heads> open(const std::string& folder, const Digest& genesis);
  Heads(Heads&& other) noexcept;
  Heads& operator=(Heads&&) = delete;
  ~Heads();

  const std::optional<chain::Checkpoint>& newest() const { return newest_; }  // origin is empty
  std::uint64_t own_sequence() const { return own_sequence_; }                // 0: none yet

  // The ledger's answer to "what is your newest checkpoint", verified. Corrupt: smaller than what
  // was seen before, or of that size with another root.
  Status keep_newest(const chain::Checkpoint& checkpoint);
  // The checkpoint of the receipt for entry `sequence`; others may have seen newer ones since.
  Status keep_receipt(const chain::Checkpoint& checkpoint, std::uint64_t sequence);
  // An outcome without a receipt: the repeat of a command that came before.
  Status keep_sequence(std::uint64_t sequence);

 private:
  Heads(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  Status read();
  Status write() const;

  std::string path_;
  int lock_;
  std::optional<chain::Checkpoint> newest_;
  std::uint64_t own_sequence_ = 0;
};

}  // namespace z5::cli
