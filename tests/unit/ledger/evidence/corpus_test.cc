// SPDX-License-Identifier: Apache-2.0
// Goal: real and tampered documents of other people's tools are decided as their index says.
// Method: the corpus beside the project, when it is there: one line a case, a deviation fails.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "ledger/evidence/check.h"

namespace z5::evidence {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream input(path, std::ios::binary);
  std::stringstream text;
  text << input.rdbuf();
  return text.str();
}

std::optional<CheckKind> kind_of(const std::string& format) {
  if (format == "cyclonedx-vuln-scan" || format.starts_with("policy-")) return CheckKind::Scan;
  if (format == "cyclonedx-vex" || format.starts_with("openvex-")) return CheckKind::Vex;
  if (format.starts_with("cyclonedx-") || format.starts_with("spdx-")) return CheckKind::Sbom;
  if (format == "hf-modelcard") return CheckKind::ModelCard;
  return std::nullopt;  // signatures: tests of sigstore
}

TEST(EvidenceCorpus, EveryDocumentIsDecidedAsExpected) {
  const fs::path corpus = fs::path(Z5_SOURCE_DIR) / "../shared/evidence";
  fs::path found = corpus;
  if (!fs::exists(found / "index.json"))
    found = fs::path(Z5_SOURCE_DIR) / "../../shared/evidence";  // a second worktree
  if (!fs::exists(found / "index.json")) GTEST_SKIP() << "no corpus at " << corpus;
  const Json index = Json::parse(read_file(found / "index.json"));
  int cases = 0;
  for (const Json& each : index) {
    const auto kind = kind_of(each["format"]);
    if (!kind) continue;
    ++cases;
    const std::string bytes = read_file(found / each["file"].get<std::string>());
    const auto verdict =
        check({.kind = *kind, .bytes = bytes, .vex_signer = std::nullopt, .data = {}});
    const bool expected = each["expect"] == "accept";
    const std::string outcome =
        verdict.ok() ? "accepted"
                     : "refused: " + verdict.error().rule + ": " + verdict.error().reason;
    std::cout << (verdict.ok() == expected ? "ok    " : "WRONG ") << each["file"].get<std::string>()
              << "  " << outcome << "\n";
    EXPECT_EQ(verdict.ok(), expected) << each["file"] << " " << outcome;
  }
  EXPECT_GE(cases, 60);
}

}  // namespace
}  // namespace z5::evidence
