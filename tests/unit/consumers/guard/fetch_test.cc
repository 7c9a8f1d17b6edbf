// SPDX-License-Identifier: Apache-2.0
// Goal: fetch brings exactly the permitted bytes from an allowed place, or nothing.
// Method: the honest service; sources that are allowed, elsewhere, bent, or behind a link.
#include "consumers/guard/fetch.h"

#include <gtest/gtest.h>

#include "tests/unit/consumers/guard/fake_service.h"

namespace z5::guard {
namespace {

namespace fs = std::filesystem;

class Fetch : public testing::Test {
 protected:
  std::string outcome(const std::string& uri) {
    host_.change = [uri](auto& p) { p.artifact_uris = {"s3://bucket/model", uri}; };
    Guard guard = host_.guard();
    const auto fetched = fetch(guard, "acme/credit:1.0", destination().string());
    EXPECT_EQ(fs::exists(destination()), fetched.ok());
    EXPECT_FALSE(fs::exists(destination().string() + ".part"));
    if (fetched.ok()) return "0";
    return std::to_string(static_cast<int>(fetched.error().exit)) + " " +
           fetched.error().reasons.front().rule;
  }
  fs::path destination() const { return host_.root() / "here"; }
  std::string uri() const { return "file://" + host_.model().string(); }
  fake::Host host_;
};

TEST_F(Fetch, OnlyFromWhereTheHostAllows) {
  EXPECT_EQ(outcome(uri()), "1 source-not-allowed");
  host_.more_config = "sources = [\"" + (host_.root() / "mod").string() + "\"]\n";
  fs::create_directories(host_.root() / "mod");
  EXPECT_EQ(outcome(uri()), "1 source-not-allowed") << "a prefix of a name is no folder above it";
  fs::create_directory_symlink(host_.model(), host_.root() / "mod/link");
  EXPECT_EQ(outcome("file://" + (host_.root() / "mod/link").string()), "1 source-not-allowed");
  EXPECT_EQ(outcome("file://" + (host_.root() / "mod/../model").string()), "1 source-not-allowed");
  host_.more_config = "sources = [\"" + host_.root().string() + "\"]\n";
  EXPECT_EQ(outcome("https://models.example/model"), "1 source-not-allowed");
  EXPECT_EQ(outcome("file://host" + host_.model().string()), "1 source-not-allowed");
  EXPECT_EQ(outcome(uri()), "0");
  EXPECT_TRUE(document::verify_directory(destination().string(), host_.manifest()).ok());
}

TEST_F(Fetch, TheBytesAreTheManifests) {
  host_.more_config = "sources = [\"" + host_.root().string() + "\"]\n";
  fake::write_file(host_.model() / "not-named.txt", "stays there");
  EXPECT_EQ(outcome(uri()), "0");
  EXPECT_FALSE(fs::exists(destination() / "not-named.txt"));
  EXPECT_EQ(outcome(uri()), "2 destination");
}

TEST_F(Fetch, NothingComesFromBentBytes) {
  host_.more_config = "sources = [\"" + host_.root().string() + "\"]\n";
  fake::write_file(host_.model() / "config.json", "[]");
  EXPECT_EQ(outcome(uri()), "4 model-bytes");
  fs::remove(host_.model() / "config.json");
  EXPECT_EQ(outcome(uri()), "3 source-unavailable");
  fs::create_symlink("/etc/hostname", host_.model() / "config.json");
  EXPECT_EQ(outcome(uri()), "3 source-unavailable");
}

}  // namespace
}  // namespace z5::guard
