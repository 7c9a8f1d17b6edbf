// SPDX-License-Identifier: Apache-2.0
// Goal: the tree is RFC 6962's, and its proofs prove what they say and nothing else. Method: the
// vectors of the Certificate Transparency reference implementation, and every proof of every tree
// up to 40 leaves.
#include "ledger/chain/merkle.h"

#include <gtest/gtest.h>

#include "schemas/encoding.h"

namespace z5::chain {
namespace {

std::vector<Digest> leaves(std::size_t count) {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(entry_hash(std::to_string(i)));
  return out;
}

// The whole tree at hand: the definition of RFC 9162 section 2.1.1, word for word.
Digest root_of(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return node_hash(root_of(leaves.first(k)), root_of(leaves.subspan(k)));
}
SubtreeHash whole(const std::vector<Digest>& leaves) {
  return [&leaves](std::uint64_t begin, std::uint64_t end) -> Result<Digest> {
    return root_of(std::span(leaves).subspan(begin, end - begin));
  };
}

TEST(Merkle, RootsOfTheReferenceImplementation) {
  const std::vector<std::string> inputs = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange tree;
  EXPECT_EQ(tree.root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tree.append(entry_hash(*from_hex(inputs[i])));
    EXPECT_EQ(tree.root().hex(), roots[i]);
    EXPECT_EQ(*CompactRange::from(tree.size(), {tree.nodes().begin(), tree.nodes().end()}), tree);
  }
  EXPECT_FALSE(CompactRange::from(3, {tree.nodes().begin(), tree.nodes().end()}).ok());
}

TEST(Merkle, EveryInclusionProof) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::vector<Digest> all = leaves(size);
    const Digest root = root_of(all);
    EXPECT_EQ(tree_root(all), root);
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = *inclusion_proof(index, size, whole(all));
      EXPECT_EQ(*root_of_inclusion(all[index], index, size, proof), root);
      for (std::size_t other = 0; other < size; ++other) {
        const auto wrong = root_of_inclusion(all[index], other, size, proof);
        EXPECT_TRUE(other == index || !wrong.ok() || *wrong != root);
      }
      std::vector<Digest> longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(root_of_inclusion(all[index], index, size, longer).ok());
      if (!proof.empty()) {
        EXPECT_FALSE(root_of_inclusion(all[index], index, size, std::span(proof).subspan(1)).ok());
      }
    }
    EXPECT_FALSE(root_of_inclusion(all[0], size, size, {}).ok());
  }
}

SubtreeHash asks(const GroupTree& tree) {
  return [&tree](std::uint64_t begin, std::uint64_t end) { return tree.subtree(begin, end); };
}

// Receipts of the newest group need only the compact range before it and the group's own leaves.
TEST(Merkle, AGroupProvesItself) {
  const std::vector<Digest> all = leaves(40);
  for (std::size_t before = 0; before < 40; ++before) {
    CompactRange range;
    for (std::size_t i = 0; i < before; ++i) range.append(all[i]);
    for (std::size_t size = before + 1; size <= 40; ++size) {
      const GroupTree tree(range, std::span(all).subspan(before, size - before));
      const auto subtrees = asks(tree);
      for (std::size_t index = before; index < size; ++index) {
        EXPECT_EQ(*inclusion_proof(index, size, subtrees),
                  *inclusion_proof(index, size, whole(all)));
      }
      if (before > 0) {
        EXPECT_EQ(*consistency_proof(before, size, subtrees),
                  *consistency_proof(before, size, whole(all)));
      }
    }
  }
  CompactRange range;
  for (std::size_t i = 0; i < 8; ++i) range.append(all[i]);
  const GroupTree tree(range, std::span(all).subspan(8, 1));
  EXPECT_EQ(inclusion_proof(3, 9, asks(tree)).error().code, ErrorCode::Unavailable);
}

TEST(Merkle, EveryConsistencyProof) {
  for (std::size_t to = 1; to <= 40; ++to) {
    const std::vector<Digest> all = leaves(to);
    const Digest root = root_of(all);
    EXPECT_TRUE(verify_consistency(0, sha256(""), to, root, {}));
    for (std::size_t from = 1; from <= to; ++from) {
      const Digest old_root = root_of(std::span(all).first(from));
      const auto proof = *consistency_proof(from, to, whole(all));
      EXPECT_TRUE(verify_consistency(from, old_root, to, root, proof)) << from << " " << to;
      EXPECT_FALSE(verify_consistency(from, sha256("other"), to, root, proof));
      EXPECT_FALSE(verify_consistency(from, old_root, to, sha256("other"), proof));
      EXPECT_FALSE(verify_consistency(to + 1, old_root, to, root, proof));
      for (std::size_t i = 0; i < proof.size(); ++i) {
        std::vector<Digest> changed = proof;
        changed[i].bytes[0] ^= 1;
        EXPECT_FALSE(verify_consistency(from, old_root, to, root, changed));
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(verify_consistency(from, old_root, to, root, changed));
      }
      std::vector<Digest> longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_consistency(from, old_root, to, root, longer));
    }
  }
}

}  // namespace
}  // namespace z5::chain
