// SPDX-License-Identifier: Apache-2.0
// The whole write path, in process: signed annotate commands with distinct ids, `clients` of them
// outstanding. Limit: all cores verifying such signatures and nothing else.
#include <atomic>
#include <optional>
#include <thread>

#include "tests/bench/bench.h"
#include "tests/bench/kafka.h"
#include "tests/bench/ledgers.h"

namespace z5::bench {
std::vector<Report> append(const Options& options) {
  std::optional<Broker> broker;
  if (options.log == "kafka") broker.emplace();
  support::World world(broker ? on(*broker, fast_world()) : fast_world());
  annotate(world, 1, 0);

  const std::string payload(900, 'p');
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  const Bytes signature = key.sign(payload);
  const double limit = rate_on_all_cores(options.seconds / 2, [&] {
    return [&] { Z5_ASSERT(key.public_key().verify(payload, signature)); };
  });

  const auto requests =
      sign_annotations(world, 1, static_cast<std::size_t>(limit * options.seconds / 2));
  Slots slots(options.clients);
  std::vector<double> waits(requests.size());
  std::atomic<std::size_t> next{0}, accepted{0};
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < cores(); ++t) {
    threads.emplace_back([&] {
      for (std::size_t i; (i = next++) < requests.size();) {
        slots.take();
        const auto since = std::chrono::steady_clock::now();
        world.intake().take(requests[i], [&, i, since](const ledger::Outcome& outcome) {
          accepted += outcome.answer == ledger::Answer::Accepted;
          waits[i] = seconds_since(since) * 1000;
          slots.give();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < options.clients; ++i) slots.take();
  const double seconds = seconds_since(start);
  Z5_ASSERT(accepted == requests.size());
  Waits all;
  for (const double ms : waits) all.add(ms);
  return {{.bench = "append-" + options.log,
           .figure = static_cast<double>(requests.size()) / seconds,
           .unit = "commands/s",
           .limit = limit,
           .p50_ms = all.quantile(0.5),
           .p99_ms = all.quantile(0.99),
           .seconds = seconds,
           .note = "cores x ed25519 verify of the same size"}};
}

}  // namespace z5::bench
