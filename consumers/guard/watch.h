// SPDX-License-Identifier: Apache-2.0
// Keeps a child running only while its model may be loaded: checks again and again, and ends the
// child when the answer is no any more (R143: at every start and refresh).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "consumers/guard/guard.h"

namespace z5::guard {

// Replaces this process by the command; returns only when that fails.
Failure execute(const std::vector<std::string>& command);

struct Watch {
  std::string model, directory, ignore;
  std::vector<std::string> command;  // empty: only watch
  std::chrono::seconds every;
  std::function<bool()> stop;  // asked often: somebody wants this process to end
  std::function<void(const Expected<Loadable, Failure>&)> told;  // after each check
};
// The first check comes before the child starts. A no (Refused, Integrity) ends the child at once:
// SIGTERM, and SIGKILL after limits::kStopGrace. While the service is unavailable the child lives
// on until the last permit runs out. The result is the exit code: the child's own (128 + signal)
// when it ends by itself or is stopped, else the failure's.
int watch(Guard& guard, const Watch& watch);

}  // namespace z5::guard
