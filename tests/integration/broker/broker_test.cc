// SPDX-License-Identifier: Apache-2.0
// Goal: `ops/kafka/broker` gives a real Kafka on which only the enrolled users do what they may,
// and which keeps what it acknowledged over a kill. Method: librdkafka against one --secure node,
// started and ended here.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr int kWait = 30'000;  // ms; the machine may be busy
constexpr const char* kTopic = "z5.test.entries";

using Client = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using Settings = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Broker : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    data_ = std::filesystem::temp_directory_path() / ("z5-broker-" + std::to_string(getpid()));
    ASSERT_EQ(verb("up --secure"), 0);
    writer_ = new Client(client(RD_KAFKA_PRODUCER, "writer", {{"transactional.id", "z5.test"}}));
    ASSERT_TRUE(*writer_);
  }
  static void TearDownTestSuite() {
    delete writer_;
    EXPECT_EQ(verb("down"), 0);
    std::filesystem::remove_all(data_);
  }

  void SetUp() override { ASSERT_NE(writer_, nullptr) << "the broker did not start"; }

  static int verb(const std::string& words) {
    const std::string command =
        "ops/kafka/broker " + words + " --data " + data_.string() + " >/dev/null";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // A handle with the settings that the broker wrote for `user`, then `more`.
  static Client client(rd_kafka_type_t type, const std::string& user, Settings more) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512] = "";
    const auto set = [&](const std::string& key, const std::string& value) {
      EXPECT_EQ(rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why),
                RD_KAFKA_CONF_OK)
          << why;
    };
    std::ifstream file(data_ / ("client-" + user + ".properties"));
    for (std::string line; std::getline(file, line);) {
      set(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
    }
    for (const auto& [key, value] : more) set(std::string(key), std::string(value));
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      if (message->_private != nullptr)
        *static_cast<rd_kafka_resp_err_t*>(message->_private) = message->err;
    });
    return Client(rd_kafka_new(type, conf, why, sizeof why), &rd_kafka_destroy);
  }

  // What the broker answers when `user` makes this topic.
  static rd_kafka_resp_err_t create_topic(const std::string& user, const char* name) {
    const Client admin = client(RD_KAFKA_PRODUCER, user, {});
    char why[512] = "";
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name, 1, 1, why, sizeof why);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin.get());
    rd_kafka_CreateTopics(admin.get(), &topic, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kWait);
    rd_kafka_resp_err_t answer = RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (event != nullptr) {
      std::size_t count = 0;
      const auto* results =
          rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
      answer = count == 1 ? rd_kafka_topic_result_error(results[0]) : rd_kafka_event_error(event);
      rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
    return answer;
  }

  // Sends one record and waits for the broker's word on it.
  static rd_kafka_resp_err_t produce(rd_kafka_t* producer, std::string_view value) {
    rd_kafka_resp_err_t answer = RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(kTopic),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&answer), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
    rd_kafka_flush(producer, kWait);
    return answer;
  }

  // The first record of the topic as the reader sees it; the error's name when there is none.
  static std::string first_record() {
    const Client reader = client(RD_KAFKA_CONSUMER, "reader",
                                 {{"group.id", "z5.test"}, {"auto.offset.reset", "earliest"}});
    rd_kafka_topic_partition_list_t* parts = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(parts, kTopic, 0)->offset = 0;
    rd_kafka_assign(reader.get(), parts);
    rd_kafka_topic_partition_list_destroy(parts);
    rd_kafka_message_t* message = rd_kafka_consumer_poll(reader.get(), kWait);
    if (message == nullptr) return "nothing";
    std::string text = message->err == RD_KAFKA_RESP_ERR_NO_ERROR
                           ? std::string(static_cast<const char*>(message->payload), message->len)
                           : rd_kafka_err2name(message->err);
    rd_kafka_message_destroy(message);
    return text;
  }

  static inline std::filesystem::path data_;
  static inline Client* writer_ = nullptr;
};

// True when the call worked; names the error otherwise.
testing::AssertionResult worked(rd_kafka_error_t* error) {
  if (error == nullptr) return testing::AssertionSuccess();
  const std::string text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  return testing::AssertionFailure() << text;
}

TEST_F(Broker, WriterTransactsAndReaderReads) {
  ASSERT_EQ(create_topic("writer", kTopic), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(worked(rd_kafka_init_transactions(writer_->get(), kWait)));
  ASSERT_TRUE(worked(rd_kafka_begin_transaction(writer_->get())));
  ASSERT_EQ(produce(writer_->get(), "first"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(worked(rd_kafka_commit_transaction(writer_->get(), kWait)));
  EXPECT_EQ(first_record(), "first");
}

TEST_F(Broker, NobodyDoesMoreThanGranted) {
  EXPECT_EQ(create_topic("writer", "elsewhere"), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(create_topic("reader", "z5.test.more"), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const Client reader = client(RD_KAFKA_PRODUCER, "reader", {});
  EXPECT_EQ(produce(reader.get(), "forged"), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
}

TEST_F(Broker, StrangersAreNotLetIn) {
  for (const Settings& who :
       {Settings{{"sasl.password", "guess"}}, Settings{{"security.protocol", "plaintext"}}}) {
    const Client stranger = client(RD_KAFKA_CONSUMER, "admin", who);
    const rd_kafka_metadata_t* metadata = nullptr;
    EXPECT_NE(rd_kafka_metadata(stranger.get(), 1, nullptr, &metadata, 3'000),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
}

TEST_F(Broker, WhatWasAcknowledgedOutlivesAKill) {
  ASSERT_EQ(verb("kill-broker 1"), 0);
  EXPECT_EQ(verb("status 2>/dev/null"), 3);
  ASSERT_EQ(verb("start-broker 1"), 0);
  EXPECT_EQ(verb("status"), 0);
  EXPECT_EQ(first_record(), "first");
}

}  // namespace
