// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ledger/evidence/document/text.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

Status check(Element value);

Status check_object(simdjson::dom::object object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto field : object) {
    keys.push_back(field.key);
    Z5_CHECK(check(field.value));
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end()) return Done{};
  return invalid(fmt::format("JSON: key '{}' twice in one object", printable(*twice)));
}

// Recursion ends at kMaxJsonDepth: simdjson refused what is deeper.
Status check(Element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::OBJECT:
      return check_object(value.get_object().value_unsafe());
    case simdjson::dom::element_type::ARRAY: {
      const simdjson::dom::array items = value.get_array().value_unsafe();
      for (const Element item : items) Z5_CHECK(check(item));
      return Done{};
    }
    case simdjson::dom::element_type::INT64:
      if (std::abs(value.get_int64().value_unsafe()) <= limits::kMaxSafeInteger) return Done{};
      return invalid("JSON: integer beyond 2^53");
    case simdjson::dom::element_type::UINT64:
      return invalid("JSON: integer beyond 2^53");
    default:
      return Done{};
  }
}

}  // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  if (text.size() > limits::kMaxDocument) {
    return invalid(fmt::format("JSON: larger than {} bytes", limits::kMaxDocument));
  }
  JsonDocument document;
  document.parser_ = std::make_unique<simdjson::dom::parser>();
  if (document.parser_->allocate(std::max<std::size_t>(text.size(), 64), limits::kMaxJsonDepth) !=
      simdjson::SUCCESS) {
    return unavailable("JSON: out of memory");
  }
  const auto error = document.parser_->parse(text.data(), text.size(), true).get(document.root_);
  if (error != simdjson::SUCCESS) {
    return invalid(fmt::format("JSON: {}", simdjson::error_message(error)));
  }
  Z5_CHECK(check(document.root_));
  return document;
}

std::optional<Element> member(Element object, std::string_view field) {
  Element found;
  if (object.at_key(field).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

std::string_view text_of(Element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::string_view text_of(Element object, std::string_view field) {
  const auto found = member(object, field);
  return found ? text_of(*found) : std::string_view{};
}

Items::Items(Element object, std::string_view field) {
  const auto found = member(object, field);
  simdjson::dom::array array;
  if (!found || found->get(array) != simdjson::SUCCESS) return;
  for (const Element item : array) items_.push_back(item);
}

}  // namespace z5::document
