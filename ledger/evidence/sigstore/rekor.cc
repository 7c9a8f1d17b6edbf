// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/rekor.h"

#include <fmt/format.h>

#include <bit>

#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/log_body.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "ledger/keys/note.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::sigstore {
namespace {

Digest node(std::string_view left, std::string_view right) { return sha256({"\x01", left, right}); }

// The promise signs this compact JSON; keys sorted, the log id in hex.
Verdict<Time> verify_promise(const LogEntry& entry, const TrustedLog& log) {
  const std::string text = fmt::format(
      R"({{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}})", to_base64(entry.body),
      entry.integrated_time, to_hex(entry.log_id), entry.log_index);
  if (!verify_message(log.key, text, entry.signed_entry_timestamp)) {
    return refuse("log-promise-invalid", "log entry: signed entry timestamp does not verify");
  }
  if (entry.integrated_time <= 0)
    return refuse("log-promise-invalid", "log entry: promise without a time");
  return Time{entry.integrated_time * 1'000'000'000};
}

// Takes the next line off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// The name that the log signs under: its origin, for Rekor v1 without the tree id behind " - ".
std::string note_name(std::string_view checkpoint, bool v2) {
  const std::string_view origin = checkpoint.substr(0, checkpoint.find('\n'));
  return std::string(v2 ? origin : origin.substr(0, origin.find(" - ")));
}

Verdict<Done> verify_checkpoint(const InclusionProof& proof, const TrustedLog& log, bool v2) {
  constexpr std::string_view kRule = "checkpoint-invalid";
  const std::string_view note = proof.checkpoint;
  const keys::NoteKey known[] = {{note_name(note, v2), log.key}};
  Z5_TRY(const keys::VerifiedNote verified, under(kRule, keys::verify_note(note, known)));
  std::string_view text = verified.text;
  if (take_line(text).empty()) return refuse(kRule, "checkpoint: empty origin");
  Z5_TRY(const std::uint64_t size, under(kRule, parse_decimal(take_line(text), "checkpoint size")));
  Z5_TRY(const Bytes root, under(kRule, from_base64(take_line(text))));
  if (size != proof.tree_size)
    return refuse(kRule, "checkpoint: of another tree size than the proof");
  if (root != proof.root_hash) return refuse(kRule, "checkpoint: of another root than the proof");
  return Done{};
}

Verdict<Done> verify_proof(const LogEntry& entry, const TrustedLog& log) {
  const InclusionProof& proof = *entry.proof;
  const bool v2 = is_rekor_v2(entry);
  // In Rekor v1 the entry's index counts over all trees of the log, the proof's in its own tree.
  if (v2 && entry.log_index != proof.log_index) {
    return refuse("log-proof-invalid", "log entry: its index differs from the proof's");
  }
  const Digest leaf = sha256({std::string_view("\0", 1), entry.body});
  const auto root = root_of(proof.log_index, proof.tree_size, leaf, proof.hashes);
  if (!root || root->view() != proof.root_hash) {
    return refuse("log-proof-invalid", "log entry: inclusion proof does not lead to the root");
  }
  return verify_checkpoint(proof, log, v2);
}

}  // namespace

std::optional<Digest> root_of(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                              std::span<const Bytes> hashes) {
  if (index >= size) return std::nullopt;
  // Levels below the one where the paths of this leaf and of the last leaf meet have a sibling
  // each; above it only the left siblings remain.
  const auto inner = static_cast<std::size_t>(std::bit_width(index ^ (size - 1)));
  const auto border = static_cast<std::size_t>(std::popcount(inner < 64 ? index >> inner : 0));
  if (hashes.size() != inner + border) return std::nullopt;
  Digest root = leaf;
  for (std::size_t level = 0; level < hashes.size(); ++level) {
    const bool right_child = level >= inner || (index >> level & 1) == 1;
    root = right_child ? node(hashes[level], root.view()) : node(root.view(), hashes[level]);
  }
  return root;
}

Verdict<LoggedEntry> verify_entry(BundleVersion version, const LogEntry& entry,
                                  const TrustedRoot& root) {
  const TrustedLog* log = root.log(entry.log_id);
  if (log == nullptr) return refuse("log-unknown", "log entry: its log is not in the trusted root");
  const bool v2 = is_rekor_v2(entry);
  const bool has_promise = !entry.signed_entry_timestamp.empty();
  if (v2 && (has_promise || entry.integrated_time != 0)) {
    return refuse("log-entry-malformed", "log entry: Rekor v2 makes no promise and states no time");
  }
  if (version == BundleVersion::V01 && !v2 && !has_promise) {
    return refuse("log-entry-malformed", "log entry: a v0.1 bundle needs inclusionPromise");
  }
  if ((version != BundleVersion::V01 || v2) && !entry.proof) {
    return refuse("log-entry-malformed", "log entry: inclusionProof is missing");
  }
  LoggedEntry out;
  out.log = log;
  if (has_promise) {
    Z5_TRY(const Time time, verify_promise(entry, *log));
    if (!log->window.covers(time))
      return refuse("trust-window", "log entry: its log was not trusted at that time");
    out.time = time;
  }
  if (entry.proof) {
    // A v0.1 bundle may carry a proof without checkpoint: nothing signs it, so that it counts for
    // nothing.
    if (entry.proof->checkpoint.empty() && version == BundleVersion::V01 && has_promise) return out;
    Z5_CHECK(verify_proof(entry, *log));
    out.index = entry.proof->log_index;
  }
  return out;
}

}  // namespace z5::sigstore
