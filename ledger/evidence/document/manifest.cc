// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/document/text.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kSeparator = "  ";

Error line_error(std::size_t line, std::string_view what) {
  return invalid(fmt::format("manifest line {}: {}", line, what));
}

}  // namespace

std::string Manifest::text() const {
  std::string out;
  for (const ManifestFile& file : files) {
    out += file.digest.hex();
    out += kSeparator;
    out += file.path;
    out += '\n';
  }
  return out;
}

Status check_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return invalid(fmt::format("path '{}': {}", printable(path), why));
  };
  if (path.empty()) return refuse("empty");
  if (path.size() > limits::kMaxPath) return refuse("too long");
  if (!is_utf8(path)) return refuse("not UTF-8");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return refuse("control character");
    if (c == '\\') return refuse("backslash");
  }
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty()) return refuse("absolute, or an empty part");
    if (part == "." || part == "..") return refuse("'.' or '..' as a part");
    if (part.starts_with(".git")) return refuse("a part that begins with .git");
    begin = end + 1;
  }
  return Done{};
}

Result<Manifest> parse_manifest(std::string_view text) {
  Manifest manifest;
  for (std::size_t line = 1; !text.empty(); ++line) {
    if (line > limits::kMaxManifestFiles) return line_error(line, "too many files");
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return line_error(line, "does not end in a newline");
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (row.size() < kHexDigits + kSeparator.size() ||
        row.substr(kHexDigits, kSeparator.size()) != kSeparator) {
      return line_error(line, "expected '<sha256 hex>  <path>'");
    }
    const Result<Digest> digest = digest_from_hex(row.substr(0, kHexDigits));
    if (!digest.ok()) return line_error(line, digest.error().message);
    const std::string_view path = row.substr(kHexDigits + kSeparator.size());
    if (const Status fit = check_path(path); !fit.ok())
      return line_error(line, fit.error().message);
    if (!manifest.files.empty() && manifest.files.back().path >= path) {
      return line_error(line, "not sorted by path bytes, or a path twice");
    }
    manifest.files.push_back({std::string(path), *digest});
  }
  if (manifest.files.empty()) return invalid("manifest: no file");
  return manifest;
}

}  // namespace z5::document
