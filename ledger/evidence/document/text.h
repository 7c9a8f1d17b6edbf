// SPDX-License-Identifier: Apache-2.0
// Questions about text from outside that several documents ask. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace z5::document {

// Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);
// At most 64 bytes of `text` for a message: what is not printable ASCII becomes '?'.
std::string printable(std::string_view text);
std::string to_lower(std::string_view text);   // ASCII letters only
std::string_view trim(std::string_view text);  // blanks, tabs, CR, LF at both ends
// The next line without its LF or CRLF, taken off the front of `text`.
std::string_view take_line(std::string_view& text);

}  // namespace z5::document
