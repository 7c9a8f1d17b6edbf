// SPDX-License-Identifier: Apache-2.0
// oms.h's matches_directory: the one part of the folder that reads a disk.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "ledger/evidence/sigstore/oms.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

namespace fs = std::filesystem;

struct Found {
  fs::path folder;
  std::map<std::string, std::uint64_t> files;  // path relative to it → size
  bool is_one_file = false;
};

// The model's regular files. A refusal for what a model may not hold.
Result<Verdict<Found>> walk(const fs::path& directory, const fs::path& signature) {
  std::error_code problem;
  Found out{.folder = directory, .files = {}};
  if (fs::symlink_status(directory, problem).type() == fs::file_type::regular) {
    out = {directory.parent_path(),
           {{directory.filename().string(), fs::file_size(directory, problem)}},
           true};
    if (problem) return invalid(fmt::format("{}: {}", directory.string(), problem.message()));
    return Verdict<Found>(std::move(out));
  }
  fs::recursive_directory_iterator at(directory, problem), end;
  if (problem) return invalid(fmt::format("{}: {}", directory.string(), problem.message()));
  for (; at != end; at.increment(problem)) {
    const fs::path relative = at->path().lexically_relative(directory);
    const fs::file_status status = at->symlink_status(problem);
    if (problem) return invalid(fmt::format("{}: {}", at->path().string(), problem.message()));
    if (at.depth() == 0 && relative.string().starts_with(".git")) {
      if (status.type() == fs::file_type::directory) at.disable_recursion_pending();
      continue;
    }
    if (status.type() == fs::file_type::directory) continue;
    if (status.type() != fs::file_type::regular) {
      return Verdict<Found>(
          refuse("oms-files", fmt::format("{}: not a regular file", relative.string())));
    }
    if (!signature.empty() && fs::equivalent(at->path(), signature, problem)) continue;
    out.files.emplace(relative.generic_string(), at->file_size(problem));
    if (problem) return invalid(fmt::format("{}: {}", at->path().string(), problem.message()));
    if (out.files.size() > limits::kMaxManifestFiles) {
      return Verdict<Found>(refuse("oms-files", "model: too many files"));
    }
  }
  if (problem) return invalid(fmt::format("{}: {}", directory.string(), problem.message()));
  return Verdict<Found>(std::move(out));
}

// SHA-256 over [start, end) of a file that must not be a symbolic link.
Result<Digest> hash_range(const fs::path& path, std::uint64_t start, std::uint64_t end) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return unavailable(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  Sha256 hasher;
  std::vector<char> buffer(
      std::min<std::uint64_t>(limits::kHashRead, std::max<std::uint64_t>(end - start, 1)));
  while (start < end) {
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), end - start);
    const ssize_t got = ::pread(file, buffer.data(), want, static_cast<off_t>(start));
    if (got <= 0) break;
    hasher.update({buffer.data(), static_cast<std::size_t>(got)});
    start += static_cast<std::uint64_t>(got);
  }
  ::close(file);
  if (start != end) return unavailable(fmt::format("{}: cannot be read to its end", path.string()));
  return hasher.finish();
}

struct Part {
  std::string path;
  std::uint64_t start, end;
  Digest signed_digest;
};

// Hashes the parts on all cores, largest first; the first difference or failure stops the others.
Result<Verdict<Done>> hash_all(const fs::path& directory, std::vector<Part> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.end - a.start > b.end - b.start; });
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::optional<Error> error;
  std::optional<Refusal> difference;
  const auto work = [&] {
    for (std::size_t i; !stop && (i = next++) < parts.size();) {
      const auto digest = hash_range(directory / parts[i].path, parts[i].start, parts[i].end);
      if (digest.ok() && *digest == parts[i].signed_digest) continue;
      const std::lock_guard lock(mutex);
      stop = true;
      if (!digest.ok())
        error = digest.error();
      else
        difference =
            refuse("oms-files", fmt::format("{}: differs from what was signed", parts[i].path));
    }
  };
  const std::size_t threads =
      std::min<std::size_t>(parts.size(), std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::thread> running;
  for (std::size_t i = 1; i < threads; ++i) running.emplace_back(work);
  work();
  for (std::thread& each : running) each.join();
  if (error) return *error;
  if (difference) return Verdict<Done>(*difference);
  return Verdict<Done>(Done{});
}

}  // namespace

Result<Verdict<Done>> matches_directory(const SignedModel& model, const fs::path& directory,
                                        const fs::path& signature) {
  Z5_TRY(const Verdict<Found> walked, walk(directory, signature));
  if (!walked.ok()) return Verdict<Done>(walked.error());
  std::map<std::string, std::uint64_t> left = walked->files;
  std::vector<Part> parts;
  for (const FileDigest& file : model.files) {
    const bool whole = walked->is_one_file && file.path == ".";  // as the tool wrote until 1.0
    const auto found = whole ? left.begin() : left.find(file.path);
    if (found == left.end())
      return Verdict<Done>(refuse("oms-files", fmt::format("{}: signed, but missing", file.path)));
    parts.push_back({found->first, 0, found->second, file.digest});
    left.erase(found);
  }
  std::map<std::string, std::uint64_t> covered;
  for (const Shard& shard : model.shards) {
    std::uint64_t& end = covered[shard.path];
    end = std::max(end, shard.end);
    parts.push_back({shard.path, shard.start, shard.end, shard.digest});
  }
  for (const auto& [path, size] : covered) {
    const auto found = left.find(path);
    if (found == left.end())
      return Verdict<Done>(refuse("oms-files", fmt::format("{}: signed, but missing", path)));
    if (found->second != size)
      return Verdict<Done>(refuse("oms-shards", fmt::format("{}: shards do not cover it", path)));
    left.erase(found);
  }
  for (const auto& [path, size] : left) {
    const bool unlisted_empty =
        model.shard_size != 0 && size == 0;  // shards have no form for an empty file
    if (!unlisted_empty)
      return Verdict<Done>(refuse("oms-files", fmt::format("{}: not signed", path)));
  }
  return hash_all(walked->folder, std::move(parts));
}

}  // namespace z5::sigstore
