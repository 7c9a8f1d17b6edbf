// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/bundle.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "ledger/policy/embedded.h"
#include "schemas/limits.h"

namespace z5::policy {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHex = 64;
constexpr std::string_view kGap = "  ";  // of sha256sum's format

std::vector<std::string_view> elements(std::string_view path) {
  std::vector<std::string_view> result;
  for (std::size_t begin = 0;;) {
    const std::size_t end = path.find('/', begin);
    result.push_back(path.substr(begin, end - begin));
    if (end == std::string_view::npos) return result;
    begin = end + 1;
  }
}

Status check_path(std::string_view path) {
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') {
      return invalid("bundle: a path with a control character or backslash");
    }
  }
  for (const std::string_view element : elements(path)) {
    if (element.empty() || element == "." || element == "..") {
      return invalid(fmt::format("bundle: {}: not a relative path", path));
    }
    if (element.starts_with(".git"))
      return invalid(fmt::format("bundle: {}: .git* does not belong to it", path));
  }
  if (path.starts_with("settings/")) {  // so that settings() and Rego's data.settings are one
    return invalid(fmt::format("bundle: {}: settings belong into the data.json at the root", path));
  }
  const std::string_view name = elements(path).back();
  const bool known = name.ends_with(".rego") || name == "data.json" || path == ".manifest" ||
                     name.ends_with(".md");
  if (!known)
    return invalid(
        fmt::format("bundle: {}: only *.rego, data.json, .manifest and *.md belong to it", path));
  return Done{};
}

Result<Bytes> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return unavailable(fmt::format("{}: cannot be read", path.string()));
  Bytes content(limits::kMaxPolicyFile + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad()) return unavailable(fmt::format("{}: cannot be read", path.string()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  return content;
}

Bundle embedded(std::span<const EmbeddedFile> files) {
  std::map<std::string, Bytes> copy;
  for (const EmbeddedFile& file : files) copy.emplace(file.path, file.content);
  return Bundle::make(std::move(copy)).value();
}

}  // namespace

Result<Bundle> Bundle::make(std::map<std::string, Bytes> files) {
  if (files.empty()) return invalid("bundle: no files");
  if (files.size() > limits::kMaxPolicyFiles) {
    return invalid(fmt::format("bundle: more than {} files", limits::kMaxPolicyFiles));
  }
  Bundle bundle;
  std::size_t total = 0;
  for (const auto& [path, content] : files) {
    Z5_CHECK(check_path(path));
    total += content.size();
    if (content.size() > limits::kMaxPolicyFile || total > limits::kMaxPolicyBundle) {
      return invalid(fmt::format("bundle: {}: too large", path));
    }
    if (path.ends_with(".json") || path == ".manifest") {
      const auto document = parse_json(content, limits::kMaxPolicyFile);
      if (!document.ok())
        return invalid(fmt::format("bundle: {}: {}", path, document.error().message));
      if (path == "data.json" && document->contains("settings")) {
        bundle.settings_ = (*document)["settings"];
        if (!bundle.settings_.is_object())
          return invalid("bundle: data.json: settings: expected an object");
      }
    }
    bundle.manifest_ += fmt::format("{}{}{}\n", sha256(content).hex(), kGap, path);
  }
  bundle.digest_ = sha256(bundle.manifest_);
  bundle.files_ = std::move(files);
  return bundle;
}

Result<Bundle> bundle_from_directory(const fs::path& directory) {
  std::map<std::string, Bytes> files;
  std::error_code problem;
  fs::recursive_directory_iterator it(directory, problem), end;
  for (; !problem && it != end; it.increment(problem)) {
    const fs::path& path = it->path();
    const fs::file_status status = it->symlink_status(problem);
    if (problem) break;
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status))
      return invalid(fmt::format("bundle: {}: not a regular file", path.string()));
    if (files.size() == limits::kMaxPolicyFiles) {
      return invalid(fmt::format("bundle: {}: more than {} files", directory.string(),
                                 limits::kMaxPolicyFiles));
    }
    const std::string relative = path.lexically_relative(directory).generic_string();
    Z5_CHECK(check_path(relative));
    Z5_TRY(files[relative], read_file(path));
  }
  if (problem) return unavailable(fmt::format("{}: {}", directory.string(), problem.message()));
  return Bundle::make(std::move(files));
}

std::vector<Bytes> documents(const Bundle& bundle) {
  std::vector<Bytes> result{bundle.manifest()};
  for (const auto& [path, content] : bundle.files()) result.push_back(content);
  return result;
}

Result<Bundle> bundle_from_store(const Digest& digest,
                                 const std::function<Result<Bytes>(const Digest&)>& get) {
  const auto fetch = [&](const Digest& wanted) -> Result<Bytes> {
    Z5_TRY(Bytes content, get(wanted));
    if (sha256(content) != wanted)
      return corrupt(fmt::format("evidence store: {}: other bytes", wanted.text()));
    return content;
  };
  Z5_TRY(const Bytes manifest, fetch(digest));
  const Error malformed =
      invalid(fmt::format("{}: not the manifest of a policy bundle", digest.text()));
  std::map<std::string, Bytes> files;
  for (std::size_t begin = 0; begin < manifest.size();) {
    const std::size_t end = manifest.find('\n', begin);
    if (end == std::string::npos || files.size() == limits::kMaxPolicyFiles) return malformed;
    const std::string_view line = std::string_view(manifest).substr(begin, end - begin);
    begin = end + 1;
    if (line.size() <= kHex + kGap.size() || line.substr(kHex, kGap.size()) != kGap)
      return malformed;
    const auto file = digest_from_hex(line.substr(0, kHex));
    if (!file.ok()) return malformed;
    Z5_TRY(files[std::string(line.substr(kHex + kGap.size()))], fetch(*file));
  }
  Z5_TRY(Bundle bundle, Bundle::make(std::move(files)));
  if (bundle.digest() != digest) return malformed;  // not sorted, or a path twice
  return bundle;
}

Bundle default_registry_bundle() { return embedded(embedded_registry_bundle()); }
Bundle default_authz_bundle() { return embedded(embedded_authz_bundle()); }

}  // namespace z5::policy
