// SPDX-License-Identifier: Apache-2.0
#include "schemas/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <vector>

#include "schemas/json_quick.h"
#include "schemas/limits.h"

namespace z5 {
namespace {

// Builds a Json value from SAX events and stops at the first thing that two readers could
// understand differently.
class StrictReader {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(number_integer_t value) {
    return value >= -limits::kMaxSafeInteger ? add(value) : fail("integer below -2^53");
  }
  bool number_unsigned(number_unsigned_t value) {
    return value <= static_cast<number_unsigned_t>(limits::kMaxSafeInteger)
               ? add(value)
               : fail("integer beyond 2^53");
  }
  bool number_float(number_float_t value, const string_t& text) {
    const bool integer = text.find_first_of(".eE") == string_t::npos;
    if (integer || !std::isfinite(value)) return fail("number beyond 2^53");
    return add(value);
  }
  bool string(string_t& value) { return add(std::move(value)); }
  bool binary(binary_t&) { return fail("binary value"); }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    if (stack_.back()->contains(name))
      return fail(fmt::format("key '{}' twice in one object", name.substr(0, 64)));
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) {
    const std::string_view what = e.what();
    return fail(fmt::format("not JSON at byte {}: {}", position, what.substr(0, 160)));
  }

  Json take() { return std::move(root_); }
  const std::string& why() const { return why_; }

 private:
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (stack_.size() >= limits::kMaxJsonDepth) return fail("nested too deeply");
    stack_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    stack_.pop_back();
    return true;
  }
  Json* place(Json value) {
    if (stack_.empty()) return &(root_ = std::move(value));
    if (stack_.back()->is_array()) return &stack_.back()->emplace_back(std::move(value));
    return &((*stack_.back())[std::move(key_)] = std::move(value));
  }
  bool fail(std::string why) {
    why_ = std::move(why);
    return false;
  }

  Json root_;
  std::vector<Json*> stack_;
  std::string key_;
  std::string why_;
};

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  out += '"';
}

// UTF-16 order differs from UTF-8 order only where one key has U+E000..U+FFFF and the other a
// surrogate pair.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto p = static_cast<unsigned char>(*x), q = static_cast<unsigned char>(*y);
  const bool pair_p = p >= 0xF0, pair_q = q >= 0xF0;
  if (pair_p != pair_q && p >= 0xEE && q >= 0xEE) return pair_p;
  return p < q;
}

void write(const Json& value, std::string& out) {
  switch (value.type()) {
    case Json::value_t::null:
      out += "null";
      break;
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      break;
    case Json::value_t::number_integer:
      out += fmt::format("{}", value.get<std::int64_t>());
      break;
    case Json::value_t::number_unsigned:
      out += fmt::format("{}", value.get<std::uint64_t>());
      break;
    case Json::value_t::string:
      write_string(value.get_ref<const std::string&>(), out);
      break;
    case Json::value_t::array: {
      out += '[';
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out += ',';
        write(value[i], out);
      }
      out += ']';
      break;
    }
    case Json::value_t::object: {
      std::vector<Json::const_iterator> members;
      for (auto it = value.begin(); it != value.end(); ++it) members.push_back(it);
      std::sort(members.begin(), members.end(),
                [](const auto& a, const auto& b) { return utf16_less(a.key(), b.key()); });
      out += '{';
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (i > 0) out += ',';
        write_string(members[i].key(), out);
        out += ':';
        write(members[i].value(), out);
      }
      out += '}';
      break;
    }
    case Json::value_t::number_float:
    case Json::value_t::binary:
    case Json::value_t::discarded:
      Z5_ASSERT(!"canonical_json: a value that has no canonical form here");
  }
}

Error field_error(std::string_view where, std::string_view field, std::string_view what) {
  return invalid(fmt::format("{}{}{}: {}", where, where.empty() ? "" : ".", field, what));
}

Result<const Json*> member(const Json& object, std::string_view field, std::string_view where) {
  if (!object.is_object()) return invalid(fmt::format("{}: expected an object", where));
  const auto it = object.find(field);
  if (it == object.end()) return field_error(where, field, "missing");
  return &*it;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return invalid(fmt::format("JSON: larger than {} bytes", max_bytes));
  if (auto value = read_quickly(text)) return std::move(*value);
  return read_strictly(text);
}

Result<Json> read_strictly(std::string_view text) {
  // nlohmann takes a NUL for the end of the text and skips a byte order mark: two readings of one
  // text.
  if (text.find('\0') != std::string_view::npos) return invalid("JSON: NUL byte");
  if (text.starts_with("\xEF\xBB\xBF")) return invalid("JSON: byte order mark");
  StrictReader reader;
  if (!Json::sax_parse(text.begin(), text.end(), &reader, Json::input_format_t::json,
                       /*strict=*/true)) {
    return invalid("JSON: " + reader.why());
  }
  return reader.take();
}

std::string canonical_json(const Json& value) {
  std::string out;
  write(value, out);
  return out;
}

Result<std::string> json_string(const Json& object, std::string_view field,
                                std::string_view where) {
  Z5_TRY(const Json* value, member(object, field, where));
  if (!value->is_string()) return field_error(where, field, "expected a string");
  return value->get<std::string>();
}

Result<std::string> json_string_or(const Json& object, std::string_view field,
                                   std::string_view fallback, std::string_view where) {
  if (object.is_object() && !object.contains(field)) return std::string(fallback);
  return json_string(object, field, where);
}

Result<bool> json_bool(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const Json* value, member(object, field, where));
  if (!value->is_boolean()) return field_error(where, field, "expected true or false");
  return value->get<bool>();
}

Result<std::uint64_t> json_uint(const Json& object, std::string_view field,
                                std::string_view where) {
  Z5_TRY(const Json* value, member(object, field, where));
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  if (!value->is_string()) return field_error(where, field, "expected a non-negative integer");
  return parse_decimal(value->get_ref<const std::string&>(), field);
}

Result<const Json*> json_object(const Json& object, std::string_view field,
                                std::string_view where) {
  Z5_TRY(const Json* value, member(object, field, where));
  if (!value->is_object()) return field_error(where, field, "expected an object");
  return value;
}

Result<const Json*> json_array(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const Json* value, member(object, field, where));
  if (!value->is_array()) return field_error(where, field, "expected an array");
  return value;
}

Status json_only_fields(const Json& object, std::initializer_list<std::string_view> allowed,
                        std::string_view where) {
  if (!object.is_object()) return invalid(fmt::format("{}: expected an object", where));
  for (const auto& [key, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      return field_error(where, key.substr(0, 64), "unknown field");
    }
  }
  return Done{};
}

Result<std::uint64_t> parse_decimal(std::string_view text, std::string_view what) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = !text.empty() && (text.size() == 1 || text.front() != '0');
  if (problem != std::errc{} || end != text.data() + text.size() || !canonical) {
    return invalid(fmt::format("{}: expected a decimal number", what));
  }
  return value;
}

}  // namespace z5
