// SPDX-License-Identifier: Apache-2.0
// Goal: no keyword of an input schema is silently ignored. Method: small schemas, applied and
// refused.
#include "ledger/policy/input_schema.h"

#include <gtest/gtest.h>

namespace z5::policy {
namespace {

Status load(std::string_view schema) {
  const EmbeddedFile files[] = {{"a.json", schema}};
  const auto loaded = InputSchemas::load(files);
  if (!loaded.ok()) return loaded.error();
  return Done{};
}

TEST(InputSchemas, RefusesWhatItDoesNotApply) {
  EXPECT_TRUE(
      load(
          R"({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}})")
          .ok());
  for (const char* bad :
       {R"({"pattern": "x"})", R"({"type": "number"})", R"({"type": ["string", "null"]})",
        R"({"properties": {"a": {"maximum": 1}}})", R"({"items": {"oneOf": []}})",
        R"({"format": "uri"})", R"({"$ref": "b.json"})", R"([])", R"(true)", "{"}) {
    EXPECT_FALSE(load(bad).ok()) << bad;
  }
}

TEST(InputSchemas, NamesTheField) {
  const EmbeddedFile files[] = {
      {"a.json",
       R"({"$ref": "b.json", "required": ["t"], "properties": {"t": {"type": "string", "format": "date-time"},
                     "l": {"type": "array", "items": {"enum": ["x", "y"]}}, "n": {"type": "integer", "minimum": 0}}})"},
      {"b.json",
       R"({"type": "object", "required": ["o"], "properties": {"o": {"type": "object", "required": ["b"],
                     "properties": {"b": {"type": "boolean"}}}}})"}};
  const auto schemas = InputSchemas::load(files);
  ASSERT_TRUE(schemas.ok());
  const auto why = [&](const char* text) {
    const Status status = schemas->check("a", *parse_json(text));
    return status.ok() ? "" : status.error().message;
  };
  EXPECT_EQ(
      why(R"({"o": {"b": true}, "t": "2026-11-24T09:00:00Z", "l": ["x"], "n": 0, "other": 1})"),
      "");
  EXPECT_EQ(why(R"([])"), "input: expected object");
  EXPECT_EQ(why(R"({})"), "input.o: missing");
  EXPECT_EQ(why(R"({"o": {}})"), "input.o.b: missing");
  EXPECT_EQ(why(R"({"o": {"b": "true"}})"), "input.o.b: expected boolean");
  EXPECT_EQ(why(R"({"o": {"b": true}})"), "input.t: missing");
  EXPECT_EQ(why(R"({"o": {"b": true}, "t": "now"})"), "input.t: not an RFC 3339 time");
  EXPECT_EQ(why(R"({"o": {"b": true}, "t": "2026-11-24T09:00:00Z", "l": ["x", "z"]})"),
            R"(input.l[1]: not one of ["x","y"])");
  EXPECT_EQ(why(R"({"o": {"b": true}, "t": "2026-11-24T09:00:00Z", "n": -1})"),
            "input.n: less than 0");
  EXPECT_EQ(why(R"({"o": {"b": true}, "t": "2026-11-24T09:00:00Z", "n": 0.5})"),
            "input: a number that is no integer");
  EXPECT_FALSE(schemas->check("no", Json::object()).ok());
}

}  // namespace
}  // namespace z5::policy
