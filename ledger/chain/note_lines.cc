// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/note_lines.h"

#include <fmt/format.h>

#include "schemas/encoding.h"

namespace z5::chain {

Result<std::vector<std::string_view>> split_lines(std::string_view text, std::size_t count,
                                                  std::string_view what) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (!text.empty() || lines.size() != count)
    return invalid(fmt::format("{}: not exactly {} lines", what, count));
  return lines;
}

Result<Digest> parse_hash_line(std::string_view line, std::string_view what) {
  const auto raw = from_base64(line);
  if (!raw.ok() || raw->size() != 32)
    return invalid(fmt::format("{}: not base64 of 32 bytes", what));
  return digest_from_raw(*raw);
}

}  // namespace z5::chain
