// SPDX-License-Identifier: Apache-2.0
// The whole write path, in process: signed annotate commands with distinct ids, `clients` of them outstanding. Limit:
// all cores verifying such signatures and nothing else.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bench.h"
#include "ledger/keys/dsse.h"
#include "world.h"

namespace z5::bench {
namespace {

using identity::Kind;

std::vector<std::string> sign_requests(const support::World& world, std::size_t count) {
  std::vector<std::string> requests(count);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < cores(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < count; i += cores()) {
        identity::Command command = world.command(Kind::Annotate, "acme/credit:1", const_cast<support::World&>(world).model().digest(),
                                                  {{"tags", {{"step", std::to_string(i)}}}});
        command.expires_at = command.issued_at + std::chrono::hours(20);
        requests[i] = ledger::write_request(world.sign(command, "ci"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return requests;
}

// How many may be outstanding.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}
  void take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return free_ > 0; });
    --free_;
  }
  void give() {
    const std::lock_guard lock(mutex_);
    ++free_;
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
};

}  // namespace

std::vector<Report> append(const Options& options) {
  support::WorldOptions world_options;
  world_options.real_clock = true;
  world_options.rates.commands_per_minute = 1u << 30;
  support::World world(world_options);
  Z5_ASSERT(world.submit("acme/credit:1").answer == ledger::Answer::Accepted);

  const std::string payload(900, 'p');
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  const Bytes signature = key.sign(payload);
  const double limit = rate_on_all_cores(options.seconds / 2, [&] {
    return [&] { Z5_ASSERT(key.public_key().verify(payload, signature)); };
  });

  const auto requests = sign_requests(world, static_cast<std::size_t>(limit * options.seconds / 2));
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
  return {{.bench = "append", .figure = static_cast<double>(requests.size()) / seconds, .unit = "commands/s", .limit = limit,
           .p50_ms = all.quantile(0.5), .p99_ms = all.quantile(0.99), .seconds = seconds,
           .note = "cores x ed25519 verify of the same size"}};
}

}  // namespace z5::bench
