// SPDX-License-Identifier: Apache-2.0
// Goal: an inclusion proof has exactly one length and leads to exactly one root. Method: trees of
// every size up to 40, their proofs made by the recursive definition of RFC 6962 section 2.1.1,
// checked for every index.
#include "ledger/evidence/sigstore/rekor.h"

#include <gtest/gtest.h>

namespace z5::sigstore {
namespace {

Digest leaf(std::uint64_t index) {
  return sha256(std::string("\0leaf", 5) + std::to_string(index));
}

// MTH and PATH as the RFC defines them, over leaves [from, to).
std::uint64_t split(std::uint64_t count) {
  std::uint64_t half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}
Digest tree(std::uint64_t from, std::uint64_t to) {
  if (to - from == 1) return leaf(from);
  const std::uint64_t middle = from + split(to - from);
  return sha256({"\x01", tree(from, middle).view(), tree(middle, to).view()});
}
std::vector<Bytes> path(std::uint64_t index, std::uint64_t from, std::uint64_t to) {
  if (to - from == 1) return {};
  const std::uint64_t middle = from + split(to - from);
  auto out = index < middle ? path(index, from, middle) : path(index, middle, to);
  out.push_back(Bytes((index < middle ? tree(middle, to) : tree(from, middle)).view()));
  return out;
}

TEST(SigstoreRekor, EveryIndexOfEveryTree) {
  for (std::uint64_t size = 1; size <= 40; ++size) {
    const Digest root = tree(0, size);
    for (std::uint64_t index = 0; index < size; ++index) {
      auto hashes = path(index, 0, size);
      EXPECT_EQ(root_of(index, size, leaf(index), hashes), root) << index << "/" << size;
      EXPECT_NE(root_of(index, size, leaf(index + 1), hashes), root);
      hashes.push_back(Bytes(32, 'x'));
      EXPECT_EQ(root_of(index, size, leaf(index), hashes), std::nullopt);
      hashes.resize(hashes.size() - 1);
      if (hashes.empty()) continue;
      hashes.pop_back();
      EXPECT_EQ(root_of(index, size, leaf(index), hashes), std::nullopt);
    }
    EXPECT_EQ(root_of(size, size, leaf(0), {}), std::nullopt);
  }
  EXPECT_EQ(root_of(0, 0, leaf(0), {}), std::nullopt);
  EXPECT_EQ(root_of(1, UINT64_MAX, leaf(0), {}), std::nullopt);
}

}  // namespace
}  // namespace z5::sigstore
