// SPDX-License-Identifier: Apache-2.0
// The request target (RFC 9112 section 3.2.1, origin form only) taken apart: split first, decode
// once, refuse what could be read in two ways. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/http/message.h"
#include "schemas/result.h"

namespace z5::http {

struct Target {
  std::vector<std::string> segments;  // of the path, decoded; "/" is one empty segment
  std::vector<Field> query;           // decoded, '+' is a space
};

// Invalid, with the reason: not starting with '/', a fragment, a bad percent escape, bytes outside
// visible ASCII; in the path also an encoded slash, backslash, NUL or control character, a decoded
// '%' (a second decode somewhere else would open it), an empty segment before the last, "." and
// ".."; in the query a control character.
Result<Target> parse_target(std::string_view raw);

// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3): for clients that
// build targets.
std::string encode_segment(std::string_view text);

}  // namespace z5::http
