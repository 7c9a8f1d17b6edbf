// SPDX-License-Identifier: Apache-2.0
// The services of a home as processes: which run, starting one, ending one. A number in run/ is
// believed only while the process behind it is that program: numbers are used again, and a process
// that ended may wait for its parent. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/home.h"
#include "ledger/http/client.h"

namespace z5::cli {

// nullopt: never started, ended, or the number is another program's now.
std::optional<ledger::Running> running_service(const ledger::Home& home, std::string_view name);

// The program "z5-<name>" beside this one; empty when this build has none.
std::string service_program(std::string_view name);

// Starts the program detached from this terminal, its output in logs/<name>.err, and returns when
// it is ready, or stands by. An error is the service's own, with the last lines that it wrote;
// Unavailable: not ready within limits::kServiceStart.
Result<ledger::Running> start_service(const ledger::Home& home, std::string_view name);

// SIGTERM, and waits for the end. Unavailable: still there after limits::kServiceStop.
Status stop_service(const ledger::Home& home, const ledger::Running& running);

// Whether GET /readyz says yes now; the reason where it does not.
Status service_ready(const ledger::Home& home, const ledger::Running& running);
// That reason is no trouble: another instance of this ledger is the writer.
bool stands_by(const Status& ready);

// How this machine talks to it: with TLS the certificate of config.toml is the one that is
// believed.
Result<http::ClientOptions> client_options(const ledger::Home& home,
                                           const ledger::Running& running);

}  // namespace z5::cli
