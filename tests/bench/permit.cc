// SPDX-License-Identifier: Apache-2.0
// Permits. In process: limit = all cores signing. Over HTTP, 16 connections: limit = a bare
// one-thread epoll server that only signs, under the same load generator. Revocation: from the
// acknowledgement until the permit is refused.
#include "consumers/permit/permit.h"

#include <fmt/format.h>

#include <atomic>
#include <optional>
#include <thread>

#include "consumers/permit/routes.h"
#include "ledger/http/server.h"
#include "schemas/encoding.h"
#include "tests/bench/bench.h"
#include "tests/bench/http_load.h"
#include "tests/bench/kafka.h"
#include "tests/bench/ledgers.h"

namespace z5::bench {
namespace {

constexpr const char* kRef = "acme/credit:1";

// z5-permit without its process: a projector and what answers from it.
struct PermitService {
  explicit PermitService(support::World& world)
      : store(world.evidence_folder()),
        bundles(engine, store),
        key(world.cast().keys.at("permit")) {
    projections::Settings settings{
        .state = world.folder() + "/permit-state",
        .trust = world.trust(),
        .open_log = [&world](log::Position from) { return world.open_reader(from); },
        .checkpoint_file = {}};
    auto started = projections::Projector::start(std::move(settings));
    Z5_ASSERT(started.ok());
    projector = std::move(*started);
    decisions = *permit::DecisionLog::open(world.folder() + "/decisions");
    permits = std::make_unique<permit::Permits>(
        permit::Permits::Settings{
            .key = key, .max_lag = std::chrono::seconds(2), .clock = ledger::machine_clock().wall},
        *projector, bundles, store, *decisions);
    policy = world.writer().state().policies()->registry;
    // Read your own write once, so that what follows is warm.
    Z5_ASSERT(
        projector->view_with(world.writer().state().version(kRef)->changed, std::chrono::seconds(5))
            .ok());
  }
  ~PermitService() { projector->stop(); }

  permit::PermitRequest request(std::string nonce) const {
    return {kRef, {policy}, std::move(nonce), 0};
  }
  bool permitted() {
    return permits->answer("server", request(to_hex(keys::random_bytes(16)))).ok();
  }

  policy::Engine engine;
  log::EvidenceStore store;
  gate::Bundles bundles;
  keys::PrivateKey key;
  std::unique_ptr<projections::Projector> projector;
  std::unique_ptr<permit::DecisionLog> decisions;
  std::unique_ptr<permit::Permits> permits;
  Digest policy;
};

double signing_rate(const keys::PrivateKey& key, double seconds) {
  const std::string text(700, 't');
  return rate_on_all_cores(seconds, [&] { return [&] { static_cast<void>(key.sign(text)); }; });
}

}  // namespace

std::vector<Report> permit(const Options& options) {
  support::World world(fast_world());
  world.approve_and_promote(kRef);
  PermitService service(world);
  Z5_ASSERT(service.permitted());
  const double limit = signing_rate(service.key, options.seconds / 2);
  std::atomic<std::uint64_t> refused{0};
  const double figure = rate_on_all_cores(options.seconds, [&] {
    return [&service, &refused, counter = std::uint64_t{0},
            salt = to_hex(keys::random_bytes(8))]() mutable {
      refused += !service.permits
                      ->answer("server", service.request(salt + fmt::format("{:016x}", ++counter)))
                      .ok();
    };
  });
  Z5_ASSERT(refused == 0);
  return {{.bench = "permit",
           .figure = figure,
           .unit = "permits/s",
           .limit = limit,
           .seconds = options.seconds,
           .note = "cores x ed25519 sign"}};
}

std::vector<Report> permit_http(const Options& options) {
  support::World world(fast_world());
  world.approve_and_promote(kRef);
  PermitService service(world);
  const std::string request = fmt::format(
      R"({{"model":"{}","runtime":{{"policy_digests":["{}"]}},"nonce":"0123456789abcdef0123456789abcdef"}})",
      kRef, service.policy.text());
  http::Router router;
  router.add("POST", "/v1/permits",
             [&](const http::Request& asked) -> http::Response {
               const auto parsed = permit::parse_permit_request(asked.body);
               if (!parsed.ok()) return http::error_response(parsed.error());
               auto answer = service.permits->answer("server", *parsed);
               if (!answer.ok()) return http::refusal_response(403, answer.error().refusals);
               http::Response response;
               response.body = std::move(*answer);
               return response;
             },
             {.access = http::Access::Open});
  http::ServerOptions server_options;
  server_options.threads = 1;
  auto server = http::Server::start(server_options, std::move(router));
  Z5_ASSERT(server.ok());
  const Load ours = load((*server)->port(), "/v1/permits", request, 16, options.seconds);
  (*server)->stop();
  const Load bare = load_bare_signer(service.key, request, 16, options.seconds);
  return {
      {.bench = "permit-http",
       .figure = ours.per_second,
       .unit = "permits/s",
       .limit = bare.per_second,
       .p50_ms = ours.p50_ms,
       .p99_ms = ours.p99_ms,
       .seconds = options.seconds,
       .note = fmt::format("bare one-thread epoll server that signs, p99 {:.3f} ms", bare.p99_ms)}};
}

std::vector<Report> revocation(const Options& options) {
  constexpr int kRounds = 40;
  std::optional<Broker> broker;
  if (options.log == "kafka") broker.emplace();
  support::World world(broker ? on(*broker, fast_world()) : fast_world());
  Waits waits;
  for (int i = 0; i < kRounds; ++i) world.approve_and_promote(fmt::format("acme/credit-{}:1", i));
  world.approve_and_promote(kRef);
  PermitService service(world);
  for (int i = 0; i < kRounds; ++i) {
    const std::string ref = fmt::format("acme/credit-{}:1", i);
    permit::PermitRequest request{ref, {service.policy}, to_hex(keys::random_bytes(16)), 0};
    Z5_ASSERT(service.permits->answer("server", request).ok());
    Z5_ASSERT(world.run(identity::Kind::Revoke, ref, "rob", {{"reason", "bench"}}).answer ==
              ledger::Answer::Accepted);
    const auto start = std::chrono::steady_clock::now();
    while (service.permits->answer("server", request).ok()) std::this_thread::yield();
    waits.add(seconds_since(start) * 1000);
  }
  const double p50 = waits.quantile(0.5);
  return {{.bench = "revocation-" + options.log,
           .figure = p50,
           .unit = "ms",
           .limit = 0,
           .p50_ms = p50,
           .p99_ms = waits.quantile(0.99),
           .seconds = 0,
           .note = "none: acknowledged until refused, projection embedded"}};
}

}  // namespace z5::bench
