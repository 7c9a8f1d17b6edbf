// SPDX-License-Identifier: Apache-2.0
// Hexadecimal and base64 (RFC 4648), read strictly: one text for one value, so that a signed
// document cannot be written in two ways. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5 {

std::string to_hex(std::string_view raw);      // lower case
Result<Bytes> from_hex(std::string_view hex);  // Invalid: upper case, odd length, other characters

std::string to_base64(std::string_view raw);  // standard alphabet, padded (RFC 4648 section 4)
// Invalid: whitespace, URL-safe letters, missing padding, non-zero trailing bits.
Result<Bytes> from_base64(std::string_view text);
// URL-safe alphabet without padding (RFC 7515 section 2), for JOSE.
std::string to_base64url(std::string_view raw);
Result<Bytes> from_base64url(std::string_view text);

}  // namespace z5
