// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace z5::http {
namespace {

constexpr int kCaught[] = {SIGTERM, SIGINT, SIGHUP};

// The one global of this library: a signal handler has no other way to its pipe.
std::atomic<int> write_end{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  const int saved = errno;
  const char byte = number == SIGHUP ? 'h' : 's';
  [[maybe_unused]] const ssize_t written =
      ::write(write_end.load(), &byte, 1);  // full: one is waiting already
  errno = saved;
}

}  // namespace

Signals::Signals() {
  Z5_ASSERT(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) == 0);
  int none = -1;
  Z5_ASSERT(write_end.compare_exchange_strong(none, pipe_[1]));
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int number : kCaught) Z5_ASSERT(::sigaction(number, &action, nullptr) == 0);
}

Signals::~Signals() {
  for (const int number : kCaught) ::signal(number, SIG_DFL);
  write_end.store(-1);
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

Signal Signals::wait() {
  while (true) {
    if (const auto signal = wait_for(std::chrono::hours(1))) return *signal;
  }
}

std::optional<Signal> Signals::wait_for(std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() < 0) return std::nullopt;
    pollfd wanted{pipe_[0], POLLIN, 0};
    ::poll(&wanted, 1, static_cast<int>(left.count()));
    char byte;
    if (::read(pipe_[0], &byte, 1) == 1) return byte == 'h' ? Signal::Reload : Signal::Stop;
    if (left.count() == 0) return std::nullopt;
  }
}

}  // namespace z5::http
