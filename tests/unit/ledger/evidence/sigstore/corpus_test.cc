// SPDX-License-Identifier: Apache-2.0
// Goal: each signature case of the evidence corpus is judged as its index expects. Method: walk
// index.json through check(), the library behind `z5 evidence check`; print one line a case; any
// deviation fails. Without the corpus
// (../shared/evidence, or Z5_EVIDENCE_CORPUS) the test is skipped and says so.
#include "tests/support/sigstore/corpus.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/evidence/sigstore/check.h"

namespace z5::sigstore {
namespace {

TEST(SigstoreCorpus, EachCaseIsJudgedAsExpected) {
  const support::Corpus corpus;
  if (!corpus.is_there()) GTEST_SKIP() << "no evidence corpus at " << corpus.place();
  for (const support::CorpusCase& each : corpus.cases()) {
    const auto answer = check(each.request);
    ASSERT_TRUE(answer.ok()) << each.file << ": " << answer.error().message;
    const std::string why =
        answer->ok() ? "" : fmt::format("{}: {}", answer->error().rule, answer->error().reason);
    fmt::print("{} {} {:60} {}\n", each.accept ? "accept" : "reject",
               answer->ok() ? "accept" : "reject", each.file, why);
    EXPECT_EQ(answer->ok(), each.accept) << each.file << " " << each.why << " | " << why;
  }
  EXPECT_GT(corpus.cases().size(), 60u);
}

}  // namespace
}  // namespace z5::sigstore
