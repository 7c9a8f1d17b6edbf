// SPDX-License-Identifier: Apache-2.0
// Goal: what was acknowledged survives the broker's death, nothing comes twice, and nobody takes
// silence for "no more". Method: the real broker, killed and paused under load. The last tests of
// the program, since the others share the broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "ledger/log/kafka/kafka_log.h"
#include "schemas/limits.h"
#include "tests/integration/kafka/test_cluster.h"

namespace z5::kafka {
namespace {

using namespace chain;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST(KafkaBrokerFaults, AKilledBrokerLosesNothingThatWasAcknowledged) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  std::atomic<bool> enough{false};
  std::atomic<std::uint64_t> acknowledged{0};  // the ledger's size that was promised
  std::uint64_t unknown = 0;
  Digest last;
  std::jthread load([&] {
    while (!enough) {
      auto appender = open_appender(ledger, trust);
      if (!appender.ok()) {
        // Conflict: the end of our own last transaction is still on its way.
        EXPECT_NE(appender.error().code, ErrorCode::Corrupt) << appender.error().message;
        std::this_thread::sleep_for(200ms);
        continue;
      }
      // Recovery found at least what was promised, and the same.
      EXPECT_GE((*appender)->head().size(), acknowledged);
      while (!enough) {
        const auto group = sample::append(**appender, 3, (*appender)->head().recorded_at + 1ms);
        if (!group.ok()) {
          ++unknown;
          if (group.error().code != ErrorCode::Unavailable) break;
          continue;
        }
        acknowledged = (*appender)->head().size();
        last = (*appender)->head().last;
      }
    }
  });
  const auto grows = [&] {
    const std::uint64_t before = acknowledged;
    const auto deadline = std::chrono::steady_clock::now() + 120s;
    while (acknowledged < before + 10 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(20ms);
    return acknowledged >= before + 10;
  };
  const int kills = std::getenv("Z5_LONG") != nullptr ? 5 : 1;
  for (int kill = 0; kill < kills; ++kill) {
    EXPECT_TRUE(grows());
    EXPECT_EQ(broker("kill-broker 1"), 0);
    EXPECT_EQ(broker("start-broker 1"), 0);
  }
  EXPECT_TRUE(grows());
  enough = true;
  load.join();
  const auto head = verify(ledger, trust);  // dense, linked, sealed: so nothing twice
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_GE(head->size(), acknowledged);
  EXPECT_TRUE(head->size() != acknowledged || head->last == last);
  std::printf("%llu entries acknowledged, %llu groups without an answer\n",
              static_cast<unsigned long long>(acknowledged.load()),
              static_cast<unsigned long long>(unknown));
}

TEST(KafkaBrokerFaults, AReaderDoesNotTakeSilenceForTheEnd) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  auto reader = std::move(*open_kafka_reader(cluster_of("reader"), ledger));
  log::Batch batch;
  // Until it says that there is no more, which a busy broker may be late to confirm.
  for (std::size_t count = 0; count < 2 || !batch.empty();) {
    if (reader->next(batch, 1s).ok())
      count += batch.records().size();
    else
      batch.reset(reader->position(), 0);
  }
  ASSERT_EQ(broker("pause-broker 1"), 0);
  std::this_thread::sleep_for(2 * limits::kKafkaProbe);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  Status silent = Done{};
  while (silent.ok() && std::chrono::steady_clock::now() < deadline)
    silent = reader->next(batch, 100ms);
  ASSERT_EQ(broker("resume-broker 1"), 0);
  ASSERT_FALSE(silent.ok()) << "the reader said 'no more' while no broker answered";
  EXPECT_EQ(silent.error().code, ErrorCode::Unavailable);

  auto appender = open_appender(ledger, trust);
  ASSERT_TRUE(appender.ok()) << appender.error().message;
  ASSERT_TRUE(sample::append(**appender, 1, (*appender)->head().recorded_at + 1s).ok());
  for (int i = 0; i < 300 && batch.empty(); ++i) static_cast<void>(reader->next(batch, 200ms));
  EXPECT_EQ(batch.records().size(), 1u) << "the same reader goes on";
}

}  // namespace
}  // namespace z5::kafka
