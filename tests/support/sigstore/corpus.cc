// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sigstore/corpus.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace z5::support {
namespace {

namespace fs = std::filesystem;
using sigstore::CheckKind;
using sigstore::CheckRequest;
using sigstore::Need;

fs::path place_of_corpus() {
  const char* named = std::getenv("Z5_EVIDENCE_CORPUS");
  return named != nullptr ? fs::path(named) : fs::path(Z5_SOURCE_DIR) / "../shared/evidence";
}

std::optional<std::string> text(const Json& entry, const char* field) {
  if (!entry.contains(field) || !entry[field].is_string()) return std::nullopt;
  return entry[field].get<std::string>();
}

std::optional<CheckKind> kind_of(std::string_view format) {
  if (format == "oms-sigstore-bundle" || format == "oms-schema-vector") return CheckKind::Oms;
  if (format == "sigstore-bundle") return CheckKind::Bundle;
  if (format == "bare-dsse") return CheckKind::Provenance;
  return std::nullopt;
}

CheckRequest request_of(const Json& entry, CheckKind kind, const fs::path& corpus,
                        const fs::path& models) {
  CheckRequest request;
  const std::string file = entry["file"];
  request.kind = kind;
  request.file = corpus / file;
  request.now = *from_rfc3339("2026-11-24T12:00:00Z");
  if (const auto model = text(entry, "model")) request.model = models / fs::path(*model).filename();
  if (const auto artifact = text(entry, "artifact"))
    request.artifact = (corpus / *artifact).string();
  if (const auto key = text(entry, "key")) request.key = corpus / *key;
  if (const auto trust = text(entry, "trust"))
    (trust->ends_with(".pub") ? request.key : request.anchor) = corpus / *trust;
  if (const auto root = text(entry, "trusted_root")) request.trusted_root = corpus / *root;
  request.identity = text(entry, "identity");
  request.issuer = text(entry, "issuer");
  request.type = text(entry, "predicateType");
  if (text(entry, "tlog") == "none") request.log = Need::None;
  if (text(entry, "sct") == "none") request.sct = Need::None;
  // Provenance without a stated type: the kind stands for both versions of SLSA.
  const bool is_slsa = file.find("/slsa/") != std::string::npos;
  if (kind == CheckKind::Bundle && is_slsa && !request.type) request.kind = CheckKind::Provenance;
  // This case needs some artifact, and the index gives none: the one of the bundle's own digest.
  if (file == "reject/bundle_cve_2022_36056.sigstore") {
    request.artifact = "sha256:c87b5b213ab08b32970c106d0c7e4423e67f5449c2fd2d1e9b4ea6cc43b6ee7c";
  }
  return request;
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return std::move(out).str();
}

Corpus::Corpus() : place_(place_of_corpus()) {
  if (!fs::exists(place_ / "index.json")) return;
  models_ = fs::temp_directory_path() / fmt::format("z5_corpus_{}", ::getpid());
  fs::create_directories(models_);
  for (const auto& tar : fs::directory_iterator(place_ / "models")) {
    const std::string command =
        fmt::format("tar -xf '{}' -C '{}'", tar.path().string(), models_.string());
    Z5_ASSERT(std::system(command.c_str()) == 0);
  }
  const Json index = *parse_json(read_file(place_ / "index.json"));
  for (const Json& entry : index) {
    if (const auto kind = kind_of(entry["format"].get<std::string>())) {
      cases_.push_back({entry["file"], entry["why"], entry["expect"] == "accept",
                        request_of(entry, *kind, place_, models_)});
    }
  }
}

Corpus::~Corpus() {
  std::error_code ignored;
  if (!models_.empty()) fs::remove_all(models_, ignored);
}

}  // namespace z5::support
