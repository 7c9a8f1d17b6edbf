// SPDX-License-Identifier: Apache-2.0
// Documents by content: `<root>/sha256/<first two hex digits>/<64 hex digits>`. A document is put
// before the entry that names it; one that no entry names is harmless. Objects without state but
// the path; any thread, any process.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "schemas/digest.h"
#include "schemas/limits.h"
#include "schemas/result.h"

namespace z5::log {

class EvidenceStore {
 public:
  explicit EvidenceStore(std::string root) : root_(std::move(root)) {}

  // Makes all documents durable, files and folders, with one round of syncs; then the digests, in
  // order. Putting what is there already changes nothing (and mends a damaged file). Unavailable:
  // the file system says no; documents put so far stay.
  Result<std::vector<Digest>> put(std::span<const std::string_view> documents) const;
  Result<Digest> put(std::string_view document) const;

  // The bytes, hashed again. Unavailable: not in the store. Invalid: longer than `max`. Corrupt:
  // other content.
  Result<Bytes> get(const Digest& digest, std::size_t max = limits::kMaxDocument) const;
  bool has(const Digest& digest) const;  // by name only

 private:
  std::string path(const Digest& digest) const;
  std::string root_;
};

}  // namespace z5::log
