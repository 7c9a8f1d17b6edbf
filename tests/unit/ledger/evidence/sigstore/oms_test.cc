// SPDX-License-Identifier: Apache-2.0
// Goal: a model signature fits exactly its files, whatever the signer asks to ignore. Method:
// signatures made here over small directories, one change at a time; check() is asked as the
// command line asks it.
#include "ledger/evidence/sigstore/oms.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "ledger/evidence/sigstore/check.h"
#include "ledger/keys/dsse.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::sigstore {
namespace {

namespace fs = std::filesystem;
using keys::PrivateKey;

const PrivateKey& signer() {
  static const PrivateKey key = PrivateKey::generate(keys::Algorithm::P256);
  return key;
}

// A statement over (name, content) in the given order; `shard` 0 lists whole files.
Json statement_of(const std::vector<std::pair<std::string, std::string>>& files,
                  std::uint64_t shard = 0) {
  Json resources = Json::array();
  Sha256 root;
  const auto add = [&](std::string name, std::string_view content, const std::string& algorithm) {
    const Digest digest = sha256(content);
    root.update(digest.view());
    resources.push_back(
        {{"name", std::move(name)}, {"algorithm", algorithm}, {"digest", digest.hex()}});
  };
  for (const auto& [name, content] : files) {
    if (shard == 0) add(name, content, "sha256");
    for (std::uint64_t at = 0; shard != 0 && at < content.size(); at += shard) {
      const std::uint64_t end = std::min<std::uint64_t>(content.size(), at + shard);
      add(fmt::format("{}:{}:{}", name, at, end), content.substr(at, end - at),
          fmt::format("sha256-sharded-{}", shard));
    }
  }
  Json serialization = {{"method", shard == 0 ? "files" : "shards"},
                        {"hash_type", "sha256"},
                        {"allow_symlinks", false},
                        {"ignore_paths", {".git", "weights.bin"}}};
  if (shard != 0) serialization["shard_size"] = static_cast<double>(shard);
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", {{{"name", "model"}, {"digest", {{"sha256", root.finish().hex()}}}}}},
          {"predicateType", kOmsPredicateType},
          {"predicate", {{"serialization", serialization}, {"resources", resources}}}};
}

std::string rule(const Json& statement) {
  const auto parsed = parse_statement(statement.dump());
  if (!parsed.ok()) return parsed.error().rule;
  const auto model = parse_oms(*parsed);
  return model.ok() ? "" : model.error().rule;
}

const std::vector<std::pair<std::string, std::string>> kFiles = {{"config.json", "{}"},
                                                                 {"weights.bin", "0123456789"}};

TEST(SigstoreOms, TheListIsReadStrictly) {
  EXPECT_EQ(rule(statement_of(kFiles)), "");
  const auto with = [](auto change, std::uint64_t shard = 0) {
    Json statement = statement_of(kFiles, shard);
    change(statement);
    return rule(statement);
  };
  EXPECT_EQ(with([](Json& s) { s["_type"] = "https://in-toto.io/Statement/v0.1"; }),
            "oms-statement");
  EXPECT_EQ(with([](Json& s) { s["predicateType"] = "https://slsa.dev/provenance/v1"; }),
            "predicate-type");
  EXPECT_EQ(with([](Json& s) { s["subject"].push_back(s["subject"][0]); }), "oms-statement");
  EXPECT_EQ(with([](Json& s) { s["subject"][0]["digest"]["sha256"] = std::string(64, 'a'); }),
            "oms-root");
  EXPECT_EQ(with([](Json& s) {
              std::swap(s["predicate"]["resources"][0], s["predicate"]["resources"][1]);
            }),
            "oms-root");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"] = Json::array(); }), "oms-resource");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"][1]["name"] = "config.json"; }),
            "oms-resource");
  for (const char* name : {"/etc/passwd", "../up", "a/../b", "a//b", "./a", "", "a\\b", "a/"}) {
    EXPECT_EQ(with([&](Json& s) { s["predicate"]["resources"][1]["name"] = name; }), "oms-resource")
        << name;
  }
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"][1]["algorithm"] = "blake2b"; }),
            "oms-resource");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["serialization"]["hash_type"] = "blake2b"; }),
            "oms-statement");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["serialization"]["method"] = "other"; }),
            "oms-statement");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"][1]["name"] = "."; }), "oms-resource");
  EXPECT_EQ(rule(statement_of(kFiles, 4)), "");
  EXPECT_EQ(with(
                [](Json& s) {
                  for (Json& each : s["predicate"]["resources"]) each["algorithm"] = "sha256";
                },
                4),
            "");
  for (const double size : {0.0, -1.0, 4.5, 1e300}) {
    EXPECT_EQ(with([&](Json& s) { s["predicate"]["serialization"]["shard_size"] = size; }, 4),
              "oms-statement")
        << size;
  }
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"].erase(2); }, 4), "oms-shards");
  EXPECT_EQ(with([](Json& s) { s["predicate"]["resources"][1]["name"] = "weights.bin:1:4"; }, 4),
            "oms-shards");
}

TEST(SigstoreOms, BeforeV10TheSubjectsAreTheFiles) {
  Json statement = statement_of(kFiles);
  statement["predicateType"] = kOmsPredicateTypeV02;
  statement["subject"] = {{{"name", "a"}, {"digest", {{"sha256", std::string(64, 'a')}}}},
                          {{"name", "b/c"}, {"digest", {{"sha256", std::string(64, 'b')}}}}};
  const auto model = parse_oms(*parse_statement(statement.dump()));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->files.size(), 2u);
  statement["subject"][1]["name"] = "a";
  EXPECT_EQ(rule(statement), "oms-resource");
  statement["subject"][1]["name"] = "../a";
  EXPECT_EQ(rule(statement), "oms-resource");
}

TEST(SigstoreOms, ManifestMustBeEqual) {
  const SignedModel model = *parse_oms(*parse_statement(statement_of(kFiles).dump()));
  std::vector<FileDigest> manifest = model.files;
  EXPECT_TRUE(matches_manifest(model, manifest).ok());
  std::swap(manifest[0], manifest[1]);
  EXPECT_TRUE(matches_manifest(model, manifest).ok());
  manifest.push_back({"extra", sha256("")});
  EXPECT_EQ(matches_manifest(model, manifest).error().rule, "oms-files");
  manifest.resize(1);
  EXPECT_EQ(matches_manifest(model, manifest).error().rule, "oms-files");
  manifest = model.files;
  manifest[1].digest = sha256("x");
  EXPECT_EQ(matches_manifest(model, manifest).error().rule, "oms-files");
  const SignedModel shards = *parse_oms(*parse_statement(statement_of(kFiles, 4).dump()));
  EXPECT_EQ(matches_manifest(shards, model.files).error().rule, "oms-shards");
}

class SigstoreModel : public testing::Test {
 protected:
  SigstoreModel()
      : folder_(fs::temp_directory_path() / fmt::format("z5_model_{}", ::getpid())),
        model_(folder_ / "model") {
    fs::create_directories(model_);
    for (const auto& [name, content] : kFiles) put(name, content);
    std::ofstream(folder_ / "key.pub") << signer().public_key().pem();
  }
  ~SigstoreModel() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& content) {
    fs::create_directories((model_ / name).parent_path());
    std::ofstream(model_ / name, std::ios::binary) << content;
  }

  std::string ask(const Json& statement) {
    Json bundle = *parse_json(keys::sign_bundle(statement.dump(), signer()));
    bundle["verificationMaterial"]["tlogEntries"] = Json::array();
    return ask(bundle, model_);
  }
  std::string ask(const Json& bundle, const fs::path& model) {
    std::ofstream(model_ / "model.sig") << bundle.dump();
    CheckRequest request;
    request.kind = CheckKind::Oms;
    request.file = model_ / "model.sig";
    request.model = model;
    request.key = folder_ / "key.pub";
    request.now = Time{support::kSignedAt * 1'000'000'000};
    const auto answer = check(request);
    EXPECT_TRUE(answer.ok());
    return answer->ok() ? "" : answer->error().rule;
  }

  fs::path folder_, model_;
};

TEST_F(SigstoreModel, DirectoryMustBeEqual) {
  EXPECT_EQ(ask(statement_of(kFiles)), "");
  EXPECT_EQ(ask(statement_of(kFiles, 4)), "");
  put(".git/HEAD", "ref");
  put(".gitattributes", "x");
  EXPECT_EQ(ask(statement_of(kFiles)), "");
  put("sub/.gitignore", "only the top folder's are skipped");
  EXPECT_EQ(ask(statement_of(kFiles)), "oms-files");
  fs::remove_all(model_ / "sub");
  put("weights.bin", "0123456780");
  EXPECT_EQ(ask(statement_of(kFiles)), "oms-files");
  EXPECT_EQ(ask(statement_of(kFiles, 4)), "oms-files");
  put("weights.bin", "01234567890");
  EXPECT_EQ(ask(statement_of(kFiles, 4)), "oms-shards");
}

// A model may be one file: by its name, or "." as the tool wrote until 1.0.
TEST_F(SigstoreModel, OneFile) {
  const auto signed_as = [](const char* name) {
    return *parse_json(
        keys::sign_bundle(statement_of({{name, kFiles[1].second}}).dump(), signer()));
  };
  EXPECT_EQ(ask(signed_as("weights.bin"), model_ / "weights.bin"), "");
  EXPECT_EQ(ask(signed_as("."), model_ / "weights.bin"), "");
  EXPECT_EQ(ask(signed_as("."), model_ / "config.json"), "oms-files");
  EXPECT_EQ(ask(signed_as("other.bin"), model_ / "weights.bin"), "oms-files");
  EXPECT_EQ(ask(signed_as("."), model_), "oms-files");
}

// What versions before 1.1 and other implementations write: no tlogEntries, a null keyid, the key
// itself in place of a hint.
TEST_F(SigstoreModel, OlderBundlesAreRead) {
  Json bundle = *parse_json(keys::sign_bundle(statement_of(kFiles).dump(), signer()));
  bundle["verificationMaterial"].erase("tlogEntries");
  bundle["verificationMaterial"]["publicKey"] = {{"rawBytes", "bm8ga2V5"},
                                                 {"keyDetails", "PKIX_ECDSA_P256_SHA_256"}};
  bundle["dsseEnvelope"]["signatures"][0]["keyid"] = nullptr;
  EXPECT_EQ(ask(bundle, model_), "");
}

// The signer lists weights.bin as ignored and signs the rest: it must not fit any weights.
TEST_F(SigstoreModel, IgnoredFilesAreNotIgnored) {
  EXPECT_EQ(ask(statement_of({kFiles[0]})), "oms-files");
  fs::remove(model_ / "weights.bin");
  EXPECT_EQ(ask(statement_of({kFiles[0]})), "");
  EXPECT_EQ(ask(statement_of(kFiles)), "oms-files");
}

TEST_F(SigstoreModel, NoSymbolicLinks) {
  fs::remove(model_ / "weights.bin");
  std::ofstream(folder_ / "elsewhere") << "0123456789";
  fs::create_symlink(folder_ / "elsewhere", model_ / "weights.bin");
  EXPECT_EQ(ask(statement_of(kFiles)), "oms-files");
}

TEST_F(SigstoreModel, EmptyFilesHaveNoShards) {
  put("empty", "");
  EXPECT_EQ(ask(statement_of(kFiles, 4)), "");
  EXPECT_EQ(ask(statement_of(kFiles)), "oms-files");
}

// Without any trust only the form is looked at, and the report says so.
TEST_F(SigstoreModel, WithoutTrustNothingIsVerified) {
  ask(statement_of(kFiles));
  CheckRequest request;
  request.kind = CheckKind::Oms;
  request.file = model_ / "model.sig";
  const auto answer = check(request);
  ASSERT_TRUE(answer.ok() && answer->ok());
  EXPECT_EQ((**answer)["verified"], false);
  request.model = model_;
  EXPECT_EQ(check(request)->error().rule, "key-material");
  request.kind = CheckKind::Bundle;
  request.model.reset();
  request.type = std::string(kOmsPredicateType);
  EXPECT_EQ(check(request)->error().rule, "key-material");
  request.file = model_ / "missing";
  EXPECT_FALSE(check(request).ok());
}

}  // namespace
}  // namespace z5::sigstore
