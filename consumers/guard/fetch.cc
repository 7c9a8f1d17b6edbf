// SPDX-License-Identifier: Apache-2.0
#include "consumers/guard/fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace z5::guard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "file://";

// The folder that the URI names, with every link resolved, when it lies below an allowed source.
std::optional<fs::path> allowed_folder(const std::string& uri,
                                       const std::vector<std::string>& sources) {
  if (!uri.starts_with(kScheme) || !std::string_view(uri).substr(kScheme.size()).starts_with('/'))
    return std::nullopt;
  std::error_code ec;
  const fs::path folder = fs::canonical(uri.substr(kScheme.size()), ec);
  if (ec || !fs::is_directory(folder, ec)) return std::nullopt;
  for (const std::string& source : sources) {
    const fs::path root = fs::canonical(source, ec);
    if (ec) continue;
    const fs::path relative = folder.lexically_relative(root);
    if (!relative.empty() && *relative.begin() != "..") return folder;
  }
  return std::nullopt;
}

// By descriptor, so that no part of the path is a link.
Status copy_one(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  if (fs::canonical(from.parent_path(), ec) != from.parent_path() || ec) {
    return unavailable(fmt::format("{}: is no plain path", from.string()));
  }
  const int in = ::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (in < 0) return unavailable(fmt::format("{}: cannot be read", from.string()));
  fs::create_directories(to.parent_path(), ec);
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  bool whole = out >= 0;
  while (whole) {
    const ssize_t copied = ::copy_file_range(in, nullptr, out, nullptr, limits::kHashRead, 0);
    if (copied == 0) break;
    whole = copied > 0;
  }
  ::close(in);
  if (out >= 0) ::close(out);
  if (!whole) return unavailable(fmt::format("{}: cannot be copied", from.string()));
  return Done{};
}

Expected<Done, Failure> copy_model(const fs::path& from, const fs::path& to,
                                   const document::Manifest& manifest) {
  for (const document::ManifestFile& file : manifest.files) {
    if (const Status copied = copy_one(from / file.path, to / file.path); !copied.ok()) {
      return failure(copied.error(), "source-unavailable");
    }
  }
  if (const Status same = document::verify_directory(to.string(), manifest); !same.ok()) {
    return failure(Exit::Integrity, "model-bytes", same.error().message);
  }
  return Done{};
}

}  // namespace

Expected<Loadable, Failure> fetch(Guard& guard, const std::string& model,
                                  const std::string& destination) {
  std::error_code ec;
  if (fs::exists(fs::symlink_status(destination, ec))) {
    return failure(Exit::Usage, "destination", fmt::format("{}: exists", destination));
  }
  Z5_TRY(Loadable loadable, guard.ask(model));
  std::optional<fs::path> source;
  for (const std::string& uri : loadable.permit.artifact_uris) {
    if (!source) source = allowed_folder(uri, guard.settings().sources);
  }
  if (!source) {
    return failure(
        Exit::Refused, "source-not-allowed",
        fmt::format(
            "none of its {} artifact URIs is a file:// folder below `sources` of guard.toml",
            loadable.permit.artifact_uris.size()));
  }
  const std::string fresh = destination + ".part";
  fs::remove_all(fresh, ec);
  const auto copied = copy_model(*source, fresh, loadable.manifest);
  if (copied.ok()) fs::rename(fresh, destination, ec);
  const bool moved = copied.ok() && !ec;
  if (!moved) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
  }
  if (!copied.ok()) return copied.error();
  if (!moved)
    return failure(Exit::Unavailable, "destination",
                   fmt::format("{}: {}", destination, ec.message()));
  return loadable;
}

}  // namespace z5::guard
