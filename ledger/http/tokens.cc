// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/tokens.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "schemas/digest.h"
#include "schemas/encoding.h"
#include "schemas/ids.h"
#include "schemas/limits.h"

namespace z5::http {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Map = std::unordered_map<Digest, Principal>;

constexpr std::string_view kLocal = "local";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// token68 (RFC 7235 section 2.1)
bool is_token(std::string_view text) {
  const auto body = text.substr(0, text.find_last_not_of('=') + 1);
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
  };
  return !body.empty() && std::ranges::all_of(body, allowed);
}

std::string why(const fs::path& file, std::string_view what) {
  return "token file " + file.string() + ": " + std::string(what);
}

Result<std::string> read_token(const fs::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return invalid(why(file, std::strerror(errno)));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return invalid(why(file, std::strerror(errno)));
  if (!S_ISREG(info.st_mode)) return invalid(why(file, "is no regular file"));
  if ((info.st_mode & 077) != 0) return invalid(why(file, "is open to group or others: chmod 600"));
  if (info.st_uid != ::geteuid()) return invalid(why(file, "belongs to another user: chown it"));
  std::array<char, limits::kMaxToken + 1> buffer;
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return invalid(why(file, std::strerror(errno)));
  std::string token(buffer.data(), static_cast<std::size_t>(size));
  if (token.ends_with('\n')) token.pop_back();
  if (token.size() < limits::kMinToken || token.size() > limits::kMaxToken || !is_token(token)) {
    return invalid(why(file, "does not hold one token of 32 to 512 token68 characters"));
  }
  return token;
}

struct Scan {
  Map map;
  Status status = Done{};  // the first problem
};

Scan scan(const fs::path& directory) {
  Scan result;
  const auto problem = [&](Error error) {
    if (result.status.ok()) result.status = std::move(error);
  };
  std::error_code ec;
  for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with('.')) continue;
    if (!is_slug(name)) {
      problem(invalid(why(it->path(), "the name is no actor's slug")));
      continue;
    }
    auto token = read_token(it->path());
    if (!token.ok()) {
      problem(token.error());
      continue;
    }
    const bool local = name == kLocal;
    if (!result.map.emplace(sha256(*token), Principal{name, local, local}).second) {
      problem(invalid(why(it->path(), "holds the token of another actor")));
      result.map.erase(sha256(*token));  // whose it is cannot be told
    }
  }
  if (ec) problem(unavailable("tokens " + directory.string() + ": " + ec.message()));
  return result;
}

struct timespec changed_at(const fs::path& directory) {
  struct stat info{};
  if (::stat(directory.c_str(), &info) != 0) return {};
  return info.st_mtim;
}

}  // namespace

struct Tokens::State {
  fs::path directory;
  std::mutex mutex;  // guards the rest
  Map map;
  struct timespec changed{};
  SteadyClock::time_point looked{};

  // A directory that cannot be read leaves no token valid.
  Status rescan() {
    changed = changed_at(directory);
    Scan fresh = scan(directory);
    map = std::move(fresh.map);
    return fresh.status;
  }
};

Tokens::Tokens(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokens::~Tokens() = default;

Result<std::shared_ptr<Tokens>> Tokens::open(const fs::path& directory) {
  auto state = std::make_unique<State>();
  state->directory = directory;
  state->looked = SteadyClock::now();
  Z5_CHECK(state->rescan());
  return std::shared_ptr<Tokens>(new Tokens(std::move(state)));
}

Status Tokens::reload() {
  const std::lock_guard lock(state_->mutex);
  state_->looked = SteadyClock::now();
  return state_->rescan();
}

Verdict<Principal> Tokens::find(const Request& request) {
  const auto token = bearer_token(request);
  if (!token)
    return Refusal{"not-authenticated",
                   "send Authorization: Bearer with a token of this installation"};
  const Digest digest = sha256(*token);
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const auto now = SteadyClock::now();
  if (now - state.looked >= limits::kTokenRescan) {
    state.looked = now;
    const auto changed = changed_at(state.directory);
    const bool same =
        changed.tv_sec == state.changed.tv_sec && changed.tv_nsec == state.changed.tv_nsec;
    if (!same || !state.map.contains(digest)) (void)state.rescan();
  }
  const auto found = state.map.find(digest);
  if (found == state.map.end())
    return Refusal{"unknown-token", "the token is not one of this installation"};
  return found->second;
}

std::optional<std::string_view> bearer_token(const Request& request) {
  if (std::ranges::count(request.headers, "authorization", &Field::name) != 1) return std::nullopt;
  std::string_view value = *request.header("authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() <= kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = value[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != kScheme[i]) return std::nullopt;
  }
  value.remove_prefix(kScheme.size());
  if (!is_token(value)) return std::nullopt;
  return value;
}

Authenticator authenticate_with(std::shared_ptr<Tokens> tokens) {
  return [tokens = std::move(tokens)](const Request& request) -> Result<Verdict<Principal>> {
    return tokens->find(request);
  };
}

Result<std::string> create_token(const fs::path& directory, std::string_view actor) {
  if (!is_slug(actor)) return invalid("token: the actor is no slug");
  std::string raw(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), 32) != 1)
    return unavailable("token: no randomness");
  const std::string token = to_base64url(raw);
  const fs::path file = directory / actor;
  const Descriptor fd(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    const std::string reason = why(file, std::strerror(errno));
    return errno == EEXIST ? conflict(reason) : unavailable(reason);
  }
  const std::string line = token + "\n";
  if (::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    ::unlink(file.c_str());
    return unavailable(why(file, "cannot be written"));
  }
  return token;
}

}  // namespace z5::http
