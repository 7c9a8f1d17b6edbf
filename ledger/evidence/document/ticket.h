// SPDX-License-Identifier: Apache-2.0
// Change tickets (schemas/ticket.schema.json): what a promotion is scheduled by, and how it is
// undone. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/digest.h"
#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::document {

struct Ticket {
  Digest digest;  // SHA-256 of the bytes: what approvals sign
  std::string id;
  Time start, end;  // the window, [start, end)
  std::string rollback_plan;
  std::string impact;
};

// Refusals: `ticket-malformed` (JSON), `ticket-invalid` (a field is missing or empty, the window is
// empty). Fields beside the four are for people.
Verdict<Ticket> parse_ticket(std::string_view bytes);

}  // namespace z5::document
