// SPDX-License-Identifier: Apache-2.0
// What the auditor does. Chain: limit = all cores hashing 1 KiB bodies. Full: limit = all cores verifying signatures of
// the commands' size.
#include "replay/full.h"

#include <filesystem>

#include "bench.h"
#include "ledger/chain/verify_log.h"
#include "ledgers.h"

namespace z5::bench {

std::vector<Report> replay_chain(const Options& options) {
  support::TemporaryFolder folder;
  const auto entries = static_cast<std::size_t>(options.seconds * 100'000);
  const chain::Trust trust = write_raw_ledger(folder.path(), entries);
  const Bytes body = body_of_1k();
  double best = 0, seconds = 0;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto reader = log::open_file_reader(folder.path());
    chain::Verifier verifier(chain::empty_head(trust));
    Z5_ASSERT(chain::verify_log(**reader, verifier, cores()).ok() && verifier.finish().ok());
    Z5_ASSERT(verifier.head().size() >= entries);
    seconds = seconds_since(start);
    best = std::max(best, static_cast<double>(verifier.head().size()) / seconds);
  }
  const double limit = rate_on_all_cores(options.seconds / 2, [&] { return [&] { static_cast<void>(sha256(body)); }; });
  return {{.bench = "replay-chain", .figure = best, .unit = "entries/s", .limit = limit, .seconds = seconds,
           .note = "cores x SHA-256 of the same bodies"}};
}

std::vector<Report> replay_full(const Options& options) {
  support::World world(fast_world());
  annotate(world, 10, static_cast<std::size_t>(options.seconds * 4'000));
  world.stop();
  double best = 0, seconds = 0;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto reader = log::open_file_reader(world.ledger_folder());
    chain::Verifier verifier(chain::empty_head(world.trust()));
    gate::State state;
    const auto count = replay::verify_full(**reader, verifier, state, cores(), {});
    Z5_ASSERT(count.ok() && verifier.finish().ok());
    seconds = seconds_since(start);
    best = std::max(best, static_cast<double>(count->signatures) / seconds);
  }
  const keys::PrivateKey& key = world.cast().keys.at("ci");
  const std::string payload(900, 'p');
  const Bytes signature = key.sign(payload);
  const double limit = rate_on_all_cores(options.seconds / 2, [&] {
    return [&] { Z5_ASSERT(key.public_key().verify(payload, signature)); };
  });
  return {{.bench = "replay-full", .figure = best, .unit = "commands/s", .limit = limit, .seconds = seconds,
           .note = "cores x ed25519 verify of the same size"}};
}

}  // namespace z5::bench
