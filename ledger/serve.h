// SPDX-License-Identifier: Apache-2.0
// What every service of an installation does the same way: listens where config.toml says (or on
// the next free port), says so in run/, and ends with the exit codes of DESIGN section 11.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ledger/home.h"
#include "ledger/http/server.h"

namespace z5::ledger {

struct Service {
  const Home& home;
  const Listen& listen;
  std::string name;  // "ledger", "permit", "feed"
  http::Authenticator authenticate;
  std::function<Status()> ready;
  http::ServiceLog& log;
  prometheus::Registry* metrics = nullptr;  // outlives the server; none: requests only
};
// Invalid: a non-loopback address without TLS. Unavailable: no port is free.
Result<std::unique_ptr<http::Server>> serve(Service service, http::Router router);

// 2 usage or malformed, 3 unavailable, 4 integrity; a conflict is 3 (somebody else holds it).
int exit_code(const Error& error);

}  // namespace z5::ledger
