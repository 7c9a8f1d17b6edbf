// SPDX-License-Identifier: Apache-2.0
// The lines that seals and checkpoints have in common, read strictly. Not for use outside this
// folder.
#pragma once

#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::chain {

// The lines of a text that ends in a newline, exactly `count` of them; Invalid otherwise. Views
// into `text`.
Result<std::vector<std::string_view>> split_lines(std::string_view text, std::size_t count,
                                                  std::string_view what);
// A digest as standard base64 of 32 bytes.
Result<Digest> parse_hash_line(std::string_view line, std::string_view what);

}  // namespace z5::chain
