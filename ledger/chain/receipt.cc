// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/receipt.h"

#include <fmt/format.h>

#include "ledger/chain/note_lines.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::chain {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxHashes = 63;

}  // namespace

std::string Receipt::text() const {
  std::string text = fmt::format("{}{}{}\n", kHeader, kIndex, index);
  for (const Digest& hash : proof) text += to_base64(hash.view()) + "\n";
  return text + "\n" + checkpoint;
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (!text.starts_with(kHeader))
    return invalid("receipt: first line is not c2sp.org/tlog-proof@v1");
  const std::size_t blank = text.find("\n\n");
  if (blank == std::string_view::npos)
    return invalid("receipt: no empty line before the checkpoint");
  std::string_view lines =
      text.substr(kHeader.size(), blank + 1 - std::min(blank + 1, kHeader.size()));
  if (!lines.starts_with(kIndex)) return invalid("receipt: index: missing");
  const std::size_t end = lines.find('\n');
  Receipt receipt;
  Z5_TRY(receipt.index,
         parse_decimal(lines.substr(kIndex.size(), end - kIndex.size()), "receipt: index"));
  lines.remove_prefix(end + 1);
  while (!lines.empty()) {
    if (receipt.proof.size() == kMaxHashes) return invalid("receipt: proof: more than 63 hashes");
    const std::size_t line = lines.find('\n');
    Z5_TRY(receipt.proof.emplace_back(), parse_hash_line(lines.substr(0, line), "receipt: proof"));
    lines.remove_prefix(line + 1);
  }
  receipt.checkpoint = text.substr(blank + 2);
  return receipt;
}

Result<Checkpoint> verify_receipt(const Receipt& receipt, const Digest& entry, const Trust& trust) {
  Z5_TRY(Checkpoint checkpoint, verify_checkpoint(receipt.checkpoint, trust));
  Z5_TRY(const Digest root,
         root_of_inclusion(entry, receipt.index, checkpoint.size, receipt.proof));
  if (root != checkpoint.root)
    return invalid("receipt: the proof does not lead to the checkpoint's root");
  return checkpoint;
}

}  // namespace z5::chain
