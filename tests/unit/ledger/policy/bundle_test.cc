// SPDX-License-Identifier: Apache-2.0
// Goal: a bundle is its bytes: one digest that sha256sum agrees with, and nothing in it that
// readers could see differently. Method: directories and stores, whole and damaged.
#include "ledger/policy/bundle.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "schemas/limits.h"

namespace z5::policy {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(Z5_SOURCE_DIR) / "ledger/policy/bundles";

class PolicyFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "z5-bundle-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
    write("a.rego", "package a\n");
  }
  void TearDown() override { fs::remove_all(path_); }
  void write(const std::string& name, std::string_view content) {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  std::string why() {
    const auto bundle = bundle_from_directory(path_);
    return bundle.ok() ? "accepted" : bundle.error().message;
  }

  fs::path path_;
};

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}

TEST_F(PolicyFolder, DigestIsThatOfSha256sum) {
  write("b/data.json", "{}");
  write("b.rego", "package b\n");
  write(".manifest", "{\"roots\": [\"\"]}");
  const auto bundle = bundle_from_directory(path_);
  ASSERT_TRUE(bundle.ok()) << bundle.error().message;
  const std::string list =
      "cd " + path_.string() +
      " && find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum";
  EXPECT_EQ(bundle->manifest(), output_of(list));
  EXPECT_EQ(bundle->digest().hex(), output_of(list + " | sha256sum").substr(0, 64));
}

TEST_F(PolicyFolder, RefusesWhatIsNotAFileOfABundle) {
  fs::create_symlink("a.rego", path_ / "link.rego");
  EXPECT_NE(why().find("not a regular file"), std::string::npos) << why();
  fs::remove(path_ / "link.rego");
  fs::create_directory_symlink("/", path_ / "root");
  EXPECT_NE(why().find("not a regular file"), std::string::npos) << why();
  fs::remove(path_ / "root");
  for (const char* name :
       {"other.json", "data.yaml", "settings/data.json", "settings/x/data.json", "policy.wasm",
        ".git/config", "sub/.manifest", "a\nb.rego", "a\\b.rego"}) {
    write(name, "{}");
    EXPECT_NE(why(), "accepted") << name;
    fs::remove(path_ / name);
    if (std::string_view(name).starts_with(".git")) fs::remove_all(path_ / ".git");
  }
  EXPECT_EQ(why(), "accepted");
}

TEST_F(PolicyFolder, RefusesTwoReadingsAndTooMuch) {
  write("data.json", "{\"a\": 1, \"a\": 2}");
  EXPECT_NE(why().find("twice"), std::string::npos) << why();
  write("data.json", "{}");
  write("big.rego", std::string(limits::kMaxPolicyFile + 1, '#'));
  EXPECT_NE(why().find("big.rego: too large"), std::string::npos) << why();
  fs::remove(path_ / "big.rego");
  for (std::size_t i = 0; i < limits::kMaxPolicyFiles; ++i)
    write("m" + std::to_string(i) + ".rego", "");
  EXPECT_NE(why().find("more than"), std::string::npos) << why();
}

TEST(PolicyBundle, PathsAreRelative) {
  for (const char* path : {"", "/a.rego", "../a.rego", "a/../b.rego", "./a.rego", "a//b.rego"}) {
    EXPECT_FALSE(Bundle::make({{path, "package a\n"}}).ok()) << path;
  }
  EXPECT_FALSE(Bundle::make({}).ok());
  EXPECT_FALSE(bundle_from_directory("/no/such/folder").ok());
}

TEST(PolicyBundle, EmbeddedDefaultsAreTheFilesOfTheTree) {
  const auto registry = bundle_from_directory(kSource / "registry");
  const auto authz = bundle_from_directory(kSource / "authz");
  ASSERT_TRUE(registry.ok() && authz.ok());
  EXPECT_EQ(default_registry_bundle().digest(), registry->digest());
  EXPECT_EQ(default_authz_bundle().digest(), authz->digest());
  EXPECT_EQ(default_registry_bundle().settings()["scan_max_age"], "168h");
  EXPECT_TRUE(Bundle::make({{"a.rego", "package a\n"}})->settings().empty());
  EXPECT_FALSE(Bundle::make({{"data.json", "{\"settings\": []}"}}).ok());
}

TEST(PolicyBundle, GoesThroughAStore) {
  const Bundle bundle = default_registry_bundle();
  std::map<Digest, Bytes> store;
  for (const Bytes& document : documents(bundle)) store[sha256(document)] = document;
  const auto get = [&](const Digest& digest) -> Result<Bytes> {
    const auto it = store.find(digest);
    if (it == store.end()) return unavailable("not there");
    return it->second;
  };
  const auto back = bundle_from_store(bundle.digest(), get);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->files(), bundle.files());
  EXPECT_EQ(back->digest(), bundle.digest());

  EXPECT_EQ(bundle_from_store(sha256("x"), get).error().code, ErrorCode::Unavailable);
  const Digest data = sha256(bundle.files().at("data.json"));
  EXPECT_EQ(bundle_from_store(data, get).error().code,
            ErrorCode::Invalid);  // there, but no manifest
  store[data] += " ";
  EXPECT_EQ(bundle_from_store(bundle.digest(), get).error().code, ErrorCode::Corrupt);
  store.erase(data);
  EXPECT_EQ(bundle_from_store(bundle.digest(), get).error().code, ErrorCode::Unavailable);

  const Bytes file = "package a\n";
  const std::string line = sha256(file).hex() + "  ";
  for (const std::string& manifest :
       {line + "b.rego\n" + line + "a.rego\n", line + "a.rego\n" + line + "a.rego\n",
        line + "a.rego", line + "\n", line + "../a.rego\n", std::string("\n")}) {
    store = {{sha256(file), file}, {sha256(manifest), manifest}};
    EXPECT_EQ(bundle_from_store(sha256(manifest), get).error().code, ErrorCode::Invalid)
        << manifest;
  }
}

}  // namespace
}  // namespace z5::policy
