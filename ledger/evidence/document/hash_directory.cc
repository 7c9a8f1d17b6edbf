// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "ledger/evidence/document/manifest.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

namespace fs = std::filesystem;

struct Found {
  std::string path;  // relative
  std::uint64_t size = 0;
  Digest digest;
};

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error unreadable(const std::string& path) {
  return unavailable(fmt::format("model file '{}': {}", path, std::strerror(errno)));
}

Result<std::vector<Found>> list_files(const std::string& directory, const std::string& ignore) {
  std::error_code problem;
  if (!fs::is_directory(fs::symlink_status(directory, problem)) || problem) {
    return invalid(fmt::format("model '{}': not a folder", directory));
  }
  std::vector<Found> found;
  const fs::path root(directory);
  fs::recursive_directory_iterator entry(root, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    const std::string path = entry->path().lexically_relative(root).generic_string();
    if (!ignore.empty() && path == ignore) continue;
    Z5_CHECK(check_path(path));
    const fs::file_status status = entry->symlink_status(problem);
    if (problem) break;
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status)) {
      return invalid(fmt::format("model file '{}': a link or special file", path));
    }
    const std::uint64_t size = entry->file_size(problem);
    if (problem) break;
    if (found.size() == limits::kMaxManifestFiles) return invalid("model: too many files");
    found.push_back({path, size, {}});
  }
  if (problem) return unavailable(fmt::format("model '{}': {}", directory, problem.message()));
  if (found.empty()) return invalid(fmt::format("model '{}': no file", directory));
  return found;
}

// O_NOFOLLOW and the size check: the folder may change under our hands.
Status hash_file(const std::string& directory, Found& file, char* buffer, Sha256& hasher) {
  const File input(
      ::open((directory + "/" + file.path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (input.get() < 0) return unreadable(file.path);
  ::posix_fadvise(input.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  std::uint64_t total = 0;
  while (true) {
    const ssize_t got = ::read(input.get(), buffer, limits::kHashRead);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(file.path);
    if (got == 0) break;
    total += static_cast<std::uint64_t>(got);
    hasher.update({buffer, static_cast<std::size_t>(got)});
  }
  file.digest = hasher.finish();
  if (total != file.size) {
    return unavailable(fmt::format("model file '{}': changed while it was read", file.path));
  }
  return Done{};
}

// Largest first: the last thread to finish then works on a small file.
Status hash_all(const std::string& directory, std::vector<Found>& files, unsigned threads) {
  std::sort(files.begin(), files.end(),
            [](const Found& a, const Found& b) { return a.size > b.size; });
  std::atomic<std::size_t> next{0};
  std::mutex guard;
  Status first = Done{};
  const auto work = [&] {
    const auto buffer = std::make_unique<char[]>(limits::kHashRead);
    Sha256 hasher;
    for (std::size_t i; (i = next.fetch_add(1)) < files.size();) {
      const Status status = hash_file(directory, files[i], buffer.get(), hasher);
      if (status.ok()) continue;
      const std::lock_guard lock(guard);
      if (first.ok()) first = status;
      next = files.size();
    }
  };
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min<std::size_t>(threads, files.size()); ++i)
    others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return first;
}

}  // namespace

Result<Manifest> hash_directory(const std::string& directory, const HashOptions& options) {
  Z5_TRY(std::vector<Found> files, list_files(directory, options.ignore));
  Z5_CHECK(hash_all(directory, files, options.threads));
  std::sort(files.begin(), files.end(),
            [](const Found& a, const Found& b) { return a.path < b.path; });
  Manifest manifest;
  for (Found& file : files) manifest.files.push_back({std::move(file.path), file.digest});
  return manifest;
}

Status verify_directory(const std::string& directory, const Manifest& manifest,
                        const HashOptions& options) {
  Z5_TRY(const Manifest found, hash_directory(directory, options));
  auto want = manifest.files.begin();
  auto have = found.files.begin();
  const auto differs = [](const std::string& path, std::string_view how) {
    return corrupt(fmt::format("model file '{}': {}", path, how));
  };
  while (want != manifest.files.end() || have != found.files.end()) {
    if (want == manifest.files.end() || (have != found.files.end() && have->path < want->path)) {
      return differs(have->path, "not in the manifest");
    }
    if (have == found.files.end() || want->path < have->path) return differs(want->path, "missing");
    if (want->digest != have->digest) return differs(want->path, "changed");
    ++want;
    ++have;
  }
  return Done{};
}

}  // namespace z5::document
