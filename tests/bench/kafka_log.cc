// SPDX-License-Identifier: Apache-2.0
// What a reader and a successor of the writer do on Kafka. Reading: limit = a bare consumer of the
// same topic. Takeover: limit = the same without Z5, a bare producer that takes the transactional
// id over and commits one record.
#include <fmt/format.h>

#include "ledger/chain/verify_log.h"
#include "ledger/log/record.h"
#include "tests/bench/bench.h"
#include "tests/bench/kafka.h"
#include "tests/bench/ledgers.h"

namespace z5::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::unique_ptr<chain::Appender> fresh_appender(Broker& broker, const std::string& ledger,
                                                const keys::PrivateKey& key) {
  return open_raw_ledger(must(kafka::open_kafka_writer(broker.cluster(), ledger)), {}, key);
}

}  // namespace

std::vector<Report> kafka_read(const Options& options) {
  constexpr int kTurns = 3;
  Broker broker;
  const std::string ledger = broker.fresh_ledger();
  const auto entries = static_cast<std::size_t>(options.seconds * 60'000);
  auto appender =
      fresh_appender(broker, ledger, keys::PrivateKey::generate(keys::Algorithm::Ed25519));
  fill(*appender, entries, 1'000);
  double best = 0, bare = 0, seconds = 0;
  for (int i = 0; i < kTurns; ++i) {
    bare = std::max(bare, bare_consumer(broker.cluster(), kafka::entries_topic(ledger),
                                        appender->head().size()));
    const auto start = Clock::now();
    const auto reader = must(kafka::open_kafka_reader_to_end(broker.cluster(), ledger));
    chain::Verifier verifier(chain::empty_head(appender->trust()));
    Z5_ASSERT(chain::verify_log(*reader, verifier, cores()).ok() && verifier.finish().ok());
    Z5_ASSERT(verifier.head().size() == appender->head().size());
    seconds = seconds_since(start);
    best = std::max(best, static_cast<double>(verifier.head().size()) / seconds);
  }
  return {{.bench = "kafka-read",
           .figure = best,
           .unit = "entries/s",
           .limit = bare,
           .seconds = seconds,
           .note = "bare consumer of the same topic"}};
}

std::vector<Report> kafka_takeover(const Options& options) {
  constexpr int kRounds = 10;
  Broker broker;
  const std::string ledger = broker.fresh_ledger();
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  auto appender = fresh_appender(broker, ledger, key);
  fill(*appender, static_cast<std::size_t>(options.seconds * 2'000), 1'000);
  Waits ours, bare;
  for (int i = 0; i < kRounds; ++i) {
    const chain::Trust trust = appender->trust();
    const auto start = Clock::now();
    appender = must(chain::Appender::open(must(kafka::open_kafka_writer(broker.cluster(), ledger)),
                                          {trust, key, {}}, {}));
    fill(*appender, 1, 1);
    ours.add(seconds_since(start) * 1000);
    const auto begun = Clock::now();
    bare_transactions(broker.cluster(), kafka::soc_topic(ledger), "x", 1, 0);
    bare.add(seconds_since(begun) * 1000);
  }
  const double p50 = ours.quantile(0.5);
  return {{.bench = "kafka-takeover",
           .figure = p50,
           .unit = "ms",
           .limit = bare.quantile(0.5),
           .p50_ms = p50,
           .p99_ms = ours.quantile(0.99),
           .seconds = 0,
           .note = fmt::format("bare init, and one record; ours also reads and verifies {} entries",
                               appender->head().size())}};
}

}  // namespace z5::bench
