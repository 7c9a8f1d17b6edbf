// SPDX-License-Identifier: Apache-2.0
// The Merkle tree over entry hashes (RFC 9162 section 2.1, the tree of RFC 6962): roots, inclusion
// and consistency proofs, and their verification. Pure values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "schemas/digest.h"

namespace z5::chain {

// SHA-256(0x00 ‖ body): the hash of an entry in the chain, and its leaf in the tree. One number,
// two uses.
Digest entry_hash(std::string_view body);
// SHA-256(0x01 ‖ left ‖ right).
Digest node_hash(const Digest& left, const Digest& right);

// The tree's left edge: what is needed to go on appending and to say the root, 32 bytes a level.
class CompactRange {
 public:
  CompactRange() = default;
  // Nodes as nodes() gave them. Invalid: their number is not that of the bits set in `size`.
  static Result<CompactRange> from(std::uint64_t size, std::vector<Digest> nodes);

  void append(const Digest& leaf);
  std::uint64_t size() const { return size_; }
  Digest root() const;  // SHA-256 of nothing for the empty tree
  // Roots of the perfect subtrees that tile [0, size), largest first.
  std::span<const Digest> nodes() const { return nodes_; }
  bool operator==(const CompactRange&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> nodes_;
};

// The hash of the subtree over the leaves [begin, end), as the proofs below ask for it. It is asked
// only for whole subtrees of the tree: (end - begin) is a power of two that divides begin, or end
// is the tree's size.
using SubtreeHash = std::function<Result<Digest>(std::uint64_t begin, std::uint64_t end)>;

// The root over `leaves` as a tree of their own.
Digest tree_root(std::span<const Digest> leaves);

// The subtrees that a group completed, all hashed once: answers SubtreeHash questions over
// [0, before.size() + leaves.size()) in O(log n), which is enough for receipts of the newest group.
// Unavailable for a subtree inside `before`. Immutable; any thread.
class GroupTree {
 public:
  GroupTree(const CompactRange& before, std::span<const Digest> leaves);
  Result<Digest> subtree(std::uint64_t begin, std::uint64_t end) const;

 private:
  struct Level {
    std::uint64_t first;  // index of nodes[0] among the nodes of this level
    std::vector<Digest> nodes;
  };
  CompactRange before_;
  std::vector<Level> levels_;  // [k] = roots of 2^k leaves
};

// RFC 9162 section 2.1.3.1: the leaf's sibling first. Errors are `subtree`'s. Asserts index < size.
Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                            const SubtreeHash& subtree);
// RFC 9162 section 2.1.4.1. Asserts 0 < from <= to.
Result<std::vector<Digest>> consistency_proof(std::uint64_t from, std::uint64_t to,
                                              const SubtreeHash& subtree);

// The root that `proof` leads to from `leaf`; Invalid: index not below size, or not exactly as many
// hashes as needed.
Result<Digest> root_of_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                 std::span<const Digest> proof);
// True when the tree (to, to_root) begins with the tree (from, from_root). From the empty tree:
// with no hashes.
bool verify_consistency(std::uint64_t from, const Digest& from_root, std::uint64_t to,
                        const Digest& to_root, std::span<const Digest> proof);

}  // namespace z5::chain
