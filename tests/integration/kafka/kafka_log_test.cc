// SPDX-License-Identifier: Apache-2.0
// Goal: a ledger on Kafka is the same bytes as in a file, has one writer, and anything else in its
// topic is noticed. Method: the real broker, the sample ledger, and strangers with the writer's
// rights.
#include "ledger/log/kafka/kafka_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"
#include "tests/integration/kafka/test_cluster.h"

namespace z5::kafka {
namespace {

using namespace chain;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::StartsWith;

Time at(int second) { return sample::kStart + std::chrono::seconds(second); }

TEST(KafkaLog, HoldsTheBytesOfTheFileLog) {
  const sample::Folder folder;
  const std::vector<int> groups = {1, 3, 100, 7};
  const Trust on_file = sample::write_ledger(folder.path(), groups);
  const std::string ledger = fresh_ledger();
  const Trust on_kafka = write_ledger(ledger, groups);
  EXPECT_EQ(on_kafka.genesis, on_file.genesis);
  Bytes frames;
  const auto head = verify(ledger, on_file, &frames);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 112u);
  EXPECT_EQ(frames, sample::read_file(folder / "entries"));
}

TEST(KafkaLog, AReaderFollowsTheWriterAndResumes) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {2});
  auto opened = open_appender(ledger, trust);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  auto& appender = **opened;
  auto reader = open_kafka_reader(cluster_of("reader"), ledger);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  ChainReader follower(std::move(*reader), empty_head(trust));
  for (int i = 0; i < 2; ++i) {
    const auto group = follower.next(20s);
    ASSERT_TRUE(group.ok()) << group.error().message;
    ASSERT_NE(*group, nullptr);
  }
  const auto nothing = follower.next(0ms);
  ASSERT_TRUE(nothing.ok()) << nothing.error().message;
  EXPECT_EQ(*nothing, nullptr);

  ASSERT_TRUE(sample::append(appender, 5, at(10)).ok());
  const auto group = follower.next(20s);
  ASSERT_TRUE(group.ok() && *group != nullptr);
  EXPECT_EQ((*group)->entries.size(), 5u);
  const Head kept = (*group)->head;
  EXPECT_EQ(kept.size(), appender.head().size());
  EXPECT_EQ(kept.position(), appender.head().position());

  ASSERT_TRUE(sample::append(appender, 1, at(11)).ok());
  ChainReader resumed(*open_kafka_reader(cluster_of("reader"), ledger, kept.position()), kept);
  const auto next = resumed.next(20s);
  ASSERT_TRUE(next.ok() && *next != nullptr);
  EXPECT_EQ((*next)->first, kept.size());
}

TEST(KafkaLog, TheNewestWriterFencesTheOthers) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  auto first = std::move(*open_appender(ledger, trust));
  ASSERT_TRUE(sample::append(*first, 1, at(10)).ok());
  auto second = std::move(*open_appender(ledger, trust));

  const auto lost = sample::append(*first, 1, at(11));
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().message, HasSubstr(kFenced));
  EXPECT_FALSE(first->commit().ok()) << "a writer that ended came back";

  ASSERT_TRUE(sample::append(*second, 2, at(13)).ok());
  const auto head = verify(ledger, trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 5u);  // genesis, 1, 1, 2: nothing of the loser's
  EXPECT_EQ(head->last, second->head().last);
}

TEST(KafkaLog, TwoWritersThatFightBothGetTheirTurn) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  std::atomic<int> acknowledged[2] = {0, 0};
  std::atomic<bool> enough{false};
  const auto deadline = std::chrono::steady_clock::now() + 300s;
  const auto contend = [&](int me) {
    while (!enough && std::chrono::steady_clock::now() < deadline) {
      const auto begun = std::chrono::steady_clock::now();
      auto appender = open_appender(ledger, trust);
      const auto took = std::chrono::steady_clock::now() - begun;
      for (int i = 0; appender.ok() && i < 5 && !enough; ++i) {
        if (!sample::append(**appender, 1, (*appender)->head().recorded_at + 1ms).ok()) break;
        ++acknowledged[me];
      }
      enough = enough || (acknowledged[0] >= 5 && acknowledged[1] >= 5);
      // The service draws these at random. Where taking over is slow, so is giving way.
      std::this_thread::sleep_for((me == 0 ? 1500ms : 2300ms) + took * (me == 0 ? 2 : 3));
    }
  };
  std::thread other([&] { contend(1); });
  contend(0);
  other.join();
  EXPECT_TRUE(enough) << acknowledged[0] << " and " << acknowledged[1];
  const auto head = verify(ledger, trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 2u + static_cast<unsigned>(acknowledged[0] + acknowledged[1]));
}

TEST(KafkaLog, AStrangersRecordStopsReadersAndTheWriter) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {3});
  auto appender = std::move(*open_appender(ledger, trust));
  ASSERT_TRUE(sample::append(*appender, 1, at(10)).ok());
  const auto offset = Stranger().append(entries_topic(ledger), "not a record");
  ASSERT_GT(offset, 0);

  const auto head = verify(ledger, trust);
  ASSERT_FALSE(head.ok());
  EXPECT_EQ(head.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(head.error().message, StartsWith("entry 5: "));
  EXPECT_THAT(head.error().message, HasSubstr("offset " + std::to_string(offset)));

  // What nobody would read must not be acknowledged.
  const auto lost = sample::append(*appender, 1, at(11));
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().message, HasSubstr("not written by this writer"));
  const auto again = open_appender(ledger, trust);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::Corrupt);
}

TEST(KafkaLog, ARepeatedRecordIsFoundByTheChain) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  Bytes frames;
  ASSERT_TRUE(verify(ledger, trust, &frames).ok());
  const std::size_t genesis = *log::read_frame_size(frames);
  Stranger().append(entries_topic(ledger), std::string_view(frames).substr(genesis));
  const auto head = verify(ledger, trust);
  ASSERT_FALSE(head.ok());
  EXPECT_EQ(head.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(head.error().message, StartsWith("entry 2: "));
}

TEST(KafkaLog, WhatWasAbortedNeverCounts) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  const sample::Folder folder;  // the group that would come next, sealed by the ledger's own key
  sample::write_ledger(folder.path(), {1, 1});
  Bytes frames;
  ASSERT_TRUE(verify(ledger, trust, &frames).ok());
  const Bytes all = sample::read_file(folder / "entries");
  ASSERT_TRUE(all.starts_with(frames));
  Stranger stranger("z5." + ledger + ".stranger");
  stranger.begin();
  ASSERT_GT(stranger.append(entries_topic(ledger), all.substr(frames.size())), 0);
  stranger.abort();

  EXPECT_EQ(read_uncommitted(entries_topic(ledger)).size(), 3u) << "the broker holds it";
  const auto head = verify(ledger, trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 2u);
  auto appender = open_appender(ledger, trust);
  ASSERT_TRUE(appender.ok()) << appender.error().message;
  ASSERT_TRUE(sample::append(**appender, 1, at(10)).ok());
  EXPECT_EQ(verify(ledger, trust)->size(), 3u);
}

// Kafka acknowledges a commit a moment before it shows it to readers; here that moment is a
// stranger's open transaction. Who reads to the end must not take what was acknowledged for lost.
TEST(KafkaLog, TheEndHoldsEverythingThatWasAcknowledged) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  const sample::Folder folder;  // the group that comes next
  sample::write_ledger(folder.path(), {1, 1});
  Bytes frames;
  ASSERT_TRUE(verify(ledger, trust, &frames).ok());
  Stranger before("z5." + ledger + ".before"), after("z5." + ledger + ".after");
  before.begin();
  ASSERT_GT(before.append(entries_topic(ledger), "aborted below"), 0);
  after.begin();
  ASSERT_GT(after.append(entries_topic(ledger),
                         sample::read_file(folder / "entries").substr(frames.size())),
            0);
  after.commit();
  std::thread abort([&] {
    std::this_thread::sleep_for(1500ms);
    before.abort();
  });
  const auto head = verify(ledger, trust);
  abort.join();
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 3u);
}

TEST(KafkaLog, NoWriterBeginsUnderAnOpenTransaction) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  Stranger stranger("z5." + ledger + ".stranger");
  stranger.begin();
  const auto offset = stranger.append(entries_topic(ledger), "open");
  const auto refused = open_appender(ledger, trust);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("offset " + std::to_string(offset)));
  // Nor does a reader take the beginning of it for the log's end.
  const auto reader = open_kafka_reader_to_end(cluster_of("reader"), ledger);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(reader.error().message, HasSubstr("offset " + std::to_string(offset)));
  stranger.abort();
  EXPECT_TRUE(open_appender(ledger, trust).ok());
}

TEST(KafkaLog, ATransactionThatStaysOpenIsNamed) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  auto appender = std::move(*open_appender(ledger, trust));
  auto reader = std::move(*open_kafka_reader(cluster_of("reader"), ledger));
  Stranger stranger("z5." + ledger + ".stranger");
  stranger.begin();
  const auto offset = stranger.append(entries_topic(ledger), "open");
  const auto deadline = std::chrono::steady_clock::now() + 90s;
  Status read = Done{};
  const auto named = [&] {
    return !read.ok() &&
           read.error().message.find("a transaction of somebody else is open") != std::string::npos;
  };
  for (log::Batch batch; !named() && std::chrono::steady_clock::now() < deadline;)
    read = reader->next(batch, 100ms);
  ASSERT_TRUE(named()) << "the reader took what is hidden for nothing";
  EXPECT_EQ(read.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(read.error().message, HasSubstr("offset " + std::to_string(offset)));

  const auto lost = sample::append(*appender, 1, at(10));
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().message, HasSubstr("not written by this writer"));
  stranger.abort();
  ASSERT_TRUE(sample::append(**open_appender(ledger, trust), 1, at(11)).ok());
  log::Batch batch;
  for (int i = 0; i < 300 && batch.empty(); ++i) static_cast<void>(reader->next(batch, 100ms));
  EXPECT_EQ(batch.records().size(), 1u) << "the same reader goes on";
}

TEST(KafkaLog, ATopicWhoseBeginningIsGoneIsNoticed) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {3, 1});
  truncate_topic(entries_topic(ledger), 2);
  const auto reader = open_kafka_reader(cluster_of("reader"), ledger);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(reader.error().message, HasSubstr("it begins at offset 2"));
  EXPECT_EQ(open_appender(ledger, trust).error().code, ErrorCode::Corrupt);
}

TEST(KafkaLog, AnotherHistoryAtAKeptPositionIsNoticed) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {3});
  const Head kept = *verify(ledger, trust);
  delete_topic(entries_topic(ledger));
  create_topic(entries_topic(ledger));
  write_ledger(ledger, {2, 3, 2});  // a group begins at the same offset, behind other entries
  auto reader = open_kafka_reader(cluster_of("reader"), ledger, kept.position());
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  ChainReader follower(std::move(*reader), kept);
  const auto group = follower.next(20s);
  ASSERT_FALSE(group.ok() && *group != nullptr);
  EXPECT_EQ(group.error().code, ErrorCode::Corrupt);
}

TEST(KafkaLog, ATopicThatIsGoneOrMadeAgainIsNoticed) {
  const std::string ledger = fresh_ledger();
  const sample::Folder folder;
  const Trust trust = write_ledger(ledger, {3});
  {
    ASSERT_TRUE(open_appender(ledger, trust, folder / "checkpoint").ok());
  }  // keeps a checkpoint
  const Head kept = *verify(ledger, trust);
  const auto reading_on = [&] {
    auto reader = open_kafka_reader(cluster_of("reader"), ledger, kept.position());
    if (!reader.ok()) return Status(reader.error());
    log::Batch batch;
    return (*reader)->next(batch, 10s);
  };
  delete_topic(entries_topic(ledger));
  Status gone = reading_on();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(gone.error().message, HasSubstr("the topic is gone"));
  EXPECT_EQ(open_appender(ledger, trust).error().code, ErrorCode::Unavailable)
      << "it was made again silently";

  create_topic(entries_topic(ledger));
  gone = reading_on();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(gone.error().message, HasSubstr("truncated or made again"));
  const auto behind = open_appender(ledger, trust, folder / "checkpoint");
  ASSERT_FALSE(behind.ok());
  EXPECT_EQ(behind.error().code, ErrorCode::Corrupt) << behind.error().message;
}

TEST(KafkaLog, TakesTheLargestRecordsAndGroups) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {});
  auto appender = std::move(*open_appender(ledger, trust));
  ASSERT_TRUE(appender->sealer().begin(at(10)).ok());
  const std::vector<log::SignedCommand> largest = {
      {log::Encoding::Clear, Bytes(limits::kMaxCommands - 64, 'c')}};
  for (int i = 0; i < 6; ++i) {
    Entry entry = sample::annotated(i);
    const auto added = appender->sealer().add(entry, largest);
    ASSERT_TRUE(added.ok()) << added.error().message;
  }
  const auto committed = appender->commit();
  ASSERT_TRUE(committed.ok()) << committed.error().message;
  ASSERT_TRUE(sample::append(*appender, static_cast<int>(limits::kMaxGroup), at(11)).ok());
  const auto head = verify(ledger, trust);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 7 + limits::kMaxGroup);
}

}  // namespace
}  // namespace z5::kafka
