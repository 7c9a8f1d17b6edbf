// SPDX-License-Identifier: Apache-2.0
// The one HTTP server of the project: HTTP/1.1 with keep-alive, TLS on request.
//
// Threads: `threads` server threads, each with its own event loop and its own connections, which no
// other thread touches; the first also accepts and deals connections out in turn. Handlers run on
// them. They end in stop().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ledger/http/message.h"
#include "ledger/http/router.h"
#include "ledger/http/service_log.h"
#include "ledger/http/tls.h"
#include "schemas/limits.h"
#include "schemas/result.h"

namespace prometheus {
class Registry;
}

namespace z5::http {

using Milliseconds = std::chrono::milliseconds;

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IP address; another than loopback needs `tls`
  std::uint16_t port = 0;             // 0: a free one, see Server::port()
  std::optional<ServerTls> tls = {};
  unsigned threads = 2;
  std::size_t max_connections = limits::kMaxConnections;  // one more is 503 and closed
  std::size_t max_body = limits::kMaxRequest;             // caps RouteOptions::max_body
  Milliseconds idle_timeout = limits::kIdleTimeout;
  Milliseconds read_timeout = limits::kReadTimeout;
  Milliseconds answer_timeout = limits::kAnswerTimeout;
  Milliseconds write_timeout = limits::kWriteTimeout;
  Authenticator authenticate = {};               // none: only Open routes answer
  std::function<Status()> ready = {};            // for /readyz, on a server thread; none: always ready
  prometheus::Registry* metrics = nullptr;  // outlives the server; none: one of its own
  ServiceLog* log = nullptr;                // outlives the server; none: nothing is logged
};

class Server {
 public:
  // Listens and serves. Adds the open routes GET /healthz (200 while the process lives), /readyz
  // (200, or 503 with the reason) and /metrics. Invalid: an address that is no IP address, or not
  // loopback without TLS; wrong TLS files. Unavailable: the port is taken. Raises this process's
  // soft limit of open files where it can.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();  // stop()

  std::uint16_t port() const;
  std::size_t connections() const;

  // Stops accepting, closes idle connections, lets what is in hand finish within `grace` (its
  // answers say Connection: close), then closes the rest and joins the threads. Not from a server
  // thread. Twice is once.
  void stop(Milliseconds grace = limits::kStopGrace);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace z5::http
