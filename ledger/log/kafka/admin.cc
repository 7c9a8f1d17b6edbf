// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/admin.h"

#include <fmt/format.h>

#include <thread>

#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using TopicToMake = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;

bool passes(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
         error == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE || error == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

// Of the topics that were to be made; nullptr: all are there. Asked a second time, the first may
// have made them.
const rd_kafka_topic_result_t* first_refused(rd_kafka_event_t& event) {
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(&event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      return results[i];
  }
  return nullptr;
}

// The broker that is asked next may not have heard of it yet.
Status wait_for(Client& client, const std::string& name) {
  const auto deadline = Clock::now() + limits::kKafkaStart;
  for (;;) {
    Z5_TRY(const Client::Shape shape, client.shape(name, limits::kKafkaStart));
    if (shape.partitions > 0) return Done{};
    if (Clock::now() >= deadline) return client.failed(name, "was made, but does not show");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<Event> ask(Client& client, rd_kafka_admin_op_t what, std::string_view name,
                  const Send& send) {
  const auto deadline = Clock::now() + limits::kKafkaStart;
  for (;;) {
    const Options options(rd_kafka_AdminOptions_new(client.get(), what));
    char why[512] = "";
    static_cast<void>(rd_kafka_AdminOptions_set_request_timeout(
        options.get(), to_ms(limits::kKafkaAnswer), why, sizeof why));
    const Queue queue(rd_kafka_queue_new(client.get()));
    send(options.get(), queue.get());
    Event event(rd_kafka_queue_poll(queue.get(), to_ms(limits::kKafkaStart)));
    const auto error = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
    client.poll();
    if (!passes(error) || client.denied() || Clock::now() >= deadline)
      return client.failed(name, event ? rd_kafka_event_error_string(event.get()) : "no answer");
  }
}

Status make_topics(Client& client, std::span<const NewTopic> topics) {
  std::vector<TopicToMake> owned;
  std::vector<rd_kafka_NewTopic_t*> wanted;
  for (const NewTopic& topic : topics) {
    char why[512] = "";
    owned.emplace_back(
        rd_kafka_NewTopic_new(topic.name.c_str(), 1, topic.replicas, why, sizeof why));
    if (!owned.back()) return invalid(fmt::format("{}: {}", topic.name, why));
    wanted.push_back(owned.back().get());
    for (const auto& [setting, value] : topic.settings)
      rd_kafka_NewTopic_set_config(wanted.back(), setting.c_str(), value.c_str());
  }
  if (wanted.empty()) return Done{};
  for (const auto deadline = Clock::now() + limits::kKafkaStart;;) {
    Z5_TRY(const Event event,
           ask(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, topics.front().name,
               [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                 rd_kafka_CreateTopics(client.get(), wanted.data(), wanted.size(), options, queue);
               }));
    const rd_kafka_topic_result_t* refused = first_refused(*event);
    if (refused == nullptr) break;
    // So a controller says that brokers are not back yet, or are too busy to say that they live.
    const auto error = rd_kafka_topic_result_error(refused);
    if (error != RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR || Clock::now() >= deadline) {
      const char* text = rd_kafka_topic_result_error_string(refused);
      return client.failed(rd_kafka_topic_result_name(refused),
                           text != nullptr ? text : rd_kafka_err2str(error));
    }
    std::this_thread::sleep_for(limits::kKafkaProbe);
  }
  for (const NewTopic& topic : topics) Z5_CHECK(wait_for(client, topic.name));
  return Done{};
}

Result<std::vector<TopicSettings>> describe_topics(Client& client,
                                                   std::span<const std::string> names) {
  std::vector<Resource> owned;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  for (const std::string& name : names) {
    asked.push_back(
        owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()))
            .get());
  }
  Z5_TRY(const Event event,
         ask(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, names.front(),
             [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
               rd_kafka_DescribeConfigs(client.get(), asked.data(), asked.size(), options, queue);
             }));
  std::size_t count = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::map<std::string, TopicSettings> found;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(results[i]);
    if (const auto error = rd_kafka_ConfigResource_error(results[i]);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return client.failed(name + ": settings", rd_kafka_err2str(error));
    std::size_t settings = 0;
    const auto* entries = rd_kafka_ConfigResource_configs(results[i], &settings);
    for (std::size_t k = 0; k < settings; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(entries[k]);
      found[name][rd_kafka_ConfigEntry_name(entries[k])] = value != nullptr ? value : "";
    }
  }
  std::vector<TopicSettings> in_order;
  for (const std::string& name : names) in_order.push_back(std::move(found[name]));
  return in_order;
}

}  // namespace z5::kafka
