// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/command_topics.h"

#include <fmt/format.h>

#include <optional>

#include "ledger/log/kafka/topics.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;

Result<std::unique_ptr<Client>> make_producer(const Cluster& cluster) {
  return Client::make(cluster, RD_KAFKA_PRODUCER,
                      {{"acks", "all"},
                       {"enable.idempotence", "true"},
                       {"message.timeout.ms", std::to_string(limits::kKafkaDelivery.count())},
                       {"message.max.bytes", std::to_string(limits::kKafkaCommand)},
                       {"linger.ms", "0"}});
}

Result<TopicHandle> handle_of(Client& client, const std::string& topic) {
  TopicHandle handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (!handle) return client.failed(topic, rd_kafka_err2str(rd_kafka_last_error()));
  return handle;
}

Status produce(Client& client, rd_kafka_topic_t* topic, std::string_view key,
               std::string_view value, Delivery* delivery) {
  void* bytes = const_cast<char*>(value.data());  // librdkafka copies; its API has no const
  if (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, bytes, value.size(), key.data(), key.size(),
                       delivery) != 0)
    return client.failed(rd_kafka_topic_name(topic), rd_kafka_err2str(rd_kafka_last_error()));
  return Done{};
}

Status delivered(Client& client, std::string_view topic, const std::vector<Delivery>& deliveries) {
  if (rd_kafka_flush(client.get(), to_ms(limits::kKafkaDelivery + limits::kKafkaProbe)) != 0)
    return client.failed(topic, "no acknowledgement");
  for (const Delivery& delivery : deliveries) {
    if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return client.failed(topic, rd_kafka_err2str(delivery.error));
  }
  return Done{};
}

// Reads both answer topics from where they end now.
class Answers {
 public:
  static Result<Answers> open(const Cluster& cluster, std::string_view ledger) {
    Answers answers;
    Z5_TRY(answers.client_, make_consumer(cluster));
    const std::unique_ptr<rd_kafka_topic_partition_list_t,
                          Destroy<rd_kafka_topic_partition_list_destroy>>
        both(rd_kafka_topic_partition_list_new(2));
    for (const std::string& topic : {outcomes_topic(ledger), dead_commands_topic(ledger)}) {
      Z5_TRY(const Client::Offsets ends, answers.client_->offsets(topic, limits::kKafkaAnswer));
      rd_kafka_topic_partition_list_add(both.get(), topic.c_str(), 0)->offset =
          static_cast<std::int64_t>(ends.high);
    }
    const auto error = rd_kafka_assign(answers.client_->get(), both.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return answers.client_->failed("outcomes", rd_kafka_err2str(error));
    return answers;
  }

  // The first record under one of these keys that is about that request.
  Result<std::string> wait_for(const std::string& command_id, const std::string& request,
                               SteadyClock::time_point deadline) {
    while (SteadyClock::now() < deadline) {
      client_->poll();
      const Message message(rd_kafka_consumer_poll(client_->get(), to_ms(limits::kKafkaProbe)));
      if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->key == nullptr)
        continue;
      const std::string_view key(static_cast<const char*>(message->key), message->key_len);
      if (key != command_id && key != request) continue;
      std::string value(static_cast<const char*>(message->payload), message->len);
      const auto json = parse_json(value, limits::kKafkaMessage);
      if (!json.ok() || !json->is_object()) continue;
      if (const auto about = json_string(*json, "request", "outcome");
          about.ok() && *about == request)
        return value;
    }
    return client_->failed("outcomes",
                           "no answer; send the same bytes again, they get the first outcome");
  }

 private:
  std::unique_ptr<Client> client_;
};

}  // namespace

Result<std::unique_ptr<AnswerWriter>> AnswerWriter::open(const Cluster& cluster,
                                                         std::string_view ledger) {
  std::unique_ptr<AnswerWriter> writer(new AnswerWriter);
  Z5_TRY(writer->client_, make_producer(cluster));
  Z5_TRY(writer->outcomes_, handle_of(*writer->client_, outcomes_topic(ledger)));
  Z5_TRY(writer->dead_, handle_of(*writer->client_, dead_commands_topic(ledger)));
  return writer;
}

Status AnswerWriter::put(const std::vector<Answer>& answers) {
  deliveries_.assign(answers.size(), {});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Answer& answer = answers[i];
    Z5_CHECK(produce(*client_, (answer.dead ? dead_ : outcomes_).get(), answer.key, answer.value,
                     &deliveries_[i]));
  }
  return delivered(*client_, "outcomes", deliveries_);
}

Result<std::string> ask_by_topic(const Cluster& cluster, std::string_view ledger,
                                 const std::string& request, const std::string& command_id,
                                 std::chrono::milliseconds wait) {
  if (request.size() > limits::kMaxRequest) {
    return invalid(
        fmt::format("request: {} bytes; at most {} go", request.size(), limits::kMaxRequest));
  }
  const auto deadline = SteadyClock::now() + wait;
  const std::string topic = commands_topic(ledger);
  Z5_TRY(Answers answers, Answers::open(cluster, ledger));
  std::vector<Delivery> delivery(1);  // outlives the producer, which reports into it
  Z5_TRY(const auto producer, make_producer(cluster));
  Z5_TRY(const TopicHandle handle, handle_of(*producer, topic));
  Z5_CHECK(produce(*producer, handle.get(), command_id, request, delivery.data()));
  Z5_CHECK(delivered(*producer, topic, delivery));
  return answers.wait_for(command_id, sha256(request).text(), deadline);
}

}  // namespace z5::kafka
