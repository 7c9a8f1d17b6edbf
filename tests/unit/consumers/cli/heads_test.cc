// SPDX-License-Identifier: Apache-2.0
// Goal: a ledger that shows less than before, or something else, is found out; slower answers of
// other clients are not mistaken for that. Method: one folder, checkpoints as a ledger would show
// them.
#include "consumers/cli/heads.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace z5::cli {
namespace {

class KeptHeads : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "z5-heads-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Heads open() const {
    auto heads = Heads::open(folder_, genesis_);
    EXPECT_TRUE(heads.ok());
    return std::move(*heads);
  }
  static chain::Checkpoint at(std::uint64_t size, const char* history) {
    return {"z5.local/test", size, sha256(history)};
  }
  std::string file() const { return folder_ + "/" + genesis_.hex() + ".json"; }

  std::string folder_;
  Digest genesis_ = sha256("genesis");
};

TEST_F(KeptHeads, NothingIsKnownAtFirst) {
  const Heads heads = open();
  EXPECT_FALSE(heads.newest());
  EXPECT_EQ(heads.own_sequence(), 0u);
}

TEST_F(KeptHeads, TheNewestIsKept) {
  ASSERT_TRUE(open().keep_newest(at(5, "a")).ok());
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  const Heads heads = open();
  ASSERT_TRUE(heads.newest());
  EXPECT_EQ(heads.newest()->size, 9u);
  EXPECT_EQ(heads.newest()->root, sha256("b"));
}

TEST_F(KeptHeads, ASmallerLedgerIsCorrupt) {
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  const Status smaller = open().keep_newest(at(8, "a"));
  ASSERT_FALSE(smaller.ok());
  EXPECT_EQ(smaller.error().code, ErrorCode::Corrupt);
  EXPECT_EQ(open().newest()->size, 9u);
}

TEST_F(KeptHeads, AnotherHistoryIsCorrupt) {
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  const Status other = open().keep_newest(at(9, "c"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, ErrorCode::Corrupt);
}

TEST_F(KeptHeads, ReceiptsMayBeOlderThanWhatOthersSaw) {
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  ASSERT_TRUE(open().keep_receipt(at(7, "a"), 6).ok());
  EXPECT_EQ(open().newest()->size, 9u);
  EXPECT_EQ(open().own_sequence(), 6u);
  ASSERT_TRUE(open().keep_receipt(at(12, "d"), 11).ok());
  ASSERT_TRUE(open().keep_receipt(at(12, "d"), 10).ok());
  EXPECT_EQ(open().newest()->size, 12u);
  EXPECT_EQ(open().own_sequence(), 11u);
  EXPECT_FALSE(open().keep_receipt(at(12, "e"), 11).ok());
}

TEST_F(KeptHeads, ADamagedFileIsCorrupt) {
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  for (const char* text :
       {"", "{}", "not json", R"({"size":"9","root":"sha256:00","own_sequence":"0"})"}) {
    std::ofstream(file()) << text;
    const auto heads = Heads::open(folder_, genesis_);
    ASSERT_FALSE(heads.ok()) << text;
    EXPECT_EQ(heads.error().code, ErrorCode::Corrupt) << text;
  }
}

TEST_F(KeptHeads, LedgersDoNotMix) {
  ASSERT_TRUE(open().keep_newest(at(9, "b")).ok());
  const auto other = Heads::open(folder_, sha256("another genesis"));
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->newest());
}

}  // namespace
}  // namespace z5::cli
