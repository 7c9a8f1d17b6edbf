// SPDX-License-Identifier: Apache-2.0
// One event as the message of a stream: CloudEvents 1.0 in Kafka's binary mode (attributes in
// headers ce_*, data in the value), keyed by reference, so that a consumer believes nobody: data
// holds the entry's body, what is derived from that body, and the receipt that proves it.
// schemas/openapi.yaml has the form. Pure; any thread.
#pragma once

#include <optional>

#include "consumers/feed/streams.h"
#include "ledger/chain/receipt.h"
#include "ledger/identity/command.h"
#include "ledger/log/kafka/stream_producer.h"

namespace z5::feed {

// `previous`: sequence of the event before it in the stream `to`; nullopt: it is the first.
// Asserts that the body is an entry, which whoever verified the ledger knows.
kafka::StreamMessage event_message(const identity::LedgerName& ledger, Stream to, const Told& told,
                                   std::optional<std::uint64_t> previous,
                                   const chain::Receipt& receipt);

// What a message of `stream` says that it tells of; nothing is believed yet.
struct Claim {
  std::uint64_t sequence = 0;
  std::optional<std::uint64_t> previous;
  Digest hash;  // of the body in it
};
// Invalid, naming the field: no message that event_message makes, other derived fields apart, which
// grow with the code.
Result<Claim> read_event(const identity::LedgerName& ledger, Stream stream,
                         const kafka::StreamMessage& message);

// The headers that every message has.
std::vector<std::pair<std::string, std::string>> cloud_headers(const identity::LedgerName& ledger,
                                                               std::string id,
                                                               std::string_view type,
                                                               std::string subject, Time time);
// "<first 16 digits of the genesis hash>/<sequence>", in Soc with "/ocsf": unique in the source.
std::string event_id(const identity::LedgerName& ledger, Stream stream, std::uint64_t sequence);

}  // namespace z5::feed
