// SPDX-License-Identifier: Apache-2.0
// The evidence corpus as requests to check(): tests read it where it is and must pass without it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledger/evidence/sigstore/check.h"
#include "schemas/json.h"

namespace z5::support {

struct CorpusCase {
  std::string file;  // in the corpus
  std::string why;
  bool accept = false;
  sigstore::CheckRequest request;
};

// Unpacks the models into a folder of this process while it lives.
class Corpus {
 public:
  Corpus();
  ~Corpus();
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;

  bool is_there() const { return !cases_.empty(); }
  const std::filesystem::path& place() const { return place_; }
  const std::vector<CorpusCase>& cases() const { return cases_; }  // the signature formats

 private:
  std::filesystem::path place_, models_;
  std::vector<CorpusCase> cases_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace z5::support
