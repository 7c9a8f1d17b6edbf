// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/heartbeat.h"

#include <fmt/format.h>

#include "consumers/feed/message.h"
#include "consumers/verify/statement.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/keys/dsse.h"
#include "schemas/json.h"

namespace z5::feed {
namespace {

Result<Stream> parse_stream(std::string_view name) {
  for (const Stream stream : kStreams) {
    if (stream_name(stream) == name) return stream;
  }
  return invalid(fmt::format("heartbeat: stream: unknown: '{}'", name));
}

Result<Heartbeat> parse_heartbeat(std::string_view payload) {
  Z5_TRY(const Json statement, parse_json(payload));
  Z5_TRY(const Json* predicate, json_object(statement, "predicate", "heartbeat"));
  Z5_TRY(const Json* ledger, json_object(*predicate, "ledger", "predicate"));
  Z5_TRY(const Json* seen, json_object(*predicate, "seen", "predicate"));
  Heartbeat heartbeat;
  const auto text = [](const Json& object, std::string_view name) {
    return json_string(object, name, "predicate");
  };
  Z5_TRY(heartbeat.ledger.origin, text(*ledger, "origin"));
  Z5_TRY(const std::string genesis, text(*ledger, "genesis"));
  Z5_TRY(heartbeat.ledger.genesis, digest_from_text(genesis));
  Z5_TRY(const std::string stream, text(*predicate, "stream"));
  Z5_TRY(heartbeat.stream, parse_stream(stream));
  Z5_TRY(const std::string last, text(*predicate, "last"));
  if (!last.empty()) {
    Z5_TRY(heartbeat.last, parse_decimal(last, "predicate.last"));
  }
  Z5_TRY(heartbeat.seen.size, json_uint(*seen, "size", "predicate.seen"));
  Z5_TRY(const std::string root, text(*seen, "root"));
  Z5_TRY(heartbeat.seen.root, digest_from_text(root));
  Z5_TRY(const std::string time, text(*predicate, "time"));
  Z5_TRY(heartbeat.time, from_rfc3339(time));
  Z5_TRY(const std::string next_by, text(*predicate, "next_by"));
  Z5_TRY(heartbeat.next_by, from_rfc3339(next_by));
  // One text for one heartbeat: other fields, types and spellings are nobody's of ours.
  if (write_heartbeat(heartbeat) != payload) return invalid("heartbeat: not in its one form");
  return heartbeat;
}

}  // namespace

std::string write_heartbeat(const Heartbeat& heartbeat) {
  const auto& [ledger, stream, last, seen, time, next_by] = heartbeat;
  return canonical_json(
      {{"_type", "https://in-toto.io/Statement/v1"},
       {"subject",
        Json::array({{{"name", ledger.origin}, {"digest", {{"sha256", ledger.genesis.hex()}}}}})},
       {"predicateType", kHeartbeatPredicate},
       {"predicate",
        {{"ledger", {{"origin", ledger.origin}, {"genesis", ledger.genesis.text()}}},
         {"stream", stream_name(stream)},
         {"last", last ? std::to_string(*last) : ""},
         {"seen", {{"size", std::to_string(seen.size)}, {"root", seen.root.text()}}},
         {"time", to_rfc3339(time)},
         {"next_by", to_rfc3339(next_by)}}}});
}

kafka::StreamMessage heartbeat_message(const Heartbeat& heartbeat, const keys::PrivateKey& key) {
  const std::string name(stream_name(heartbeat.stream));
  return {
      name, keys::sign_bundle(write_heartbeat(heartbeat), key),
      cloud_headers(heartbeat.ledger,
                    fmt::format("{}/heartbeat/{}/{}", heartbeat.ledger.genesis.hex().substr(0, 16),
                                name, heartbeat.time.ns),
                    kHeartbeatType, name, heartbeat.time)};
}

Result<Heartbeat> read_heartbeat(const kafka::StreamMessage& message) {
  const auto bundle = sigstore::parse_bundle(message.value);
  if (!bundle.ok())
    return invalid(fmt::format("heartbeat: {}: {}", bundle.error().rule, bundle.error().reason));
  if (!bundle->envelope) return invalid("heartbeat: no DSSE envelope");
  return parse_heartbeat(bundle->envelope->payload);
}

Result<Heartbeat> verify_heartbeat(const kafka::StreamMessage& message,
                                   std::span<const keys::PublicKey> services) {
  const auto payload = verify::open_bundle(message.value, services);
  if (!payload.ok())
    return invalid(fmt::format("heartbeat: {}: {}", payload.error().rule, payload.error().reason));
  return parse_heartbeat(*payload);
}

}  // namespace z5::feed
