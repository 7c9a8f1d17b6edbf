// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ledger/http/client.h"
#include "ledger/instance.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::cli {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(20);

// /proc/<pid>/stat (proc(5)): "pid (name) state …"; the name may hold anything, so the last ')'
// counts.
struct Process {
  std::string name;
  char state = 'X';
};
std::optional<Process> look_at(std::int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= text.size())
    return std::nullopt;
  return Process{text.substr(open + 1, close - open - 1), text[close + 2]};
}

bool runs(std::int64_t pid, std::string_view program) {
  const auto process = look_at(pid);
  return process && process->name == program && process->state != 'Z' && process->state != 'X';
}

std::string error_file(const ledger::Home& home, std::string_view name) {
  return fmt::format("{}/logs/{}.err", home.path(), name);
}

// What the program said last, on one line.
std::string last_words(const std::string& path) {
  std::ifstream file(path);
  std::string line, last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "it said nothing" : last;
}

// Only async-signal-safe calls: this process may have threads (Go's).
[[noreturn]] void become(const char* program, const char* home, int output) {
  ::setsid();
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execl(program, program, "--home", home, static_cast<char*>(nullptr));
  ::_exit(127);
}

Error ended(const ledger::Home& home, std::string_view name, int status) {
  const std::string what = fmt::format("z5-{} ended: {}", name, last_words(error_file(home, name)));
  switch (WIFEXITED(status) ? WEXITSTATUS(status) : -1) {
    case 2:
      return invalid(what);
    case 4:
      return corrupt(what);
    default:
      return unavailable(what);
  }
}

}  // namespace

std::optional<ledger::Running> running_service(const ledger::Home& home, std::string_view name) {
  auto running = ledger::read_running(home, name);
  if (!running || !runs(running->pid, fmt::format("z5-{}", name))) return std::nullopt;
  return running;
}

std::string service_program(std::string_view name) {
  std::error_code problem;
  const fs::path self = fs::read_symlink("/proc/self/exe", problem);
  const fs::path program = self.parent_path() / fmt::format("z5-{}", name);
  return !problem && fs::exists(program, problem) ? program.string() : "";
}

Result<http::ClientOptions> client_options(const ledger::Home& home,
                                           const ledger::Running& running) {
  http::ClientOptions options;
  // A service that listens everywhere listens here.
  options.host = running.address == "0.0.0.0" ? "127.0.0.1"
                 : running.address == "::"    ? "::1"
                                              : running.address;
  options.port = running.port;
  if (!running.tls) return options;
  Z5_TRY(const ledger::Config config, ledger::load_config(home));
  const ledger::Listen& listen = running.service == "ledger"   ? config.ledger_listen
                                 : running.service == "permit" ? config.permit_listen
                                                               : config.feed_listen;
  options.tls =
      http::ClientTls{.ca_file = listen.tls_certificate, .certificate_file = {}, .key_file = {}};
  return options;
}

Status service_ready(const ledger::Home& home, const ledger::Running& running) {
  Z5_TRY(http::ClientOptions options, client_options(home, running));
  options.connect_timeout = options.request_timeout = std::chrono::seconds(2);
  http::Client client(std::move(options));
  Z5_TRY(const http::ClientResponse response, client.request("GET", "/readyz"));
  if (response.status == 200) return Done{};
  const auto body = parse_json(response.body);
  std::string why = fmt::format("status {}", response.status);
  if (body.ok() && body->is_object() && body->contains("error"))
    why = (*body)["error"].value("message", why);
  return unavailable(why);
}

bool stands_by(const Status& ready) {
  return !ready.ok() && ready.error().message.starts_with(ledger::kStandby);
}

Result<ledger::Running> start_service(const ledger::Home& home, std::string_view name) {
  const std::string program = service_program(name), output = error_file(home, name);
  std::error_code ignored;
  fs::create_directories(home.path() + "/logs", ignored);
  ledger::remove_running(home, name);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return unavailable(fmt::format("{}: {}", output, std::strerror(errno)));
  const pid_t pid = ::fork();
  if (pid == 0) become(program.c_str(), home.path().c_str(), file);
  ::close(file);
  if (pid < 0) return unavailable(fmt::format("{}: {}", program, std::strerror(errno)));

  const auto deadline = SteadyClock::now() + limits::kServiceStart;
  std::string why = "it does not listen yet";
  while (SteadyClock::now() < deadline) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return ended(home, name, status);
    if (const auto running = running_service(home, name); running && running->pid == pid) {
      const Status ready = service_ready(home, *running);
      if (ready.ok() || stands_by(ready)) return *running;
      why = ready.error().message;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return unavailable(fmt::format("z5-{} (process {}) is not ready: {}", name, pid, why));
}

Status stop_service(const ledger::Home& home, const ledger::Running& running) {
  const std::string program = fmt::format("z5-{}", running.service);
  const auto pid = static_cast<pid_t>(running.pid);
  if (::kill(pid, SIGTERM) != 0 && errno != ESRCH) {
    return unavailable(fmt::format("{} (process {}): {}", program, pid, std::strerror(errno)));
  }
  const auto deadline = SteadyClock::now() + limits::kServiceStop;
  while (runs(running.pid, program)) {
    if (SteadyClock::now() > deadline) {
      return unavailable(fmt::format("{} (process {}) is still there", program, pid));
    }
    std::this_thread::sleep_for(kPoll);
  }
  ledger::remove_running(home, running.service);
  return Done{};
}

}  // namespace z5::cli
