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
  std::uint64_t acknowledged = 0, unknown = 0;  // acknowledged: the ledger's size that was promised
  Digest last;
  std::thread load([&] {
    while (!enough) {
      auto appender = open_appender(ledger, trust);
      if (!appender.ok()) {
        EXPECT_EQ(appender.error().code, ErrorCode::Unavailable) << appender.error().message;
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
  const int kills = std::getenv("Z5_LONG") != nullptr ? 5 : 1;
  for (int kill = 0; kill < kills; ++kill) {
    std::this_thread::sleep_for(2s);
    ASSERT_EQ(broker("kill-broker 1"), 0);
    ASSERT_EQ(broker("start-broker 1"), 0);
  }
  std::this_thread::sleep_for(5s);
  enough = true;
  load.join();
  const auto head = verify(ledger, trust);  // dense, linked, sealed: so nothing twice
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_GE(head->size(), acknowledged);
  EXPECT_GT(acknowledged, 2u);
  if (head->size() == acknowledged) {
    EXPECT_EQ(head->last, last);
  }
  std::printf("%llu entries acknowledged, %llu groups without an answer\n",
              static_cast<unsigned long long>(acknowledged),
              static_cast<unsigned long long>(unknown));
}

TEST(KafkaBrokerFaults, AReaderDoesNotTakeSilenceForTheEnd) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  auto reader = std::move(*open_kafka_reader(cluster_of("reader"), ledger));
  log::Batch batch;
  ASSERT_TRUE(reader->next(batch, 10s).ok());
  ASSERT_FALSE(batch.empty());
  while (!batch.empty()) ASSERT_TRUE(reader->next(batch, 0ms).ok());
  ASSERT_EQ(broker("pause-broker 1"), 0);
  std::this_thread::sleep_for(700ms);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  Status silent = Done{};
  while (silent.ok() && std::chrono::steady_clock::now() < deadline)
    silent = reader->next(batch, 100ms);
  ASSERT_EQ(broker("resume-broker 1"), 0);
  ASSERT_FALSE(silent.ok()) << "the reader said 'no more' while no broker answered";
  EXPECT_EQ(silent.error().code, ErrorCode::Unavailable);

  auto appender = open_appender(ledger, trust);
  ASSERT_TRUE(appender.ok()) << appender.error().message;
  ASSERT_TRUE(sample::append(**appender, 1, (*appender)->head().recorded_at + 1s).ok());
  for (int i = 0; i < 100 && batch.empty(); ++i) static_cast<void>(reader->next(batch, 200ms));
  EXPECT_EQ(batch.records().size(), 1u) << "the same reader goes on";
}

}  // namespace
}  // namespace z5::kafka
