// SPDX-License-Identifier: Apache-2.0
// Goal: one text means one folder; every other text and every doubtful folder is refused.
// Method: round trips, each forbidden name, folders with links, special files, extra, missing and
// changed files.
#include "ledger/evidence/document/manifest.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace z5::document {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) /
            ("z5_manifest_" +
             std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  std::string dir() const { return root_.string(); }

  fs::path root_;
};

using ManifestFolder = Folder;

TEST_F(ManifestFolder, TextIsSortedByBytesAndReadsBack) {
  write("b.txt", "b");
  write("a/z.bin", "z");
  write("a-b", "x");
  write("é", "");
  const auto manifest = hash_directory(dir());
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  ASSERT_EQ(manifest->files.size(), 4u);
  EXPECT_EQ(manifest->files[0].path, "a-b");
  EXPECT_EQ(manifest->files[1].path, "a/z.bin");
  EXPECT_EQ(manifest->files[3].path, "é");
  EXPECT_EQ(manifest->files[2].digest, sha256("b"));
  EXPECT_TRUE(manifest->text().starts_with(sha256("x").hex() + "  a-b\n"));
  EXPECT_EQ(manifest->digest(), sha256(manifest->text()));
  const auto again = parse_manifest(manifest->text());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *manifest);
}

TEST_F(ManifestFolder, OnlyTheNamedSignatureFileIsIgnored) {
  write("model.onnx", "weights");
  write("model.sig", "signature");
  write("sub/model.sig", "weights too");
  const auto manifest = hash_directory(dir(), {.ignore = "model.sig"});
  ASSERT_TRUE(manifest.ok());
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[1].path, "sub/model.sig");
}

TEST_F(ManifestFolder, ThreadsDoNotChangeTheDigest) {
  for (int i = 0; i < 40; ++i)
    write("f" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 7919, 'x'));
  const auto one = hash_directory(dir(), {.ignore = "", .threads = 1});
  const auto many = hash_directory(dir(), {.ignore = "", .threads = 8});
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(one->digest(), many->digest());
}

TEST_F(ManifestFolder, DoubtfulFoldersAreRefused) {
  EXPECT_EQ(hash_directory(dir()).error().code, ErrorCode::Invalid);  // empty
  EXPECT_FALSE(hash_directory(dir() + "/nowhere").ok());
  write("model", "x");
  EXPECT_TRUE(hash_directory(dir()).ok());
  fs::create_symlink("model", root_ / "link");
  EXPECT_NE(hash_directory(dir()).error().message.find("'link'"), std::string::npos);
  fs::remove(root_ / "link");
  fs::create_directory_symlink("/etc", root_ / "folder");
  EXPECT_FALSE(hash_directory(dir()).ok());
  fs::remove(root_ / "folder");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(hash_directory(dir()).ok());
  fs::remove(root_ / "pipe");
  for (const std::string name :
       {".git/config", ".gitignore", "sub/.git/x", "new\nline", "back\\slash", "tab\t", "\xff"}) {
    write(name, "x");
    EXPECT_FALSE(hash_directory(dir()).ok()) << name;
    fs::remove_all(root_ / fs::path(name).begin()->string());
  }
  EXPECT_TRUE(hash_directory(dir()).ok());
  fs::create_directory_symlink(root_, root_.string() + "_link");
  EXPECT_FALSE(hash_directory(root_.string() + "_link").ok());
  fs::remove(root_.string() + "_link");
}

TEST_F(ManifestFolder, VerifyNamesTheFile) {
  write("a", "1");
  write("b", "2");
  const auto manifest = hash_directory(dir());
  ASSERT_TRUE(manifest.ok());
  EXPECT_TRUE(verify_directory(dir(), *manifest).ok());
  const auto complaint = [&] { return verify_directory(dir(), *manifest).error(); };
  write("b", "3");
  EXPECT_EQ(complaint().message, "model file 'b': changed");
  EXPECT_EQ(complaint().code, ErrorCode::Corrupt);
  write("aa", "1");
  EXPECT_EQ(complaint().message, "model file 'aa': not in the manifest");
  fs::remove(root_ / "a");
  EXPECT_EQ(complaint().message, "model file 'a': missing");
}

TEST(ManifestText, OnlyOneFormIsRead) {
  const std::string hex = sha256("x").hex();
  const auto good = [&](const std::string& path) { return hex + "  " + path + "\n"; };
  EXPECT_TRUE(parse_manifest(good("a") + good("a/b")).ok());
  for (const std::string& text : std::vector<std::string>{std::string(),
                                                          std::string("\n"),
                                                          hex + "  a",
                                                          hex + " a\n",
                                                          hex + " *a\n",
                                                          "  a\n",
                                                          good("b") + good("a"),
                                                          good("a") + good("a"),
                                                          good("a") + "\n",
                                                          good(""),
                                                          good("/a"),
                                                          good("a/"),
                                                          good("a//b"),
                                                          good("."),
                                                          good("./a"),
                                                          good(".."),
                                                          good("a/../b"),
                                                          good("a/.."),
                                                          good("a\\b"),
                                                          good(std::string("a\0b", 3)),
                                                          good("a\rb"),
                                                          good("\x7f"),
                                                          good(".git"),
                                                          good("a/.gitattributes"),
                                                          good("\xc0\xaf"),
                                                          good("\xed\xa0\x80"),
                                                          good(std::string(2000, 'a')),
                                                          std::string(64, 'A') + "  a\n",
                                                          good("a") + std::string("\0", 1)}) {
    EXPECT_FALSE(parse_manifest(text).ok()) << text;
  }
  EXPECT_TRUE(parse_manifest(good("$(rm -rf).git x")).ok()) << "odd but unambiguous";
}

// Computed with coreutils sha256sum.
TEST(ManifestText, DigestIsThatOfTheText) {
  const Manifest manifest{{{"model.onnx", sha256("weights")}}};
  EXPECT_EQ(manifest.text(),
            "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c  model.onnx\n");
  EXPECT_EQ(manifest.digest().hex(),
            "d17f2c30b44b8d610384adc262991fb66b12143e56e35ef779d50528ff91295e");
}

}  // namespace
}  // namespace z5::document
