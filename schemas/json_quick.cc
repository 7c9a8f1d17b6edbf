// SPDX-License-Identifier: Apache-2.0
#include "schemas/json_quick.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <string>

#include "schemas/limits.h"

namespace z5 {
namespace {

using Element = simdjson::dom::element;
using Type = simdjson::dom::element_type;

// A parser and room for a text with the padding that it wants.
struct Reader {
  simdjson::dom::parser parser;
  std::unique_ptr<char[]> padded{new char[limits::kMaxQuickJson + simdjson::SIMDJSON_PADDING]};

  bool parse(std::string_view text, Element& root) {
    std::memcpy(padded.get(), text.data(), text.size());
    std::memset(padded.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    return parser.parse(padded.get(), text.size(), false).get(root) == simdjson::SUCCESS;
  }
};

bool convert(Element from, std::size_t depth, Json& to);

bool convert_object(const simdjson::dom::object& from, std::size_t depth, Json& to) {
  to = Json::object();
  auto& members = to.get_ref<Json::object_t&>();
  for (const auto field : from) {
    const std::size_t before = members.size();
    // Signed documents have their keys in order, so that the place is known.
    const auto placed = members.try_emplace(members.end(), std::string(field.key));
    if (members.size() == before || !convert(field.value, depth, placed->second)) return false;
  }
  return true;
}

bool convert_array(const simdjson::dom::array& from, std::size_t depth, Json& to) {
  to = Json::array();
  auto& items = to.get_ref<Json::array_t&>();
  for (const Element each : from) {
    if (!convert(each, depth, items.emplace_back())) return false;
  }
  return true;
}

bool convert_integer(std::int64_t value, Json& to) {
  if (value > limits::kMaxSafeInteger || value < -limits::kMaxSafeInteger) return false;
  if (value == 0) return false;  // it may have been -0, which the strict reader keeps apart
  if (value > 0) {
    to = static_cast<std::uint64_t>(value);
  } else {
    to = value;
  }
  return true;
}

// `depth`: containers around `from`.
bool convert(Element from, std::size_t depth, Json& to) {
  switch (from.type()) {
    case Type::OBJECT:
      return depth < limits::kMaxJsonDepth &&
             convert_object(from.get_object().value_unsafe(), depth + 1, to);
    case Type::ARRAY:
      return depth < limits::kMaxJsonDepth &&
             convert_array(from.get_array().value_unsafe(), depth + 1, to);
    case Type::STRING:
      to = std::string(from.get_string().value_unsafe());
      return true;
    case Type::BOOL:
      to = from.get_bool().value_unsafe();
      return true;
    case Type::NULL_VALUE:
      return true;
    case Type::INT64:
      return convert_integer(from.get_int64().value_unsafe(), to);
    case Type::UINT64:
    case Type::DOUBLE:
      return false;
  }
  return false;
}

}  // namespace

std::optional<Json> read_quickly(std::string_view text) {
  if (text.empty() || text.size() > limits::kMaxQuickJson) return std::nullopt;
  // simdjson takes half of a surrogate pair, and some versions skip a byte order mark.
  if (text.front() == '\xEF' || text.find("\\u") != std::string_view::npos) return std::nullopt;
  thread_local Reader reader;
  Element root;
  Json value;
  if (!reader.parse(text, root) || !convert(root, 0, value)) return std::nullopt;
  return value;
}

}  // namespace z5
