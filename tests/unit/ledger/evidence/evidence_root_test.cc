// SPDX-License-Identifier: Apache-2.0
// Goal: the evidence root is the RFC 6962 root over the sorted set of documents. Method: the tree
// written out by hand.
#include <gtest/gtest.h>

#include "ledger/evidence/facts.h"

namespace z5::evidence {
namespace {

TEST(EvidenceRoot, IsTheMerkleRootOfTheSortedSet) {
  const DocumentName a{"adr", sha256("1")}, b{"sbom", sha256("2")}, c{"vex", sha256("3")};
  const auto leaf = [](const DocumentName& name) {
    return sha256(
        {std::string_view("\0", 1), name.kind, std::string_view("\0", 1), name.digest.hex()});
  };
  const auto node = [](const Digest& left, const Digest& right) {
    return sha256({"\1", left.view(), right.view()});
  };
  EXPECT_EQ(evidence_root({}), sha256(""));
  EXPECT_EQ(evidence_root(std::vector{a}), leaf(a));
  EXPECT_EQ(evidence_root(std::vector{c, a, b, a}), node(node(leaf(a), leaf(b)), leaf(c)));
}

TEST(DocumentKind, AreTheFlagNames) {
  EXPECT_TRUE(is_document_kind("model-card"));
  EXPECT_FALSE(is_document_kind("ticket"));
  EXPECT_FALSE(is_document_kind(""));
}

}  // namespace
}  // namespace z5::evidence
