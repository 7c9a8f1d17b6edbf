// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/evidence_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "ledger/log/file_reader.h"

namespace z5::log {
namespace {

Error failure(const std::string& path) { return unavailable(path + ": " + std::strerror(errno)); }

// A new file beside its place, written and synced; the value is its name.
Result<std::string> write_beside(const std::string& path, std::string_view document) {
  std::string name = path + ".XXXXXX";
  const File file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return failure(name);
  const std::string_view whole = document;
  while (!document.empty()) {
    const ssize_t wrote = ::write(file.get(), document.data(), document.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    document.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (!document.empty() || ::fsync(file.get()) != 0) {
    const Error error = failure(name);
    ::unlink(name.c_str());
    return error;
  }
  Z5_ASSERT(whole.empty() || document.empty());
  return name;
}

Status sync_folder(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failure(path);
  return Done{};
}

}  // namespace

std::string EvidenceStore::path(const Digest& digest) const {
  const std::string hex = digest.hex();
  return fmt::format("{}/sha256/{}/{}", root_, hex.substr(0, 2), hex);
}

Result<std::vector<Digest>> EvidenceStore::put(std::span<const std::string_view> documents) const {
  std::vector<Digest> digests;
  std::set<std::string> folders;
  for (const std::string_view document : documents) {
    digests.push_back(sha256(document));
    const std::string target = path(digests.back());
    const std::string folder = target.substr(0, target.rfind('/'));
    if (folders.insert(folder).second) {
      std::error_code failed;
      std::filesystem::create_directories(folder, failed);
      if (failed) return unavailable(folder + ": " + failed.message());
    }
    if (get(digests.back(), document.size()).ok()) continue;
    Z5_TRY(const std::string name, write_beside(target, document));
    if (::rename(name.c_str(), target.c_str()) != 0) {
      const Error error = failure(target);
      ::unlink(name.c_str());
      return error;
    }
  }
  if (!folders.empty()) {  // the folders' own names, in case they are new
    folders.insert(root_ + "/sha256");
    folders.insert(root_);
  }
  for (const std::string& folder : folders) Z5_CHECK(sync_folder(folder));
  return digests;
}

Result<Digest> EvidenceStore::put(std::string_view document) const {
  Z5_TRY(const std::vector<Digest> digests, put(std::span(&document, 1)));
  return digests.front();
}

Result<Bytes> EvidenceStore::get(const Digest& digest, std::size_t max) const {
  const std::string name = path(digest);
  const File file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT)
      return unavailable(fmt::format("evidence {}: not in the store", digest.text()));
    return failure(name);
  }
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return failure(name);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > max)
    return invalid(fmt::format("evidence {}: longer than {} bytes", digest.text(), max));
  Bytes bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(name);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  if (sha256(bytes) != digest)
    return corrupt(fmt::format("evidence {}: the stored bytes are others", digest.text()));
  return bytes;
}

bool EvidenceStore::has(const Digest& digest) const {
  return ::access(path(digest).c_str(), R_OK) == 0;
}

}  // namespace z5::log
