// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT and SIGHUP as values for the main thread.
#pragma once

#include <chrono>
#include <optional>

#include "schemas/result.h"

namespace z5::http {

enum class Signal {
  Stop,    // SIGTERM, SIGINT: finish or refuse what is in hand, then end
  Reload,  // SIGHUP: read configuration and tokens again
};

// From its construction until its end this process's signals arrive here. One at a time (assert),
// main thread.
//
// A handler that writes to a pipe, and not blocked signals with sigwait: the Go runtime that is
// linked in for OPA starts threads before main(), and on those the signals are not blocked, so the
// default action would end the process. The handler works on whatever thread the kernel picks, and
// on Go's stacks (SA_ONSTACK).
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  Signal wait();
  // None when the time has passed.
  std::optional<Signal> wait_for(std::chrono::milliseconds time);

 private:
  int pipe_[2];
};

}  // namespace z5::http
