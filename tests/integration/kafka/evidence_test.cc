// SPDX-License-Identifier: Apache-2.0
// Goal: with the entries come their documents, whole or not at all, and no entry is given out
// before them, whatever the broker or a stranger does. Method: the real broker, a store on each
// side, and a stranger with the writer's rights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"
#include "tests/integration/kafka/test_cluster.h"

namespace z5::kafka {
namespace {

using namespace chain;
using log::EvidenceStore;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::StartsWith;

// A group of one entry that brings `documents`.
Result<Committed> append_with(Appender& appender, std::vector<Digest> documents) {
  Z5_CHECK(appender.sealer().begin(appender.head().recorded_at + 1ms));
  Entry entry = sample::annotated(1);
  Z5_TRY([[maybe_unused]] const std::uint64_t sequence, appender.sealer().add(entry, {}));
  appender.sealer().carry(documents);
  return appender.commit();
}

std::size_t size_of(const Result<std::unique_ptr<log::Reader>>& reader) {
  std::size_t count = 0;
  for (log::Batch batch; (*reader)->next(batch, 0ms).ok() && !batch.empty();)
    count += batch.records().size();
  return count;
}

class KafkaEvidence : public testing::Test {
 protected:
  sample::Folder writers_, readers_;
  EvidenceStore here_{writers_.path()}, there_{readers_.path()};
  std::string ledger_ = fresh_ledger();
  Trust trust_ = write_ledger(ledger_, {1});  // two entries
};

TEST_F(KafkaEvidence, ArrivesBeforeItsEntry) {
  auto appender = std::move(*open_appender(ledger_, trust_, {}, here_));
  const std::string largest(limits::kMaxDocument, 'L');
  const Digest small = *here_.put("small"), large = *here_.put(largest);
  ASSERT_TRUE(append_with(*appender, {small}).ok());
  const auto both = append_with(*appender, {large, small, large});
  ASSERT_TRUE(both.ok()) << both.error().message;
  ASSERT_TRUE(sample::append(*appender, 2, appender->head().recorded_at + 1s).ok());

  auto reader = std::move(*open_kafka_reader(cluster_of("reader"), ledger_, {}, there_));
  std::size_t count = 0;
  for (log::Batch batch; count < 6;) {
    const Status read = reader->next(batch, 30s);
    ASSERT_TRUE(read.ok()) << read.error().message;
    count += batch.records().size();
    EXPECT_TRUE(count < 3 || there_.has(small));
    EXPECT_TRUE(count < 4 || there_.has(large));
  }
  EXPECT_EQ(*there_.get(large), largest);
  EXPECT_EQ(read_uncommitted(evidence_topic(ledger_)).size(), 3u) << "one twice in a group";
}

TEST_F(KafkaEvidence, WhoBeginsLaterFetchesWhatFollows) {
  auto appender = std::move(*open_appender(ledger_, trust_, {}, here_));
  const Digest first = *here_.put("first"), second = *here_.put("second");
  ASSERT_TRUE(append_with(*appender, {first}).ok());
  const log::Position later = appender->head().position();
  ASSERT_TRUE(append_with(*appender, {second}).ok());
  EXPECT_EQ(size_of(open_kafka_reader_to_end(cluster_of("reader"), ledger_, later, there_)), 1u);
  EXPECT_TRUE(there_.has(second));
  EXPECT_FALSE(there_.has(first));
}

TEST_F(KafkaEvidence, AnotherWriterTakesItOver) {
  const Digest document = *here_.put("document");
  ASSERT_TRUE(append_with(**open_appender(ledger_, trust_, {}, here_), {document}).ok());
  auto standby = std::move(*open_appender(ledger_, trust_, {}, there_));
  EXPECT_TRUE(there_.has(document));
  ASSERT_TRUE(append_with(*standby, {*there_.put("another")}).ok());
}

TEST_F(KafkaEvidence, WhatIsMissingOrTooLargeIsRefusedBeforeAnythingIsSent) {
  auto appender = std::move(*open_appender(ledger_, trust_, {}, here_));
  const Digest too_large = *here_.put(std::string(limits::kMaxDocument + 1, 'x'));
  for (const Digest& digest : {too_large, sha256("nowhere")}) {
    const auto refused = append_with(*appender, {*here_.put("small"), digest});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable) << "its outcome is known";
    EXPECT_THAT(refused.error().message, HasSubstr(digest.text()));
  }
  EXPECT_TRUE(read_uncommitted(evidence_topic(ledger_)).empty());
  EXPECT_EQ(read_uncommitted(entries_topic(ledger_)).size(), 2u);
  ASSERT_TRUE(append_with(*appender, {}).ok()) << "the writer goes on";
}

TEST_F(KafkaEvidence, AMessageOverTheBrokersLimitIsAKnownFailure) {
  auto appender = std::move(*open_appender(ledger_, trust_, {}, here_));
  const Digest document = *here_.put(std::string(100'000, 'd'));
  change_topic(evidence_topic(ledger_), "max.message.bytes", "50000");
  const auto refused = append_with(*appender, {document});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Unavailable) << refused.error().message;
  change_topic(evidence_topic(ledger_), "max.message.bytes",
               std::to_string(limits::kKafkaDocument));
  // librdkafka cannot go on after it, so the writer ends by itself, and says so.
  const auto ended = append_with(*appender, {});
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().message, HasSubstr("over the broker's limit"));
  const auto taken = append_with(**open_appender(ledger_, trust_, {}, here_), {document});
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  const auto head = verify(ledger_, trust_);
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 3u);
}

// What the ledger's own key sealed as the third entry, put there by somebody whose hint says that
// documents 0 and 1 belong to it.
class KafkaEvidenceWithheld : public KafkaEvidence {
 protected:
  void SetUp() override {
    const sample::Folder folder;
    sample::write_ledger(folder.path(), {1, 1});
    Bytes frames;
    ASSERT_TRUE(verify(ledger_, trust_, &frames).ok());
    const Bytes all = sample::read_file(folder / "entries");
    Stranger().append(entries_topic(ledger_), all.substr(frames.size()),
                      {{"z5-evidence-first", "0"}, {"z5-evidence-next", "2"}});
    reader_ = std::move(*open_kafka_reader(cluster_of("reader"), ledger_, {}, there_));
    log::Batch batch;
    for (std::size_t count = 0; count < 2; count += batch.records().size()) {
      const Status read = reader_->next(batch, 30s);
      ASSERT_TRUE(read.ok()) << "what stands before it must not wait: " << read.error().message;
      ASSERT_LE(count + batch.records().size(), 2u) << "it was not held back";
    }
  }
  void send(std::string_view key, std::string_view bytes) {
    ASSERT_GE(Stranger().append(evidence_topic(ledger_), bytes, {}, key), 0);
  }
  void expect_held_back(const std::string& why) {
    log::Batch batch;
    const Status held = reader_->next(batch, 0ms);
    ASSERT_FALSE(held.ok());
    EXPECT_EQ(held.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(held.error().message, StartsWith("entry 2: held back: "));
    EXPECT_THAT(held.error().message, HasSubstr(why));
  }
  void expect_given_out() {
    log::Batch batch;
    const Status read = reader_->next(batch, 30s);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(batch.records().size(), 1u);
  }
  std::unique_ptr<log::Reader> reader_;
};

TEST_F(KafkaEvidenceWithheld, HoldsTheEntryBackUntilAllIsThere) {
  send(sha256("one").text(), "one");
  expect_held_back("have not arrived");
  EXPECT_TRUE(there_.has(sha256("one")));
  send(sha256("two").text(), "two");
  expect_given_out();
  EXPECT_TRUE(there_.has(sha256("two")));
}

TEST_F(KafkaEvidenceWithheld, OtherBytesUnderADigestDoNotCount) {
  send(sha256("one").text(), "forged");
  send("no digest", "noise");
  expect_held_back("offset 0: the bytes are not those of " + sha256("one").text());
  EXPECT_FALSE(there_.has(sha256("one")));
  EXPECT_FALSE(there_.has(sha256("forged")));
  ASSERT_TRUE(there_.put("one").ok());  // an operator brought the true one
  expect_given_out();
}

}  // namespace
}  // namespace z5::kafka
