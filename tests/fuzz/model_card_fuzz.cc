// SPDX-License-Identifier: Apache-2.0
// Links: schemas ledger/evidence/document
// Goal: no bytes make the readers of model cards, decision records and tickets fail other than by
// refusing.
#include "ledger/evidence/document/decision_record.h"
#include "ledger/evidence/document/model_card.h"
#include "ledger/evidence/document/ticket.h"
#include "schemas/ids.h"
#include "schemas/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto card = z5::document::parse_model_card(bytes); card.ok()) {
    Z5_ASSERT(!card->format.empty() && card->license.size() <= z5::limits::kMaxFactText);
  }
  if (const auto record = z5::document::parse_decision_record(bytes); record.ok()) {
    Z5_ASSERT(z5::is_run_id(record->run_id) && !record->decision.empty());
    Z5_ASSERT(record->conditions.size() <= z5::limits::kMaxConditions);
  }
  if (const auto ticket = z5::document::parse_ticket(bytes); ticket.ok()) {
    Z5_ASSERT(ticket->start < ticket->end && ticket->digest == z5::sha256(bytes));
  }
  return 0;
}
