// SPDX-License-Identifier: Apache-2.0
#include "ledger/serve.h"

#include <unistd.h>

#include <thread>

namespace z5::ledger {

Result<std::unique_ptr<http::Server>> serve(Service service, http::Router router) {
  http::ServerOptions options;
  options.address = service.listen.address;
  options.port = service.listen.port;
  options.threads = std::max(1u, std::thread::hardware_concurrency());
  options.authenticate = std::move(service.authenticate);
  options.ready = std::move(service.ready);
  options.log = &service.log;
  options.metrics = service.metrics;
  if (!service.listen.tls_certificate.empty()) {
    options.tls = http::ServerTls{.certificate_file = service.listen.tls_certificate,
                                  .key_file = service.listen.tls_key,
                                  .client_ca_file = {},
                                  .require_client_certificate = false};
  }
  auto server = http::Server::start(options, router);
  if (!server.ok() && server.error().code == ErrorCode::Unavailable && options.port != 0) {
    options.port = 0;  // the usual port is taken: any free one, told in run/
    server = http::Server::start(options, std::move(router));
  }
  if (!server.ok()) return server.error();
  Z5_CHECK(write_running(service.home, {.service = service.name,
                                        .pid = ::getpid(),
                                        .address = service.listen.address,
                                        .port = (*server)->port(),
                                        .tls = options.tls.has_value()}));
  return server;
}

int exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::Invalid:
      return 2;
    case ErrorCode::Conflict:
    case ErrorCode::Unavailable:
      return 3;
    case ErrorCode::Corrupt:
      return 4;
  }
  return 4;
}

}  // namespace z5::ledger
