// SPDX-License-Identifier: Apache-2.0
// Goal: what the command line says becomes routes, tags and outcomes, and nothing else does.
// Method: good words and each kind of bad one.
#include <gtest/gtest.h>

#include "consumers/cli/documents.h"
#include "consumers/cli/installation.h"

namespace z5::cli {
namespace {

TEST(CliWords, ReferencesBecomeTargets) {
  EXPECT_EQ(*version_target("acme/credit:1.2"), "/v1/versions/acme/credit/1.2");
  EXPECT_EQ(*version_target("acme/credit:1+cpu"), "/v1/versions/acme/credit/1%2Bcpu");
  EXPECT_EQ(*version_target("acme/credit@serving"), "/v1/serving/acme/credit");
  for (const char* bad :
       {"", "acme", "acme/credit", "acme/credit@", "acme/../x:1", "acme/credit:..",
        "/acme/credit:1", "acme/credit:1\n", "acme/credit@staging"}) {
    EXPECT_FALSE(version_target(bad).ok()) << bad;
  }
}

TEST(CliWords, Tags) {
  const auto tags = tags_of({"team=risk", "formula=a=b", "empty="});
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(*tags, (Json{{"team", "risk"}, {"formula", "a=b"}, {"empty", ""}}));
  EXPECT_FALSE(tags_of({"team"}).ok());
  EXPECT_FALSE(tags_of({"team=a", "team=b"}).ok());
}

TEST(CliWords, DocumentsAreNamedByTheirBytes) {
  Documents documents;
  documents.add("sbom", "bytes");
  documents.add("adr", "bytes");
  ASSERT_EQ(documents.names.size(), 2u);
  EXPECT_EQ(documents.names[0], (Json{{"kind", "sbom"}, {"digest", sha256("bytes").text()}}));
  EXPECT_EQ(documents.attachments.size(), 1u);
}

TEST(CliWords, ARefusalNamesEachRule) {
  const Outcome outcome = outcome_of(No{1, {{"sbom", "no SBOM"}, {"model-card", "no model card"}}});
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_EQ(outcome.text, "sbom: no SBOM\nmodel-card: no model card\n");
  ASSERT_EQ(outcome.document["refusal"].size(), 2u);
  EXPECT_EQ(outcome.document["refusal"][1]["rule"], "model-card");
}

}  // namespace
}  // namespace z5::cli
