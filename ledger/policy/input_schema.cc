// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/input_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "schemas/time.h"

namespace z5::policy {
namespace {

constexpr std::array<std::string_view, 12> kKeywords = {
    "$schema",  "$id",        "$ref",  "title", "description", "type",
    "required", "properties", "items", "enum",  "format",      "minimum"};
constexpr std::array<std::string_view, 5> kTypes = {"object", "array", "string", "boolean",
                                                    "integer"};

bool has_float(const Json& value) {
  if (value.is_structured()) return std::any_of(value.begin(), value.end(), has_float);
  return value.is_number_float();
}

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  return value.is_number_integer();
}

}  // namespace

Result<InputSchemas> InputSchemas::load(std::span<const EmbeddedFile> files) {
  InputSchemas result;
  for (const EmbeddedFile& file : files) {
    auto schema = parse_json(file.content);
    if (!schema.ok()) return invalid(fmt::format("{}: {}", file.path, schema.error().message));
    result.schemas_.emplace(file.path, std::move(*schema));
  }
  for (const auto& [name, schema] : result.schemas_) Z5_CHECK(result.check_schema(schema, name));
  return result;
}

Status InputSchemas::check_schema(const Json& schema, std::string_view file) const {
  if (!schema.is_object()) return invalid(fmt::format("{}: a schema must be an object", file));
  for (const auto& [keyword, value] : schema.items()) {
    if (std::find(kKeywords.begin(), kKeywords.end(), keyword) == kKeywords.end()) {
      return invalid(fmt::format("{}: keyword '{}' is not applied here", file, keyword));
    }
    if (keyword == "type" && std::find(kTypes.begin(), kTypes.end(), value) == kTypes.end()) {
      return invalid(fmt::format("{}: type {} is not applied here", file, value.dump()));
    }
    if (keyword == "format" && value != "date-time") {
      return invalid(fmt::format("{}: format {} is not applied here", file, value.dump()));
    }
    if (keyword == "$ref" &&
        !(value.is_string() && schemas_.contains(value.get_ref<const std::string&>()))) {
      return invalid(fmt::format("{}: $ref {} is not there", file, value.dump()));
    }
    if (keyword == "items") Z5_CHECK(check_schema(value, file));
    if (keyword == "properties") {
      for (const Json& property : value) Z5_CHECK(check_schema(property, file));
    }
  }
  return Done{};
}

Status InputSchemas::check(std::string_view package, const Json& input) const {
  const auto schema = schemas_.find(fmt::format("{}.json", package));
  if (schema == schemas_.end()) return invalid(fmt::format("no input schema for {}", package));
  if (has_float(input)) return invalid("input: a number that is no integer");
  return apply(schema->second, input, "input");
}

Status InputSchemas::apply(const Json& schema, const Json& value, const std::string& where) const {
  if (const auto it = schema.find("$ref"); it != schema.end()) {
    Z5_CHECK(apply(schemas_.find(it->get_ref<const std::string&>())->second, value, where));
  }
  if (const auto it = schema.find("type"); it != schema.end()) {
    const auto& type = it->get_ref<const std::string&>();
    if (!is_of_type(value, type)) return invalid(fmt::format("{}: expected {}", where, type));
  }
  if (const auto it = schema.find("enum"); it != schema.end()) {
    if (std::find(it->begin(), it->end(), value) == it->end()) {
      return invalid(fmt::format("{}: not one of {}", where, it->dump()));
    }
  }
  if (schema.contains("format") && value.is_string() &&
      !from_rfc3339(value.get_ref<const std::string&>()).ok()) {
    return invalid(fmt::format("{}: not an RFC 3339 time", where));
  }
  if (const auto it = schema.find("minimum");
      it != schema.end() && value.is_number() && value < *it) {
    return invalid(fmt::format("{}: less than {}", where, it->dump()));
  }
  if (value.is_object()) {
    if (const auto it = schema.find("required"); it != schema.end()) {
      for (const Json& name : *it) {
        if (!value.contains(name.get_ref<const std::string&>())) {
          return invalid(fmt::format("{}.{}: missing", where, name.get_ref<const std::string&>()));
        }
      }
    }
    if (const auto it = schema.find("properties"); it != schema.end()) {
      for (const auto& [name, property] : it->items()) {
        const auto member = value.find(name);
        if (member != value.end()) Z5_CHECK(apply(property, *member, where + "." + name));
      }
    }
  }
  if (const auto it = schema.find("items"); it != schema.end() && value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      Z5_CHECK(apply(*it, value[i], fmt::format("{}[{}]", where, i)));
  }
  return Done{};
}

}  // namespace z5::policy
