// SPDX-License-Identifier: Apache-2.0
// A signal may arrive while a thread runs Go code, whose stacks are too small for a handler's
// frame. Any thread.
#pragma once

namespace z5::policy {

// Gives every signal handler that is installed in this process SA_ONSTACK: Go sets an alternate
// stack on each thread that runs its code, elsewhere the flag changes nothing. A program that
// evaluates policies calls this once its handlers are in place (Boost.Asio and std::signal install
// them without the flag).
void put_handlers_on_alternate_stack();

}  // namespace z5::policy
