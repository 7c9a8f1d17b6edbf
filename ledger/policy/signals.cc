// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/signals.h"

#include <csignal>

namespace z5::policy {

void put_handlers_on_alternate_stack() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0)
      continue;  // a number that is no signal, or the C library's own
    const bool ours = (action.sa_flags & SA_SIGINFO) != 0 ||
                      (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    if (!ours || (action.sa_flags & SA_ONSTACK) != 0) continue;
    action.sa_flags |= SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace z5::policy
