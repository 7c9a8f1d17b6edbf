// SPDX-License-Identifier: Apache-2.0
// Goal: a ledger's topics are made as the ledger needs them, and refused otherwise; each user of a
// --secure cluster may do what its role needs and no more. Method: the real broker and its users.
#include "ledger/log/kafka/topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/log/kafka/kafka_log.h"
#include "tests/integration/kafka/test_cluster.h"

namespace z5::kafka {
namespace {

using testing::HasSubstr;

TEST(KafkaTopics, AreMadeOnceAndChecked) {
  const std::string ledger = fresh_ledger(true);
  const auto again = create_topics(cluster_of("writer"), ledger);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_THAT(again->warning(), HasSubstr("1 replica"))
      << "one broker is less than a ledger deserves";
  ASSERT_TRUE(check_topics(cluster_of("writer"), ledger).ok());

  delete_topic(soc_topic(ledger));
  const auto one_less = check_topics(cluster_of("writer"), ledger);
  ASSERT_FALSE(one_less.ok());
  EXPECT_EQ(one_less.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(one_less.error().message, HasSubstr(soc_topic(ledger)));
  EXPECT_EQ(check_topics(cluster_of("writer"), "nowhere").error().code, ErrorCode::Unavailable);
}

TEST(KafkaTopics, OneThatWouldLoseWhatItHoldsIsRefused) {
  const std::string ledger = fresh_ledger(true);
  const struct {
    std::string topic;
    const char *setting, *value;
  } worse[] = {
      {entries_topic(ledger), "retention.ms", "604800000"},
      {entries_topic(ledger), "cleanup.policy", "compact"},
      {entries_topic(ledger), "max.message.bytes", "1048588"},
      {evidence_topic(ledger), "retention.bytes", "1000000"},
      {evidence_topic(ledger), "max.message.bytes", "16777216"},
      {commands_topic(ledger), "retention.ms", "3600000"},
      {revocations_topic(ledger), "retention.ms", "604800000"},
  };
  for (const auto& [topic, setting, value] : worse) {
    change_topic(topic, setting, value);
    const auto found = check_topics(cluster_of("writer"), ledger);
    ASSERT_FALSE(found.ok()) << topic << " " << setting;
    EXPECT_EQ(found.error().code, ErrorCode::Invalid);
    EXPECT_THAT(found.error().message, HasSubstr(topic + ": " + setting + ": is " + value));
    delete_topic(topic);
    ASSERT_TRUE(create_topics(cluster_of("writer"), ledger).ok());
  }
}

// What the broker said about a record of that user.
bool may_write(const std::string& user, const std::string& topic,
               const std::string& transactional_id = "") {
  Stranger stranger(transactional_id, user);
  if (!transactional_id.empty()) stranger.begin();
  const bool wrote = stranger.append(topic, "x") >= 0;
  if (!transactional_id.empty()) stranger.abort();
  return wrote;
}

TEST(KafkaTopics, EachRoleMayDoItsPartAndNoMore) {
  const std::string ledger = fresh_ledger(true);
  ASSERT_EQ(broker("grant " + ledger), 0);
  EXPECT_TRUE(may_write("client", commands_topic(ledger)));
  EXPECT_FALSE(may_write("client", dead_commands_topic(ledger)));
  EXPECT_FALSE(may_write("client", outcomes_topic(ledger)));
  EXPECT_FALSE(may_write("client", entries_topic(ledger)));
  EXPECT_TRUE(may_write("feed", revocations_topic(ledger), "z5." + ledger + ".feed"));
  EXPECT_FALSE(may_write("feed", commands_topic(ledger)));
  EXPECT_FALSE(may_write("feed", evidence_topic(ledger)));
  EXPECT_FALSE(may_write("reader", revocations_topic(ledger)));
  EXPECT_TRUE(may_write("writer", outcomes_topic(ledger)));

  EXPECT_TRUE(may_read("client", outcomes_topic(ledger)));
  EXPECT_FALSE(may_read("client", entries_topic(ledger)));
  EXPECT_FALSE(may_read("client", commands_topic(ledger)));
  EXPECT_TRUE(may_read("feed", entries_topic(ledger)));
  EXPECT_TRUE(may_read("writer", commands_topic(ledger)));
}

TEST(KafkaTopics, WhoMayOnlyReadCannotWrite) {
  const std::string ledger = fresh_ledger(true);
  EXPECT_FALSE(open_kafka_writer(cluster_of("reader"), ledger).ok());
  Cluster wrong = cluster_of("reader");
  wrong.sasl_username = "writer";  // with the reader's password
  const auto reader = open_kafka_reader(wrong, ledger);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::Unavailable);
  EXPECT_THAT(reader.error().message, HasSubstr("uthentication"));
}

}  // namespace
}  // namespace z5::kafka
