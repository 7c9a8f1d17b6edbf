// SPDX-License-Identifier: Apache-2.0
// A policy bundle: Rego modules, data.json and .manifest as paths and bytes, named by a digest that
// anyone computes with sha256sum. Values; any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::policy {

class Bundle {
 public:
  // Invalid, naming the path: no file, too many or too large files (schemas/limits.h), a path that
  // is absolute or has "..", ".git", a backslash or a control character, a file that does not count
  // (*.rego, data.json and .manifest do; *.md is for people), data.json below settings/, JSON that
  // parse_json refuses. Whether the Rego compiles is Engine::check's matter.
  static Result<Bundle> make(std::map<std::string, Bytes> files);

  // SHA-256 of the manifest text.
  const Digest& digest() const { return digest_; }
  // "<sha256 hex>  <path>\n" a file, sorted by path bytes: `sha256sum -c` reads it.
  const std::string& manifest() const { return manifest_; }
  const std::map<std::string, Bytes>& files() const { return files_; }
  // The object "settings" of data.json at the root, where the other gate steps find what this
  // bundle leaves to data (blocking_severities, max_age); empty without one.
  const Json& settings() const { return settings_; }

 private:
  Bundle() = default;

  std::map<std::string, Bytes> files_;
  std::string manifest_;
  Digest digest_;
  Json settings_ = Json::object();
};

// Every file below the directory. Invalid as make, and for a symbolic link or a special file;
// Unavailable when the directory cannot be read.
Result<Bundle> bundle_from_directory(const std::filesystem::path& directory);

// What an evidence store must hold so that it holds the bundle: the manifest text, whose own digest
// is the bundle's, then each file.
std::vector<Bytes> documents(const Bundle& bundle);

// The bundle out of such a store. An error of `get` as it is; Corrupt when it returns other bytes
// than were asked for; Invalid when the document of that digest is no bundle.
Result<Bundle> bundle_from_store(const Digest& digest,
                                 const std::function<Result<Bytes>(const Digest&)>& get);

// The bundles that init activates unless told otherwise, embedded from ledger/policy/bundles.
Bundle default_registry_bundle();
Bundle default_authz_bundle();

}  // namespace z5::policy
