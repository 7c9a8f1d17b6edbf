// SPDX-License-Identifier: Apache-2.0
// Brings a ledger's documents from its evidence topic into a store, as far as the entries that are
// about to be given out need them. A document's digest is computed from its bytes; the key of its
// message is only what the writer meant to send. One thread. Not for use outside this folder
// (kafka_log.h is the door).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/log/evidence_store.h"
#include "ledger/log/kafka/client.h"
#include "ledger/log/kafka/evidence_hint.h"

namespace z5::kafka {

class EvidenceReader {
 public:
  // `client`: a read_committed consumer, which must outlive it.
  EvidenceReader(Client& client, std::string topic, log::EvidenceStore store);
  ~EvidenceReader();
  EvidenceReader(const EvidenceReader&) = delete;
  EvidenceReader& operator=(const EvidenceReader&) = delete;

  // True when every document before hint.next is durably in the store; waits for it until
  // `deadline`. The first call says where to begin. Unavailable: the topic or the store cannot be
  // reached, the topic does not hold that place, or a message there has other bytes than its key
  // says and the store does not hold the right ones.
  Result<bool> reach(const EvidenceHint& hint, std::chrono::steady_clock::time_point deadline);

 private:
  Status start(std::uint64_t offset);
  Status store_gathered();
  Error failed(std::uint64_t offset, std::string_view why);

  struct Mismatch {
    std::uint64_t offset;
    Digest key;
  };

  Client& client_;
  std::string topic_;
  log::EvidenceStore store_;
  TopicHandle handle_;                     // once something was needed
  std::optional<std::uint64_t> position_;  // behind what was gathered
  std::vector<Message> gathered_;
  std::size_t gathered_bytes_ = 0;
  std::vector<Mismatch> mismatches_;  // the latest; bounded
};

}  // namespace z5::kafka
