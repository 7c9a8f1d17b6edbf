// SPDX-License-Identifier: Apache-2.0
// Permits: decided and signed in process (limit: cores x sign rate), over HTTP with 16 connections (limit: a bare
// one-thread epoll server that only signs, under the same load), and how long a revocation takes to be felt.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "bench.h"
#include "consumers/permit/routes.h"
#include "ledger/http/server.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "world.h"

namespace z5::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kRef = "acme/credit:1.0";
constexpr int kConnections = 16;

// A ledger with one promoted version, and a permit service on it.
struct Service {
  support::World world{{.real_clock = true}};
  support::TemporaryFolder folder;
  std::unique_ptr<permit::DecisionLog> decisions;
  std::unique_ptr<projections::Projector> projector;
  std::unique_ptr<permit::Permits> permits;
  permit::PermitRequest request;

  Service() {
    world.approve_and_promote(kRef);
    decisions = std::move(*permit::DecisionLog::open(folder.path() + "/decisions"));
    projector = std::move(*projections::Projector::start(
        {.state = folder.path() + "/store",
         .trust = world.trust(),
         .open_log = [path = world.ledger_folder()](log::Position from) { return log::open_file_reader(path, from); },
         .checkpoint_file = {}}));
    permits = std::make_unique<permit::Permits>(
        permit::Permits::Settings{.key = key(), .life = limits::kPermitLife, .max_lag = std::chrono::seconds(30),
                                  .clock = world.clock().wall},
        *projector, world.bundles(), world.store(), *decisions);
    request = {.model = kRef,
               .policies = {policy::default_registry_bundle().digest()},
               .nonce = to_hex(keys::random_bytes(32)),
               .min_sequence = 0};
    const auto until = Steady::now() + std::chrono::seconds(20);
    while (!permits->answer("server", request).ok()) Z5_ASSERT(Steady::now() < until);
  }
  ~Service() { projector->stop(); }
  const keys::PrivateKey& key() const { return world.cast().keys.at("permit"); }
};

// What a permit's envelope signs, so that the limit signs as many bytes.
std::string signed_text(Service& service) {
  const auto bundle = parse_json(*service.permits->answer("server", service.request));
  return keys::pre_authentication_encoding(keys::kInTotoPayloadType,
                                           *from_base64((*bundle)["dsseEnvelope"]["payload"].get<std::string>()));
}

// --- over HTTP
int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Z5_ASSERT(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Length of the first whole message of `bytes`, 0 when there is none yet.
std::size_t whole_message(const std::string& bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  const std::size_t field = bytes.find("Content-Length: ");
  if (head == std::string::npos || field > head) return 0;
  const std::size_t size = head + 4 + std::strtoul(bytes.c_str() + field + 16, nullptr, 10);
  return bytes.size() < size ? 0 : size;
}

struct Load {
  double per_second = 0;
  Waits waits;
};

// One thread, 16 connections, one request outstanding on each.
Load drive(std::uint16_t port, const std::string& request, double seconds) {
  struct Connection {
    int fd;
    std::string in;
    Steady::time_point sent;
  };
  std::vector<Connection> connections;
  const int poll = ::epoll_create1(0);
  for (int i = 0; i < kConnections; ++i) {
    connections.push_back({connect_to(port), {}, Steady::now()});
    epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(i)}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, connections.back().fd, &event);
    Z5_ASSERT(::write(connections.back().fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  }
  Load load;
  std::uint64_t done = 0;
  char buffer[16'384];
  const auto start = Steady::now();
  while (seconds_since(start) < seconds) {
    epoll_event events[kConnections];
    const int ready = ::epoll_wait(poll, events, kConnections, 100);
    for (int i = 0; i < ready; ++i) {
      Connection& connection = connections[events[i].data.u32];
      const ssize_t got = ::read(connection.fd, buffer, sizeof buffer);
      Z5_ASSERT(got > 0);
      connection.in.append(buffer, static_cast<std::size_t>(got));
      const std::size_t size = whole_message(connection.in);
      if (size == 0) continue;
      Z5_ASSERT(connection.in.starts_with("HTTP/1.1 200"));
      connection.in.erase(0, size);
      load.waits.add(seconds_since(connection.sent) * 1000);
      ++done;
      connection.sent = Steady::now();
      Z5_ASSERT(::write(connection.fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
    }
  }
  load.per_second = static_cast<double>(done) / seconds_since(start);
  for (const Connection& connection : connections) ::close(connection.fd);
  ::close(poll);
  return load;
}

// The bare server: one thread, epoll, a signature over `text` per request, an answer of `size` bytes.
class BareServer {
 public:
  BareServer(const keys::PrivateKey& key, std::string text, std::size_t size) : key_(key), text_(std::move(text)), size_(size) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    Z5_ASSERT(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(listener_, 64) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~BareServer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void run() {
    const int poll = ::epoll_create1(0);
    epoll_event accept{.events = EPOLLIN, .data = {.fd = listener_}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, listener_, &accept);
    std::map<int, std::string> in;
    char buffer[16'384];
    while (!stopping_) {
      epoll_event events[64];
      const int ready = ::epoll_wait(poll, events, 64, 50);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_) {
          const int fresh = ::accept(listener_, nullptr, nullptr);
          const int on = 1;
          ::setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          epoll_event event{.events = EPOLLIN, .data = {.fd = fresh}};
          ::epoll_ctl(poll, EPOLL_CTL_ADD, fresh, &event);
          continue;
        }
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got <= 0) {
          ::close(fd);
          in.erase(fd);
          continue;
        }
        std::string& pending = in[fd].append(buffer, static_cast<std::size_t>(got));
        const std::size_t size = whole_message(pending);
        if (size == 0) continue;
        pending.erase(0, size);
        std::string body = to_base64(key_.sign(text_));
        body.resize(size_, 'x');
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size_) + "\r\n\r\n" + body;
        Z5_ASSERT(::write(fd, answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()));
      }
    }
    for (const auto& [fd, bytes] : in) ::close(fd);
    ::close(poll);
  }
  const keys::PrivateKey& key_;
  const std::string text_;
  const std::size_t size_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

std::vector<Report> permit(const Options& options) {
  Service service;
  const std::string text = signed_text(service);
  const double limit = rate_on_all_cores(options.seconds / 2, [&] { return [&] { Z5_ASSERT(!service.key().sign(text).empty()); }; });
  std::mutex mutex;
  Waits all;
  const double figure = rate_on_all_cores(options.seconds, [&] {
    return [&, count = 0u]() mutable {
      const auto start = Steady::now();
      Z5_ASSERT(service.permits->answer("server", service.request).ok());
      if (++count % 16 != 0) return;
      const std::lock_guard lock(mutex);
      all.add(seconds_since(start) * 1000);
    };
  });
  return {{.bench = "permit", .figure = figure, .unit = "permits/s", .limit = limit, .p50_ms = all.quantile(0.5),
           .p99_ms = all.quantile(0.99), .seconds = options.seconds, .note = "cores x ed25519 sign of the same bytes"}};
}

std::vector<Report> permit_http(const Options& options) {
  Service service;
  const std::string text = signed_text(service);
  const std::string body = R"({"model":")" + std::string(kRef) + R"(","nonce":")" + service.request.nonce +
                           R"(","runtime":{"policy_digests":[")" + service.request.policies[0].text() + "\"]}}";
  const std::string request = "POST /v1/permits HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + std::string(43, 't') +
                              "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  Load limit;
  {
    const BareServer bare(service.key(), text, service.permits->answer("server", service.request)->size() + 11);
    limit = drive(bare.port(), request, options.seconds / 2);
  }
  auto log = std::move(*http::ServiceLog::open("bench", service.folder.path() + "/log"));
  permit::RevocationLists lists(service.key());
  permit::WaitingRoom room(*service.projector, std::chrono::seconds(30));
  http::ServerOptions server_options;
  server_options.threads = cores();
  server_options.authenticate = [](const http::Request& asked) -> Result<Verdict<http::Principal>> {
    Z5_ASSERT(asked.header("authorization").has_value());
    return Verdict<http::Principal>(http::Principal{"server", false, false});
  };
  auto server = std::move(*http::Server::start(
      std::move(server_options), permit::make_routes({*service.projector, *service.permits, lists, room, service.world.bundles(),
                                                      service.world.store(), *log, service.key(), std::chrono::seconds(30),
                                                      service.world.clock().wall})));
  Load load = drive(server->port(), request, options.seconds);
  server->stop();
  service.projector->stop();
  return {{.bench = "permit-http", .figure = load.per_second, .unit = "permits/s", .limit = limit.per_second,
           .p50_ms = load.waits.quantile(0.5), .p99_ms = load.waits.quantile(0.99), .seconds = options.seconds,
           .note = "a bare one-thread epoll server that signs; its p99 " + std::to_string(limit.waits.quantile(0.99)) + " ms"}};
}

// From the writer's acknowledgement until the first answer that refuses.
std::vector<Report> revocation(const Options& options) {
  Service service;
  Waits waits;
  int rounds = 0;
  const auto begin = Steady::now();
  for (bool held = false; seconds_since(begin) < options.seconds; held = !held, ++rounds) {
    const auto outcome =
        held ? service.world.run(identity::Kind::LiftQuarantine, kRef, "rob", Json::object(), {}, {"rae"})
             : service.world.run(identity::Kind::Quarantine, kRef, "rob",
                                 {{"reason", "bench"}, {"review_by", to_rfc3339(service.world.now() + std::chrono::hours(1))}});
    const auto acknowledged = Steady::now();
    Z5_ASSERT(outcome.answer == ledger::Answer::Accepted);
    while (service.permits->answer("server", service.request).ok() != held) {
    }
    if (!held) waits.add(seconds_since(acknowledged) * 1000);
  }
  return {{.bench = "revocation", .figure = waits.quantile(0.99), .unit = "ms p99", .limit = 0, .p50_ms = waits.quantile(0.5),
           .p99_ms = waits.quantile(0.99), .seconds = options.seconds,
           .note = "acknowledged to refused, by quarantine, " + std::to_string(rounds / 2) + " times"}};
}

}  // namespace z5::bench
