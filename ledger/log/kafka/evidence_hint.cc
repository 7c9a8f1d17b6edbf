// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/evidence_hint.h"

#include <charconv>
#include <string>

namespace z5::kafka {
namespace {

constexpr const char* kFirst = "z5-evidence-first";
constexpr const char* kNext = "z5-evidence-next";

std::optional<std::uint64_t> number(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      value == nullptr)
    return std::nullopt;
  const char* const begin = static_cast<const char*>(value);
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(begin, begin + size, parsed);
  if (error != std::errc() || end != begin + size || parsed > INT64_MAX) return std::nullopt;
  return parsed;
}

}  // namespace

rd_kafka_resp_err_t produce_with_hint(rd_kafka_t* producer, rd_kafka_topic_t* topic,
                                      std::string_view value, const EvidenceHint& hint,
                                      Delivery* delivery) {
  const std::string first = std::to_string(hint.first), next = std::to_string(hint.next);
  return rd_kafka_producev(
      producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(0),
      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(delivery),
      RD_KAFKA_V_HEADER(kFirst, first.data(), static_cast<ssize_t>(first.size())),
      RD_KAFKA_V_HEADER(kNext, next.data(), static_cast<ssize_t>(next.size())), RD_KAFKA_V_END);
}

std::optional<EvidenceHint> hint_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  const auto first = number(headers, kFirst), next = number(headers, kNext);
  if (!first || !next || *next < *first) return std::nullopt;
  return EvidenceHint{*first, *next};
}

}  // namespace z5::kafka
