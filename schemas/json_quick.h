// SPDX-License-Identifier: Apache-2.0
// How parse_json reads the common case several times faster: simdjson finds the tokens, and what
// the two readers could see differently is left to the strict one. So there is still one reader
// that says no, and why. Any thread.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/json.h"

namespace z5 {

// The value, where it is certain that read_strictly gives the same; nullopt says nothing about the
// text. Certain means: no \u escapes, floats or integers beyond 2^53, no key twice, not too deep,
// and at most limits::kMaxQuickJson bytes.
std::optional<Json> read_quickly(std::string_view text);

// The reader of json.cc without its limit on bytes.
Result<Json> read_strictly(std::string_view text);

}  // namespace z5
