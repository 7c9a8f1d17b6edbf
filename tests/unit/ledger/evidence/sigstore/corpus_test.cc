// SPDX-License-Identifier: Apache-2.0
// Goal: each signature case of the evidence corpus is judged as its index expects. Method: walk
// index.json through check(), the library behind `z5 evidence check`; print one line a case; any
// deviation fails. Without the corpus
// (../shared/evidence, or Z5_EVIDENCE_CORPUS) the test is skipped and says so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/evidence/sigstore/check.h"
#include "schemas/json.h"

namespace z5::sigstore {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* named = std::getenv("Z5_EVIDENCE_CORPUS");
  return named != nullptr ? fs::path(named) : fs::path(Z5_SOURCE_DIR) / "../shared/evidence";
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::optional<std::string> text(const Json& entry, const char* field) {
  if (!entry.contains(field) || !entry[field].is_string()) return std::nullopt;
  return entry[field].get<std::string>();
}

// Unpacks models/<name>.tar once into a folder of this process.
class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(corpus() / "index.json")) GTEST_SKIP() << "no evidence corpus at " << corpus();
    folder_ = fs::temp_directory_path() / fmt::format("z5_corpus_{}", ::getpid());
    fs::create_directories(folder_);
    for (const auto& tar : fs::directory_iterator(corpus() / "models")) {
      ASSERT_EQ(
          std::system(
              fmt::format("tar -xf '{}' -C '{}'", tar.path().string(), folder_.string()).c_str()),
          0);
    }
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::optional<CheckRequest> request_of(const Json& entry) const {
    const std::string format = entry["format"];
    CheckRequest request;
    request.file = corpus() / entry["file"].get<std::string>();
    request.now = *from_rfc3339("2026-11-24T12:00:00Z");
    if (format == "oms-sigstore-bundle" || format == "oms-schema-vector")
      request.kind = CheckKind::Oms;
    else if (format == "sigstore-bundle")
      request.kind = CheckKind::Bundle;
    else if (format == "bare-dsse")
      request.kind = CheckKind::Provenance;
    else
      return std::nullopt;
    if (const auto model = text(entry, "model"))
      request.model = folder_ / fs::path(*model).filename();
    if (const auto artifact = text(entry, "artifact"))
      request.artifact = (corpus() / *artifact).string();
    if (const auto key = text(entry, "key")) request.key = corpus() / *key;
    if (const auto trust = text(entry, "trust"))
      (trust->ends_with(".pub") ? request.key : request.anchor) = corpus() / *trust;
    if (const auto root = text(entry, "trusted_root")) request.trusted_root = corpus() / *root;
    request.identity = text(entry, "identity");
    request.issuer = text(entry, "issuer");
    request.type = text(entry, "predicateType");
    if (text(entry, "tlog") == "none") request.log = Need::None;
    if (text(entry, "sct") == "none") request.sct = Need::None;
    // Provenance without a stated type: the kind stands for both versions of SLSA.
    if (format == "sigstore-bundle" && !request.type &&
        entry["file"].get<std::string>().find("/slsa/") != std::string::npos) {
      request.kind = CheckKind::Provenance;
    }
    // The case needs some artifact; the index gives none, and the log entry is to be refused
    // whichever it is.
    if (entry["file"] == "reject/bundle_cve_2022_36056.sigstore") {
      request.artifact = "sha256:c87b5b213ab08b32970c106d0c7e4423e67f5449c2fd2d1e9b4ea6cc43b6ee7c";
    }
    return request;
  }

  fs::path folder_;
};

TEST_F(Corpus, EachCaseIsJudgedAsExpected) {
  const Json index = *parse_json(read(corpus() / "index.json"));
  int judged = 0;
  for (const Json& entry : index) {
    const auto request = request_of(entry);
    if (!request) continue;
    ++judged;
    const auto answer = check(*request);
    ASSERT_TRUE(answer.ok()) << entry["file"] << ": " << answer.error().message;
    const std::string verdict = answer->ok() ? "accept" : "reject";
    const std::string why =
        answer->ok() ? "" : fmt::format("{}: {}", answer->error().rule, answer->error().reason);
    fmt::print("{:6} {:6} {:60} {}\n", entry["expect"].get<std::string>(), verdict,
               entry["file"].get<std::string>(), why);
    EXPECT_EQ(verdict, entry["expect"].get<std::string>())
        << entry["file"] << " " << entry["why"] << " | " << why;
  }
  EXPECT_GT(judged, 60);
}

}  // namespace
}  // namespace z5::sigstore
