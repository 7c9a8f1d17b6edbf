// SPDX-License-Identifier: Apache-2.0
// The manifest: a model as text, one line "<sha256 hex>  <path>\n" a file, sorted by path bytes
// (the format that `sha256sum -c` reads). SHA-256 of that text is the model digest (DESIGN section
// 5), also of a policy bundle. Names that another program could read in two ways are refused, so
// that one text means one folder everywhere. parse and text are pure, any thread; the functions
// over folders read files, with threads of their own that have ended when they return.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::document {

struct ManifestFile {
  std::string path;  // relative, '/' between parts
  Digest digest;
  bool operator==(const ManifestFile&) const = default;
};

struct Manifest {
  std::vector<ManifestFile> files;  // sorted by path bytes, no path twice, never empty

  std::string text() const;
  Digest digest() const { return sha256(text()); }  // the model digest
  bool operator==(const Manifest&) const = default;
};

// Invalid, naming the path: empty, absolute, "." or ".." or empty part, a part that begins with
// ".git", backslash, control character (newline and NUL included), no UTF-8, longer than
// limits::kMaxPath.
Status check_path(std::string_view path);

// Accepts exactly what Manifest::text() writes. Invalid, naming the line: another form, a path that
// check_path refuses, out of order or twice, no file at all, more than limits::kMaxManifestFiles.
Result<Manifest> parse_manifest(std::string_view text);

struct HashOptions {
  std::string ignore;    // the signature file, relative to the folder; empty = none
  unsigned threads = 0;  // 0 = one a core
};

// Hashes every regular file below `directory`, largest first over all threads (one SHA-256 cannot
// be split). Invalid, naming the path: a symlink or special file, a path that check_path refuses,
// an empty folder, too many files. Unavailable: a file that cannot be read, or whose size changed
// while it was read.
Result<Manifest> hash_directory(const std::string& directory, const HashOptions& options = {});

// The folder holds exactly the files of `manifest`. Corrupt, naming the first file in path order
// that is extra, missing or changed; otherwise as hash_directory.
Status verify_directory(const std::string& directory, const Manifest& manifest,
                        const HashOptions& options = {});

}  // namespace z5::document
