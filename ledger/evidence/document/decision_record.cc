// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/decision_record.h"

#include <fmt/format.h>

#include "ledger/evidence/document/front_matter.h"
#include "ledger/evidence/document/text.h"
#include "schemas/ids.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

Result<std::string> text_field(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(std::string text, json_string(object, field, where));
  if (trim(text).empty()) return invalid(fmt::format("{}.{}: empty", where, field));
  if (text.size() > limits::kMaxFactText)
    return invalid(fmt::format("{}.{}: too long", where, field));
  return text;
}

Result<Time> due_of(const Json& condition) {
  const auto due = condition.find("due");
  if (due == condition.end() || due->is_null()) return Time{};
  Z5_TRY(const std::string text, json_string(condition, "due", "conditions"));
  const bool only_date = text.size() == 10;
  return from_rfc3339(only_date ? text + "T23:59:59Z" : text);
}

Result<DecisionRecord> read(std::string_view bytes) {
  Z5_TRY(const FrontMatter matter, parse_front_matter(bytes));
  DecisionRecord record;
  Z5_TRY(record.id, text_field(matter.fields, "id", "record"));
  Z5_TRY(record.run_id, text_field(matter.fields, "run_id", "record"));
  Z5_TRY(record.decision, text_field(matter.fields, "decision", "record"));
  Z5_TRY(record.residual_risk, text_field(matter.fields, "residual_risk", "record"));
  if (!is_run_id(record.run_id)) return invalid("record.run_id: not a run id");
  const auto conditions = matter.fields.find("conditions");
  if (conditions == matter.fields.end() || conditions->is_null()) return record;
  if (!conditions->is_array() || conditions->size() > limits::kMaxConditions) {
    return invalid("record.conditions: not a list, or too long");
  }
  for (const Json& condition : *conditions) {
    Condition read_condition;
    Z5_TRY(read_condition.text, json_string(condition, "text", "conditions"));
    if (trim(read_condition.text).empty()) return invalid("conditions.text: empty");
    Z5_TRY(read_condition.due, due_of(condition));
    record.conditions.push_back(std::move(read_condition));
  }
  return record;
}

}  // namespace

Verdict<DecisionRecord> parse_decision_record(std::string_view bytes) {
  if (const auto matter = parse_front_matter(bytes); !matter.ok()) {
    return Refusal{"record-malformed", matter.error().message};
  }
  auto record = read(bytes);
  if (!record.ok()) return Refusal{"record-invalid", record.error().message};
  return std::move(record).value();
}

}  // namespace z5::document
