// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/merkle.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace z5::chain {
namespace {

// The largest power of two below n, n > 1: where RFC 9162 splits a tree of n leaves.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

Result<Done> inclusion(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                       const SubtreeHash& subtree, std::vector<Digest>& proof) {
  if (end - begin == 1) return Done{};
  const std::uint64_t middle = begin + split(end - begin);
  const bool left = index < middle;
  Z5_CHECK(left ? inclusion(index, begin, middle, subtree, proof)
                : inclusion(index, middle, end, subtree, proof));
  Z5_TRY(proof.emplace_back(), left ? subtree(middle, end) : subtree(begin, middle));
  return Done{};
}

Result<Done> consistency(std::uint64_t from, std::uint64_t begin, std::uint64_t end, bool known,
                         const SubtreeHash& subtree, std::vector<Digest>& proof) {
  if (from == end) {
    if (!known) {
      Z5_TRY(proof.emplace_back(), subtree(begin, end));
    }
    return Done{};
  }
  const std::uint64_t middle = begin + split(end - begin);
  const bool left = from <= middle;
  Z5_CHECK(left ? consistency(from, begin, middle, known, subtree, proof)
                : consistency(from, middle, end, false, subtree, proof));
  Z5_TRY(proof.emplace_back(), left ? subtree(middle, end) : subtree(begin, middle));
  return Done{};
}

// The node of `range` over exactly [begin, end).
Result<Digest> edge_node(const CompactRange& range, std::uint64_t begin, std::uint64_t end) {
  std::uint64_t at = 0;
  for (const Digest& node : range.nodes()) {
    const std::uint64_t width = std::bit_floor(range.size() - at);
    if (at == begin && at + width == end) return node;
    at += width;
  }
  return unavailable(fmt::format("merkle: subtree [{}, {}) is not at hand", begin, end));
}

// The pair of positions of RFC 9162 sections 2.1.3.2 and 2.1.4.2: of a node, and of the last node
// of its level.
struct Walk {
  std::uint64_t node, last;

  void up() { node >>= 1, last >>= 1; }
  bool is_right_child() const { return (node & 1) != 0; }
  // True when the sibling stands to the left; levels at which the node has none are skipped.
  bool sibling_is_left() {
    const bool left = is_right_child() || node == last;
    if (left) {
      while (!is_right_child() && node != 0) up();
    }
    return left;
  }
};

}  // namespace

Digest entry_hash(std::string_view body) { return sha256({std::string_view("\0", 1), body}); }

Digest node_hash(const Digest& left, const Digest& right) {
  char bytes[65] = {'\x01'};
  std::memcpy(bytes + 1, left.bytes.data(), 32);
  std::memcpy(bytes + 33, right.bytes.data(), 32);
  return sha256(std::string_view(bytes, sizeof bytes));
}

Result<CompactRange> CompactRange::from(std::uint64_t size, std::vector<Digest> nodes) {
  if (nodes.size() != static_cast<std::size_t>(std::popcount(size))) {
    return invalid("compact range: not one node for each bit of the size");
  }
  CompactRange range;
  range.size_ = size;
  range.nodes_ = std::move(nodes);
  return range;
}

void CompactRange::append(const Digest& leaf) {
  nodes_.push_back(leaf);
  for (std::uint64_t carry = size_; (carry & 1) != 0; carry >>= 1) {
    const Digest right = nodes_.back();
    nodes_.pop_back();
    nodes_.back() = node_hash(nodes_.back(), right);
  }
  ++size_;
}

Digest CompactRange::root() const {
  if (nodes_.empty()) return sha256("");
  Digest root = nodes_.back();
  for (std::size_t i = nodes_.size() - 1; i-- > 0;) root = node_hash(nodes_[i], root);
  return root;
}

Digest tree_root(std::span<const Digest> leaves) {
  CompactRange range;
  for (const Digest& leaf : leaves) range.append(leaf);
  return range.root();
}

GroupTree::GroupTree(const CompactRange& before, std::span<const Digest> leaves) : before_(before) {
  levels_.push_back({before.size(), {leaves.begin(), leaves.end()}});
  for (std::uint64_t width = 1; !levels_.back().nodes.empty(); width *= 2) {
    const Level& below = levels_.back();
    Level level{below.first / 2, {}};
    const std::uint64_t end = below.first + below.nodes.size();
    std::uint64_t at = below.first;
    if (at % 2 == 1) {  // its left sibling was complete before the group
      const auto left = edge_node(before_, (at - 1) * width, at * width);
      Z5_ASSERT(left.ok());
      level.nodes.push_back(node_hash(*left, below.nodes[0]));
      ++at;
    }
    for (; at + 1 < end; at += 2) {
      level.nodes.push_back(
          node_hash(below.nodes[at - below.first], below.nodes[at + 1 - below.first]));
    }
    levels_.push_back(std::move(level));
  }
}

Result<Digest> GroupTree::subtree(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t width = end - begin;
  if (end <= before_.size()) return edge_node(before_, begin, end);
  if (std::has_single_bit(width)) {
    const auto& level = levels_[static_cast<std::size_t>(std::countr_zero(width))];
    return level.nodes[begin / width - level.first];
  }
  const std::uint64_t middle = begin + split(width);
  Z5_TRY(const Digest left, subtree(begin, middle));
  Z5_TRY(const Digest right, subtree(middle, end));
  return node_hash(left, right);
}

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                            const SubtreeHash& subtree) {
  Z5_ASSERT(index < size);
  std::vector<Digest> proof;
  Z5_CHECK(inclusion(index, 0, size, subtree, proof));
  return proof;
}

Result<std::vector<Digest>> consistency_proof(std::uint64_t from, std::uint64_t to,
                                              const SubtreeHash& subtree) {
  Z5_ASSERT(0 < from && from <= to);
  std::vector<Digest> proof;
  Z5_CHECK(consistency(from, 0, to, true, subtree, proof));
  return proof;
}

Result<Digest> root_of_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                 std::span<const Digest> proof) {
  if (index >= size) return invalid("inclusion proof: index is not below the size");
  Walk walk{index, size - 1};
  Digest root = leaf;
  for (const Digest& sibling : proof) {
    if (walk.last == 0) return invalid("inclusion proof: too many hashes");
    root = walk.sibling_is_left() ? node_hash(sibling, root) : node_hash(root, sibling);
    walk.up();
  }
  if (walk.last != 0) return invalid("inclusion proof: too few hashes");
  return root;
}

bool verify_consistency(std::uint64_t from, const Digest& from_root, std::uint64_t to,
                        const Digest& to_root, std::span<const Digest> proof) {
  if (from == 0) return proof.empty() && from_root == sha256("");
  if (from == to) return proof.empty() && from_root == to_root;
  if (from > to) return false;
  Walk walk{from - 1, to - 1};
  while (walk.is_right_child()) walk.up();
  Digest first =
      from_root;  // the whole old tree is one node of the new one, unless the proof says which is
  if (walk.node != 0) {
    if (proof.empty()) return false;
    first = proof.front();
    proof = proof.subspan(1);
  }
  Digest old_root = first, new_root = first;
  for (const Digest& sibling : proof) {
    if (walk.last == 0) return false;
    if (walk.sibling_is_left()) {
      old_root = node_hash(sibling, old_root);
      new_root = node_hash(sibling, new_root);
    } else {
      new_root = node_hash(new_root, sibling);
    }
    walk.up();
  }
  return walk.last == 0 && old_root == from_root && new_root == to_root;
}

}  // namespace z5::chain
