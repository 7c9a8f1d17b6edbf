// SPDX-License-Identifier: Apache-2.0
// "I am here, this is the last event of this stream, and I have read the ledger up to there": what
// lets a consumer notice a stream that is silent or lacks something. An in-toto Statement
// (urn:z5:heartbeat:v1, RFC 8785 text) in a DSSE bundle, signed by the feed's enrolled service key.
// Pure; any thread.
#pragma once

#include <optional>
#include <span>

#include "consumers/feed/streams.h"
#include "consumers/verify/permit.h"
#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "ledger/log/kafka/stream_producer.h"

namespace z5::feed {

inline constexpr std::string_view kHeartbeatType = "z5.heartbeat.v1";  // CloudEvents type
inline constexpr std::string_view kHeartbeatPredicate = "urn:z5:heartbeat:v1";

struct Heartbeat {
  identity::LedgerName ledger;
  Stream stream = Stream::Promotions;
  std::optional<std::uint64_t> last;  // sequence of the last event in the stream; nullopt: none
  verify::Seen seen;  // every event of the stream's kinds before this size is in the stream
  Time time;
  Time next_by;  // later, without another one: the stream is silent
  bool operator==(const Heartbeat&) const = default;
};

std::string write_heartbeat(const Heartbeat& heartbeat);  // the Statement
kafka::StreamMessage heartbeat_message(const Heartbeat& heartbeat, const keys::PrivateKey& key);

// The heartbeat in `message`, which one of `services` signed. Invalid, naming what is wrong.
Result<Heartbeat> verify_heartbeat(const kafka::StreamMessage& message,
                                   std::span<const keys::PublicKey> services);
// The same without looking at the signature, where the keys are not known yet.
Result<Heartbeat> read_heartbeat(const kafka::StreamMessage& message);

}  // namespace z5::feed
