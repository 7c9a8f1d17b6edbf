// SPDX-License-Identifier: Apache-2.0
// Goal: what the writer appends is what readers verify, over restarts. Method: real files, the
// sample ledger.
#include "ledger/chain/appender.h"

#include <gtest/gtest.h>

#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

TEST(Appender, ReadersVerifyWhatWasAppended) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1, 3, 5});
  const auto head = sample::verify(folder.path(), trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 10u);
  const auto checkpoint = verify_checkpoint(sample::read_file(folder / "checkpoint"), trust);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->size, 10u);
  EXPECT_EQ(checkpoint->root, head->tree.root());
}

TEST(Appender, GoesOnAfterARestart) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {2});
  for (int run = 1; run <= 3; ++run) {
    auto appender = sample::open(folder.path(), trust);
    ASSERT_TRUE(appender.ok()) << appender.error().message;
    const auto committed =
        sample::append(**appender, 3, sample::kStart + std::chrono::minutes(run));
    ASSERT_TRUE(committed.ok()) << committed.error().message;
    EXPECT_TRUE((*appender)->history().contains(3, (*appender)->head().tree.root()) == false);
  }
  const auto head = sample::verify(folder.path(), trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 12u);
  EXPECT_EQ(head->epoch, 4u);
}

TEST(Appender, ReceiptsProveEveryEntryOfTheGroup) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {2, 4});
  auto appender = sample::open(folder.path(), trust);
  ASSERT_TRUE(appender.ok()) << appender.error().message;
  const auto committed = sample::append(**appender, 9, sample::kStart + std::chrono::hours(1));
  ASSERT_TRUE(committed.ok());
  const Receipts receipts(*committed);
  for (std::uint64_t i = 0; i < committed->hashes.size(); ++i) {
    const auto receipt = parse_receipt(receipts.receipt(committed->first + i).text());
    ASSERT_TRUE(receipt.ok()) << receipt.error().message;
    const auto checkpoint = verify_receipt(*receipt, committed->hashes[i], trust);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
    EXPECT_FALSE(verify_receipt(*receipt, sha256("other"), trust).ok());
  }
}

}  // namespace
}  // namespace z5::chain
