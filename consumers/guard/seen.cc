// SPDX-License-Identifier: Apache-2.0
#include "consumers/guard/seen.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/identity/actor.h"
#include "schemas/json.h"

namespace z5::guard {
namespace {

struct Lock {
  explicit Lock(const std::string& path)
      : file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file >= 0) held = ::flock(file, LOCK_EX) == 0;
  }
  ~Lock() {
    if (file >= 0) ::close(file);
  }
  int file;
  bool held = false;
};

std::string text_of(const verify::Permit& permit) {
  return canonical_json({{"audience", permit.audience},
                         {"environment", identity::environment_name(permit.environment)},
                         {"genesis", permit.ledger.genesis.text()},
                         {"root", permit.seen.root.text()},
                         {"size", std::to_string(permit.seen.size)}}) +
         "\n";
}

Status compare(const Json& kept, const verify::Permit& permit, const std::string& path) {
  Z5_TRY(const std::string genesis, json_string(kept, "genesis", path));
  Z5_TRY(const std::string root, json_string(kept, "root", path));
  Z5_TRY(const std::string audience, json_string(kept, "audience", path));
  Z5_TRY(const std::string environment, json_string(kept, "environment", path));
  Z5_TRY(const std::uint64_t size, json_uint(kept, "size", path));
  if (genesis != permit.ledger.genesis.text())
    return corrupt(fmt::format("{}: is of another ledger", path));
  if (permit.seen.size < size) {
    return corrupt(
        fmt::format("the service knows {} entries, this host has seen {}", permit.seen.size, size));
  }
  if (permit.seen.size == size && permit.seen.root.text() != root) {
    return corrupt(fmt::format("two histories of {} entries: the ledger was forked", size));
  }
  if (permit.audience != audience ||
      identity::environment_name(permit.environment) != environment) {
    return corrupt(
        fmt::format("{}: this actor was for audience '{}' in {}", path, audience, environment));
  }
  return Done{};
}

Status replace(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool wrote = file >= 0 &&
                     ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (wrote && ::rename(fresh.c_str(), path.c_str()) == 0) return Done{};
  return unavailable(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

Status keep_seen(const std::string& folder, const std::string& actor,
                 const verify::Permit& permit) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const std::string path = fmt::format("{}/guard-{}.json", folder, actor);
  const Lock lock(path + ".lock");
  if (!lock.held) return unavailable(fmt::format("{}.lock: {}", path, std::strerror(errno)));
  std::ifstream file(path);
  if (!file && errno != ENOENT)
    return unavailable(fmt::format("{}: {}", path, std::strerror(errno)));
  if (file) {
    std::ostringstream text;
    text << file.rdbuf();
    const auto kept = parse_json(text.str());
    if (!kept.ok()) return corrupt(fmt::format("{}: {}", path, kept.error().message));
    Z5_CHECK(compare(*kept, permit, path));
    if (text.str() == text_of(permit)) return Done{};
  }
  return replace(path, text_of(permit));
}

}  // namespace z5::guard
