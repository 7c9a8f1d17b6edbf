// SPDX-License-Identifier: Apache-2.0
// The one JSON reader (RFC 8259, read strictly) and the one canonical writer (RFC 8785). Every JSON
// document from outside goes through parse_json; nothing else in the tree parses JSON text. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "schemas/limits.h"
#include "schemas/result.h"

namespace z5 {

using Json = nlohmann::json;

// Invalid, with the place: larger than max_bytes, not UTF-8, deeper than limits::kMaxJsonDepth, a
// key twice in one object, an integer beyond +-2^53 (I-JSON, RFC 7493), a number that is no finite
// double, text after the value.
Result<Json> parse_json(std::string_view text, std::size_t max_bytes = limits::kMaxJson);

// RFC 8785 text. Floats are a programming error (assert): what we sign and digest has none. Object
// keys are ordered by UTF-16 code units, as the RFC demands.
std::string canonical_json(const Json& value);

// Field access that names the field in its error. `where` is the path of `object` for the message
// ("predicate"). A field of another type, or missing where required, is Invalid.
Result<std::string> json_string(const Json& object, std::string_view field, std::string_view where);
Result<std::string> json_string_or(const Json& object, std::string_view field,
                                   std::string_view fallback, std::string_view where);
Result<bool> json_bool(const Json& object, std::string_view field, std::string_view where);
// A non-negative integer, given as JSON number or as decimal string without leading zeros (protobuf
// JSON uint64).
Result<std::uint64_t> json_uint(const Json& object, std::string_view field, std::string_view where);
// The member, which must be an object / an array. The pointer lives as long as `object`.
Result<const Json*> json_object(const Json& object, std::string_view field, std::string_view where);
Result<const Json*> json_array(const Json& object, std::string_view field, std::string_view where);
// Invalid when `object` is no object or has a field that is not in `allowed`.
Status json_only_fields(const Json& object, std::initializer_list<std::string_view> allowed,
                        std::string_view where);

// Decimal text without sign or leading zeros, at most 2^64 - 1; Invalid otherwise.
Result<std::uint64_t> parse_decimal(std::string_view text, std::string_view what);

}  // namespace z5
