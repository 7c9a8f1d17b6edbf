// SPDX-License-Identifier: Apache-2.0
// Goal: each signature case of the evidence corpus is judged as its index expects. Method: walk
// index.json through check(), the library behind `z5 evidence check`; print one line a case; any
// deviation fails. Without the corpus
// (../shared/evidence, or Z5_EVIDENCE_CORPUS) the test is skipped and says so.
#include "tests/support/sigstore/corpus.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/evidence/sigstore/check.h"
#include "ledger/evidence/sigstore/trust_roots.h"

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

// The same cases as a ledger judges them: the document as a root, the signer as an enrolled
// identity.
TEST(SigstoreCorpus, KeylessCasesUnderALedgersRoot) {
  const support::Corpus corpus;
  if (!corpus.is_there()) GTEST_SKIP() << "no evidence corpus at " << corpus.place();
  std::size_t judged = 0;
  for (const support::CorpusCase& each : corpus.cases()) {
    const CheckRequest& request = each.request;
    if (!request.trusted_root || !request.identity || request.log) continue;
    const auto trust = TrustRoots().with(
        {"root", {}, held_trust_document(support::read_file(*request.trusted_root))}, request.now);
    ASSERT_TRUE(trust.ok()) << each.file << ": " << trust.error().reason;
    const auto bundle = parse_bundle(support::read_file(request.file));
    ASSERT_TRUE(bundle.ok()) << each.file;
    std::string bytes;
    Asked asked{std::nullopt, request.type.value_or("")};
    if (request.artifact) {
      bytes = support::read_file(*request.artifact);
      asked.artifact = Artifact::of(bytes);
    }
    const auto grounds = (*trust)->grounds(*bundle, asked);
    const Digest identity = identity_digest(request.issuer.value_or(""), *request.identity);
    const bool counts = grounds.ok() && grounds->front().identity == identity &&
                        (*trust)->admits(grounds->front(), request.now, request.now).ok();
    EXPECT_EQ(counts, each.accept) << each.file << " " << each.why;
    ++judged;
  }
  EXPECT_GT(judged, 15u);
}

}  // namespace
}  // namespace z5::sigstore
