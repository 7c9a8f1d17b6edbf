// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "ledger/evidence/facts.h"

namespace z5::evidence {
namespace {

constexpr std::string_view kLeaf("\x00", 1);
constexpr std::string_view kNode("\x01", 1);

// RFC 6962 section 2.1: the left part is the largest power of two below the size.
Digest tree_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves.front();
  const std::size_t left = std::bit_floor(leaves.size() - 1);
  return sha256(
      {kNode, tree_root(leaves.first(left)).view(), tree_root(leaves.subspan(left)).view()});
}

}  // namespace

Digest evidence_root(std::span<const DocumentName> documents) {
  std::vector<std::string> lines;
  for (const DocumentName& document : documents) {
    lines.push_back(document.kind + '\0' + document.digest.hex());
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::vector<Digest> leaves;
  for (const std::string& line : lines) leaves.push_back(sha256({kLeaf, line}));
  return tree_root(leaves);
}

}  // namespace z5::evidence
