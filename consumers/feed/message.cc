// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/message.h"

#include <fmt/format.h>

#include "consumers/feed/ocsf.h"
#include "projections/event_json.h"
#include "schemas/encoding.h"
#include "schemas/time.h"

namespace z5::feed {
namespace {

Json number_or_null(const std::optional<std::uint64_t>& number) {
  return number ? Json(*number) : Json();
}

Result<std::optional<std::uint64_t>> read_number_or_null(const Json& data, std::string_view name) {
  const auto found = data.find(name);
  if (found == data.end()) return invalid(fmt::format("data.{}: missing", name));
  if (found->is_null()) return std::optional<std::uint64_t>();
  Z5_TRY(const std::uint64_t number, json_uint(data, name, "data"));
  return std::optional(number);
}

Status expect(const kafka::StreamMessage& message, std::string_view name, std::string_view value) {
  const auto found = message.header(name);
  if (!found) return invalid(fmt::format("header {}: missing", name));
  if (*found != value)
    return invalid(fmt::format("header {}: is '{}', expected '{}'", name, *found, value));
  return Done{};
}

}  // namespace

std::string event_id(const identity::LedgerName& ledger, Stream stream, std::uint64_t sequence) {
  return fmt::format("{}/{}{}", ledger.genesis.hex().substr(0, 16), sequence,
                     stream == Stream::Soc ? "/ocsf" : "");
}

std::vector<std::pair<std::string, std::string>> cloud_headers(const identity::LedgerName& ledger,
                                                               std::string id,
                                                               std::string_view type,
                                                               std::string subject, Time time) {
  return {{"content-type", "application/json"},
          {"ce_specversion", "1.0"},
          {"ce_id", std::move(id)},
          {"ce_source", "urn:z5:ledger:" + ledger.origin},
          {"ce_type", std::string(type)},
          {"ce_subject", std::move(subject)},
          {"ce_time", to_rfc3339(time)}};
}

kafka::StreamMessage event_message(const identity::LedgerName& ledger, Stream to, const Told& told,
                                   std::optional<std::uint64_t> previous,
                                   const chain::Receipt& receipt) {
  const auto entry = decode_entry(told.body);
  Z5_ASSERT(entry.ok());
  const std::string ref = event_reference(*entry);
  const Time recorded_at{entry->recorded_at};
  Json data = {{"ledger", {{"origin", ledger.origin}, {"genesis", ledger.genesis.text()}}},
               {"stream", stream_name(to)},
               {"sequence", told.sequence},
               {"previous_in_stream", number_or_null(previous)},
               {"entry_hash", told.hash.text()},
               {"recorded_at", to_rfc3339(recorded_at)},
               {"event", event_name(*entry)},
               {"ref", ref},
               {"actor", entry->actor},
               {"fields", projections::event_json(*entry)},
               {"decision", projections::decision_json(*entry)},
               {"body", to_base64(told.body)},
               {"checkpoint", receipt.checkpoint},
               {"receipt", receipt.text()}};
  const Json document = to == Stream::Soc ? ocsf_document(*entry, std::move(data)) : data;
  return {ref, canonical_json(document),
          cloud_headers(ledger, event_id(ledger, to, told.sequence), stream_type(to), ref,
                        recorded_at)};
}

Result<Claim> read_event(const identity::LedgerName& ledger, Stream stream,
                         const kafka::StreamMessage& message) {
  Z5_CHECK(expect(message, "ce_type", stream_type(stream)));
  Z5_TRY(const Json document, parse_json(message.value));
  const Json* data = &document;
  if (stream == Stream::Soc) {
    Z5_TRY(data, json_object(document, "unmapped", "ocsf"));
  }
  if (!data->is_object()) return invalid("data: expected an object");
  Claim claim;
  Z5_TRY(claim.sequence, json_uint(*data, "sequence", "data"));
  Z5_TRY(claim.previous, read_number_or_null(*data, "previous_in_stream"));
  Z5_TRY(const std::string text, json_string(*data, "body", "data"));
  Z5_TRY(const Bytes body, from_base64(text));
  claim.hash = chain::entry_hash(body);
  Z5_TRY(const Entry entry, decode_entry(body));
  if (entry.sequence != claim.sequence) return invalid("data.sequence: is not the body's");
  Z5_CHECK(expect(message, "ce_id", event_id(ledger, stream, claim.sequence)));
  Z5_CHECK(expect(message, "ce_subject", event_reference(entry)));
  return claim;
}

}  // namespace z5::feed
