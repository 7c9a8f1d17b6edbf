// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/ticket.h"

#include <fmt/format.h>

#include "ledger/evidence/document/text.h"
#include "schemas/json.h"

namespace z5::document {
namespace {

Result<std::string> text_field(const Json& object, std::string_view field) {
  Z5_TRY(std::string text, json_string(object, field, "ticket"));
  if (trim(text).empty()) return invalid(fmt::format("ticket.{}: empty", field));
  return text;
}

Result<Time> time_field(const Json& window, std::string_view field) {
  Z5_TRY(const std::string text, json_string(window, field, "ticket.window"));
  return from_rfc3339(text);
}

Result<Ticket> read(const Json& object) {
  Ticket ticket;
  Z5_TRY(ticket.id, text_field(object, "id"));
  if (ticket.id.size() > limits::kMaxFactText) return invalid("ticket.id: too long");
  Z5_TRY(ticket.rollback_plan, text_field(object, "rollback_plan"));
  Z5_TRY(ticket.impact, text_field(object, "impact"));
  Z5_TRY(const Json* window, json_object(object, "window", "ticket"));
  Z5_TRY(ticket.start, time_field(*window, "start"));
  Z5_TRY(ticket.end, time_field(*window, "end"));
  if (ticket.end <= ticket.start) return invalid("ticket.window: ends before it starts");
  return ticket;
}

}  // namespace

Verdict<Ticket> parse_ticket(std::string_view bytes) {
  const auto json = parse_json(bytes, limits::kMaxCard);
  if (!json.ok()) return Refusal{"ticket-malformed", json.error().message};
  auto ticket = read(*json);
  if (!ticket.ok()) return Refusal{"ticket-invalid", ticket.error().message};
  ticket->digest = sha256(bytes);
  return std::move(ticket).value();
}

}  // namespace z5::document
