// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/chain_reader.h"

namespace z5::chain {

ChainReader::ChainReader(std::unique_ptr<log::Reader> reader, Head head)
    : reader_(std::move(reader)), verifier_(std::move(head)) {}

void ChainReader::forget_group() {
  given_ = false;
  group_.entries.clear();
  if (batches_.size() > 1)
    batches_.erase(batches_.begin(), batches_.end() - 1);  // the last may hold the next group
}

// Takes records until a group ends (true) or the batch does (false).
Result<bool> ChainReader::take_from_batch() {
  const std::span<const log::RecordView> records = batches_.back().records();
  while (next_record_ < records.size()) {
    const log::RecordView& record = records[next_record_++];
    if (group_.entries.empty()) group_.first = verifier_.next_sequence();
    Z5_TRY(const bool ended, verifier_.take(record));
    group_.entries.push_back({record.body, record.commands, verifier_.group_hashes().back()});
    if (ended) return true;
  }
  return false;
}

Result<const VerifiedGroup*> ChainReader::next(std::chrono::milliseconds timeout) {
  if (given_) forget_group();
  for (;;) {
    if (!batches_.empty()) {
      Z5_TRY(const bool ended, take_from_batch());
      if (ended) {
        group_.head = verifier_.head();
        given_ = true;
        return &group_;
      }
    }
    if (batches_.empty() || !group_.entries.empty())
      batches_.emplace_back();  // keep what the open group lies in
    next_record_ = 0;
    Z5_CHECK(reader_->next(batches_.back(), timeout));
    if (batches_.back().empty()) return nullptr;
  }
}

}  // namespace z5::chain
