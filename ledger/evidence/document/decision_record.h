// SPDX-License-Identifier: Apache-2.0
// Decision records (SCDR: security, ADR: architecture): Markdown whose front matter says which run
// they are about, what was decided, which risk remains, and under which conditions. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::document {

struct Condition {
  std::string text;
  Time due;  // may be not set
};

struct DecisionRecord {
  std::string id;
  std::string run_id;
  std::string decision;
  std::string residual_risk;
  std::vector<Condition> conditions;
};

// Front matter {id, run_id, decision, residual_risk, conditions?: [{text, due?}]}; other fields are
// for people. due is an RFC 3339 date-time, or a date, which means the end of that day in UTC.
// Refusals: `record-malformed`, `record-invalid` (a field is missing, empty, too long or of another
// form; no text below the front matter is needed).
Verdict<DecisionRecord> parse_decision_record(std::string_view bytes);

}  // namespace z5::document
