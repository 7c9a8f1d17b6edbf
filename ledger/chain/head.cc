// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/head.h"

#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::chain {

Head empty_head(Trust trust) {
  Head head;
  head.trust = std::move(trust);
  return head;
}

// Integers as decimal strings: sizes and times may pass 2^53.
std::string to_json(const Head& head) {
  Json nodes = Json::array();
  for (const Digest& node : head.tree.nodes()) nodes.push_back(node.hex());
  return canonical_json({{"trust", *parse_json(to_json(head.trust))},
                         {"size", std::to_string(head.size())},
                         {"nodes", nodes},
                         {"last", head.last.hex()},
                         {"recorded_at", std::to_string(head.recorded_at.ns)},
                         {"epoch", std::to_string(head.epoch)},
                         {"offset", std::to_string(head.offset)}});
}

Result<Head> parse_head(std::string_view text) {
  Z5_TRY(const Json json, parse_json(text, limits::kMaxNoteFile));
  Z5_CHECK(json_only_fields(
      json, {"trust", "size", "nodes", "last", "recorded_at", "epoch", "offset"}, "head"));
  Head head;
  Z5_TRY(const Json* trust, json_object(json, "trust", "head"));
  Z5_TRY(head.trust, parse_trust(canonical_json(*trust)));
  Z5_TRY(const std::uint64_t size, json_uint(json, "size", "head"));
  Z5_TRY(const Json* nodes, json_array(json, "nodes", "head"));
  std::vector<Digest> digests;
  for (const Json& node : *nodes) {
    if (!node.is_string()) return invalid("head.nodes: not a string");
    Z5_TRY(digests.emplace_back(), digest_from_hex(node.get<std::string>()));
  }
  Z5_TRY(head.tree, CompactRange::from(size, std::move(digests)));
  Z5_TRY(const std::string last, json_string(json, "last", "head"));
  Z5_TRY(head.last, digest_from_hex(last));
  Z5_TRY(const std::uint64_t recorded_at, json_uint(json, "recorded_at", "head"));
  head.recorded_at = Time{static_cast<std::int64_t>(recorded_at)};
  Z5_TRY(head.epoch, json_uint(json, "epoch", "head"));
  Z5_TRY(head.offset, json_uint(json, "offset", "head"));
  return head;
}

}  // namespace z5::chain
