// SPDX-License-Identifier: Apache-2.0
#include "consumers/guard/watch.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace z5::guard {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(50);

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// A running child, or none.
class Child {
 public:
  explicit Child(const std::vector<std::string>& command) {
    if (command.empty()) return;
    pid_ = ::fork();
    if (pid_ != 0) return;
    std::fprintf(stderr, "z5-guard: %s\n", execute(command).reasons.front().reason.c_str());
    ::_exit(static_cast<int>(Exit::Usage));
  }
  bool ended(int& code) {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = 0;
    code = code_of(status);
    return true;
  }
  // The exit code that it ended with.
  int end() {
    if (pid_ <= 0) return 0;
    ::kill(pid_, SIGTERM);
    int code = 0;
    for (const auto until = SteadyClock::now() + limits::kStopGrace; SteadyClock::now() < until;) {
      if (ended(code)) return code;
      std::this_thread::sleep_for(kTick);
    }
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return code_of(status);
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

Failure execute(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return failure(Exit::Usage, "command", fmt::format("{}: {}", command[0], std::strerror(errno)));
}

int watch(Guard& guard, const Watch& watch) {
  auto checked = guard.check(watch.model, watch.directory, watch.ignore);
  watch.told(checked);
  if (!checked.ok()) return static_cast<int>(checked.error().exit);
  Time good_until = checked->permit.not_after;
  Child child(watch.command);
  for (auto next = SteadyClock::now() + watch.every;;) {
    int code = 0;
    if (child.ended(code)) return code;
    if (watch.stop()) return child.end();
    if (SteadyClock::now() < next) {
      std::this_thread::sleep_for(kTick);
      continue;
    }
    checked = guard.check(watch.model, watch.directory, watch.ignore);
    watch.told(checked);
    if (checked.ok()) good_until = checked->permit.not_after;
    const bool lives_on =
        !checked.ok() && checked.error().exit == Exit::Unavailable && guard.now() < good_until;
    if (!checked.ok() && !lives_on) {
      child.end();
      return static_cast<int>(checked.error().exit);
    }
    next = SteadyClock::now() + watch.every;
  }
}

}  // namespace z5::guard
