// SPDX-License-Identifier: Apache-2.0
// What the first message of a group says about the group's documents: where they lie in the
// evidence topic. Two Kafka headers, decimal. Only for waiting and for where to begin: nothing
// trusts them. Pure; any thread. Not for use outside this folder (kafka_log.h is the door).
#pragma once

#include <cstdint>
#include <optional>

#include "ledger/log/kafka/client.h"

namespace z5::kafka {

struct EvidenceHint {
  std::uint64_t first = 0;  // where the group's documents begin
  std::uint64_t next = 0;   // behind the last of them; = first where it has none
};

// Sends one record, with the hint. The handle's own error; the value is copied.
rd_kafka_resp_err_t produce_with_hint(rd_kafka_t* producer, rd_kafka_topic_t* topic,
                                      std::string_view value, const EvidenceHint& hint,
                                      Delivery* delivery);
// nullopt: a message without both headers, or with malformed ones.
std::optional<EvidenceHint> hint_of(const rd_kafka_message_t& message);

}  // namespace z5::kafka
