// SPDX-License-Identifier: Apache-2.0
// Goal: a provenance document speaks for its signer only. Method: claims and certificate names side
// by side.
#include "ledger/evidence/sigstore/provenance.h"

#include <gtest/gtest.h>

namespace z5::sigstore {
namespace {

Statement statement(const Json& predicate, std::string_view type = kSlsaV1) {
  const Json json = {{"_type", "https://in-toto.io/Statement/v1"},
                     {"subject", {{{"name", "a"}, {"digest", {{"sha256", std::string(64, 'a')}}}}}},
                     {"predicateType", type},
                     {"predicate", predicate}};
  return *parse_statement(json.dump());
}

TEST(SigstoreProvenance, BuilderIsWhereTheVersionPutsIt) {
  EXPECT_EQ(*claimed_builder(statement({{"runDetails", {{"builder", {{"id", "b"}}}}}})), "b");
  EXPECT_EQ(*claimed_builder(statement({{"builder", {{"id", "b"}}}}, kSlsaV02)), "b");
  EXPECT_FALSE(claimed_builder(statement({{"builder", {{"id", "b"}}}})).ok());
  EXPECT_FALSE(claimed_builder(statement({{"runDetails", {{"builder", {{"id", ""}}}}}})).ok());
  EXPECT_FALSE(
      claimed_builder(statement({{"runDetails", {{"builder", {{"id", "b"}}}}}}, "urn:other")).ok());
}

TEST(SigstoreProvenance, TheSignerBacksTheClaim) {
  const std::string workflow = "https://git.example.test/team/model/.ci/train.yml@refs/heads/main";
  const Statement claim =
      statement({{"runDetails", {{"builder", {{"id", "https://ci.example.test/builder@v1"}}}}},
                 {"buildDefinition",
                  {{"externalParameters",
                    {{"workflow",
                      {{"repository", "https://git.example.test/team/model"},
                       {"path", ".ci/train.yml"},
                       {"ref", "refs/heads/main"}}}}}}}});
  EXPECT_TRUE(signer_backs_builder(claim, "https://ci.example.test/builder@v1").ok());
  EXPECT_TRUE(signer_backs_builder(claim, workflow).ok());
  EXPECT_EQ(signer_backs_builder(
                claim, "https://git.example.test/mallory/model/.ci/train.yml@refs/heads/main")
                .error()
                .rule,
            "builder-mismatch");
  EXPECT_EQ(signer_backs_builder(claim, "https://ci.example.test/builder@v1.evil").error().rule,
            "builder-mismatch");
  EXPECT_EQ(signer_backs_builder(claim, "").error().rule, "builder-mismatch");
}

}  // namespace
}  // namespace z5::sigstore
