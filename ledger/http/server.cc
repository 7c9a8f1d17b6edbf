// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/server.h"

#include <fmt/format.h>
#include <prometheus/registry.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "ledger/http/connection.h"

namespace z5::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

constexpr auto kTick = Milliseconds(100);  // how exact deadlines are
constexpr auto kAcceptPause =
    Milliseconds(100);  // after a failed accept: no file descriptor is left
constexpr auto kStopLook = Milliseconds(5);

// IMF-fixdate (RFC 9110 section 5.6.7), by hand: strftime follows the locale.
std::string imf_fixdate(std::time_t now) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void raise_file_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, connections + 256);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Peer peer_of(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const char* form = address.is_v6() ? "[{}]:{}" : "{}:{}";
  return {fmt::format(fmt::runtime(form), address.to_string(), endpoint.port()),
          address.is_loopback(), std::nullopt};
}

Result<tcp::endpoint> endpoint_of(const ServerOptions& options) {
  ErrorOf ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return invalid("address '" + options.address + "' is no IP address");
  if (!address.is_loopback() && !options.tls) {
    return invalid("address " + options.address +
                   " is reachable from other machines: give a TLS certificate and key, or listen "
                   "on 127.0.0.1");
  }
  if (options.threads == 0) return invalid("threads must be at least 1");
  return tcp::endpoint(address, options.port);
}

void add_probes(Router& router, std::function<Status()> ready,
                const prometheus::Registry& registry) {
  constexpr RouteOptions kOpen{Access::Open};
  router.add(
      "GET", "/healthz", [](const Request&) { return Response{200, "{\"status\":\"alive\"}"}; },
      kOpen);
  router.add(
      "GET", "/readyz",
      [ready = std::move(ready)](const Request&) {
        const Status status = ready ? ready() : Status(Done{});
        if (!status.ok()) return error_response(503, status.error().message, "not-ready");
        return Response{200, "{\"status\":\"ready\"}"};
      },
      kOpen);
  router.add(
      "GET", "/metrics",
      [&registry](const Request&) {
        return Response{200, metrics_text(registry), "text/plain; version=0.0.4; charset=utf-8"};
      },
      kOpen);
}

}  // namespace

struct Server::State {
  ServerOptions options;
  std::unique_ptr<prometheus::Registry> own_registry;
  Serving serving;
  std::optional<asio::ssl::context> tls;
  std::atomic<std::size_t> connections{0};
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<Acceptor> acceptor;  // used by the first loop's thread only
  std::unique_ptr<asio::steady_timer> accept_pause;
  std::uint64_t next_id = 0;  // the same
  std::uint16_t port = 0;
  std::vector<std::thread> threads;

  Status listen(const tcp::endpoint& endpoint);
  void run();
  void accept();
  void on_accepted(Loop& loop, Socket socket);
  void adopt(Loop& loop, Socket socket, std::uint64_t id);
  void tick(Loop& loop);
  void deliver(Loop& loop);
};

Status Server::State::listen(const tcp::endpoint& endpoint) {
  acceptor = std::make_unique<Acceptor>(loops.front()->io.get_executor());
  accept_pause = std::make_unique<asio::steady_timer>(loops.front()->io);
  ErrorOf ec;
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(asio::socket_base::max_listen_connections, ec);
  const auto bound = ec ? tcp::endpoint() : acceptor->local_endpoint(ec);
  if (ec)
    return unavailable(
        fmt::format("listen on {} port {}: {}", options.address, options.port, ec.message()));
  port = bound.port();
  return Done{};
}

void Server::State::run() {
  for (const auto& loop : loops) {
    Loop* owner = loop.get();
    owner->date = imf_fixdate(std::time(nullptr));
    owner->connections = &connections;
    owner->mailbox = std::make_shared<Mailbox>(
        [this, owner] { asio::post(owner->io, [this, owner] { deliver(*owner); }); });
    tick(*owner);
  }
  accept();
  for (const auto& loop : loops) {
    threads.emplace_back([owner = loop.get()] { owner->io.run(); });
  }
}

void Server::State::accept() {
  Loop& loop = *loops[next_id % loops.size()];
  acceptor->async_accept(loop.io, [this, &loop](ErrorOf ec, Socket socket) {
    if (!acceptor->is_open()) return;
    if (!ec) {
      on_accepted(loop, std::move(socket));
      return accept();
    }
    if (options.log != nullptr) options.log->warning("accept failed", {{"reason", ec.message()}});
    accept_pause->expires_after(kAcceptPause);
    accept_pause->async_wait([this](ErrorOf stopped) {
      if (!stopped && acceptor->is_open()) accept();
    });
  });
}

void Server::State::on_accepted(Loop& loop, Socket socket) {
  if (connections.fetch_add(1) < options.max_connections) {
    asio::post(loop.io, [this, &loop, id = next_id++, socket = std::move(socket)]() mutable {
      adopt(loop, std::move(socket), id);
    });
    return;
  }
  connections.fetch_sub(1);
  if (options.log != nullptr)
    options.log->warning("too many connections", {{"limit", options.max_connections}});
  if (tls) return;  // nothing can be said before the handshake
  std::string busy;
  write_response(busy, error_response(503, "too many connections"), imf_fixdate(std::time(nullptr)),
                 false, false);
  ErrorOf ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(busy), ignored);
}

void Server::State::adopt(Loop& loop, Socket socket, std::uint64_t id) {
  ErrorOf ec;
  const auto remote = socket.remote_endpoint(ec);
  if (!ec) socket.set_option(tcp::no_delay(true), ec);
  if (ec || loop.draining) {
    connections.fetch_sub(1);
    return;
  }
  std::shared_ptr<Link> link;
  if (tls) {
    link = std::make_shared<Connection<TlsSocket>>(loop, serving, options, id, peer_of(remote),
                                                   std::move(socket), *tls);
  } else {
    link = std::make_shared<Connection<Socket>>(loop, serving, options, id, peer_of(remote),
                                                std::move(socket));
  }
  loop.links.emplace(id, link);
  link->start();
}

void Server::State::tick(Loop& loop) {
  loop.tick.expires_after(kTick);
  loop.tick.async_wait([this, &loop](ErrorOf ec) {
    if (ec) return;
    loop.date = imf_fixdate(std::time(nullptr));
    const auto now = SteadyClock::now();
    for (auto it = loop.links.begin(); it != loop.links.end();) {
      const std::shared_ptr<Link> link = (it++)->second;  // it may remove itself
      link->sweep(now);
    }
    tick(loop);
  });
}

void Server::State::deliver(Loop& loop) {
  for (Mailbox::Answer& answer : loop.mailbox->take()) {
    const auto found = loop.links.find(answer.connection);
    if (found == loop.links.end()) continue;
    const std::shared_ptr<Link> link = found->second;
    link->answer(std::move(answer.response));
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  Z5_TRY(const tcp::endpoint endpoint, endpoint_of(options));
  auto state = std::make_unique<State>();
  if (options.tls) {
    Z5_TRY(TlsContext context, make_context(*options.tls));
    state->tls.emplace(context.release());
  }
  if (options.metrics == nullptr) state->own_registry = std::make_unique<prometheus::Registry>();
  prometheus::Registry& registry =
      options.metrics != nullptr ? *options.metrics : *state->own_registry;
  add_probes(router, options.ready, registry);
  state->options = std::move(options);
  state->serving.metrics = std::make_unique<Metrics>(registry, router.routes());
  state->serving.router = std::move(router);
  state->serving.authenticate = state->options.authenticate;
  state->serving.max_body = state->options.max_body;
  state->serving.log = state->options.log;
  for (unsigned i = 0; i < state->options.threads; ++i)
    state->loops.push_back(std::make_unique<Loop>());
  raise_file_limit(state->options.max_connections);
  Z5_CHECK(state->listen(endpoint));
  state->run();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->port; }
std::size_t Server::connections() const { return state_->connections.load(); }

void Server::stop(Milliseconds grace) {
  State& state = *state_;
  if (state.threads.empty()) return;
  asio::post(state.loops.front()->io, [&state] {
    ErrorOf ignored;
    state.acceptor->close(ignored);
    state.accept_pause->cancel();
  });
  const auto each_link = [&state](void (Link::*act)()) {
    for (const auto& owner : state.loops) {
      asio::post(owner->io, [loop = owner.get(), act] {
        loop->draining = true;
        for (auto it = loop->links.begin(); it != loop->links.end();) {
          const std::shared_ptr<Link> link = (it++)->second;
          (link.get()->*act)();
        }
      });
    }
  };
  each_link(&Link::drain);
  const auto deadline = SteadyClock::now() + grace;
  while (state.connections.load() > 0 && SteadyClock::now() < deadline)
    std::this_thread::sleep_for(kStopLook);
  each_link(&Link::close);
  for (const auto& loop : state.loops) {
    asio::post(loop->io, [owner = loop.get()] {
      owner->tick.cancel();
      owner->work.reset();
      owner->io.stop();
    });
  }
  for (std::thread& thread : state.threads) thread.join();
  for (const auto& loop : state.loops) loop->mailbox->close();
  state.threads.clear();
}

}  // namespace z5::http
