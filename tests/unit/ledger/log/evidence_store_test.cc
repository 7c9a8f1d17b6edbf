// SPDX-License-Identifier: Apache-2.0
// Goal: evidence is what its name says, or it is refused. Method: a real folder, and damage done to
// it.
#include "ledger/log/evidence_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace z5::log {
namespace {

class Evidence : public testing::Test {
 protected:
  Evidence() {
    std::string name = std::filesystem::temp_directory_path() / "z5_evidence_test.XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  ~Evidence() override { std::filesystem::remove_all(root_); }
  std::string path(const Digest& digest) const {
    return root_ + "/sha256/" + digest.hex().substr(0, 2) + "/" + digest.hex();
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root_))
      count += file.is_regular_file();
    return count;
  }
  std::string root_;
};

TEST_F(Evidence, WhatWasPutIsThere) {
  const EvidenceStore store(root_);
  const std::string_view documents[] = {"one", "two", "", "one"};
  const auto digests = store.put(documents);
  ASSERT_TRUE(digests.ok()) << digests.error().message;
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ((*digests)[i], sha256(documents[i]));
    EXPECT_TRUE(store.has((*digests)[i]));
    EXPECT_EQ(*store.get((*digests)[i]), documents[i]);
    EXPECT_TRUE(std::filesystem::exists(path((*digests)[i])));
  }
  EXPECT_EQ(*store.put("two"), sha256("two"));
  EXPECT_EQ(files(), 3u);  // and nothing temporary is left
}

TEST_F(Evidence, RefusesWhatItDoesNotHave) {
  const EvidenceStore store(root_);
  EXPECT_FALSE(store.has(sha256("x")));
  EXPECT_EQ(store.get(sha256("x")).error().code, ErrorCode::Unavailable);
  ASSERT_TRUE(store.put("0123456789").ok());
  EXPECT_EQ(store.get(sha256("0123456789"), 9).error().code, ErrorCode::Invalid);
  EXPECT_TRUE(store.get(sha256("0123456789"), 10).ok());
}

TEST_F(Evidence, DamageIsFoundAndMended) {
  const EvidenceStore store(root_);
  const Digest digest = *store.put("document");
  std::ofstream(path(digest), std::ios::trunc) << "documenT";
  EXPECT_EQ(store.get(digest).error().code, ErrorCode::Corrupt);
  ASSERT_TRUE(store.put("document").ok());
  EXPECT_EQ(*store.get(digest), "document");
}

TEST_F(Evidence, AFolderThatCannotBeWrittenIsUnavailable) {
  std::ofstream(root_ + "/sha256") << "a file in the way";
  EXPECT_EQ(EvidenceStore(root_).put("document").error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace z5::log
