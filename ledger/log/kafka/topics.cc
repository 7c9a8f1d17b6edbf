// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "ledger/log/kafka/client.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroy<rd_kafka_ConfigResource_destroy>>;

// LogAppendTime: the broker stamps its own time and so never refuses ours; recorded_at is the
// ledger's time.
Settings settings_of_entries(int replicas) {
  return {{"cleanup.policy", "delete"},
          {"retention.ms", "-1"},
          {"retention.bytes", "-1"},
          {"min.insync.replicas", replicas >= limits::kKafkaReplicas ? "2" : "1"},
          {"unclean.leader.election.enable", "false"},
          {"max.message.bytes", std::to_string(limits::kKafkaMessage)},
          {"message.timestamp.type", "LogAppendTime"}};
}

Result<Event> wait_for(Client& client, const Queue& queue, std::string_view what) {
  Event event(rd_kafka_queue_poll(queue.get(), to_ms(limits::kKafkaStart)));
  if (!event) return client.failed(what, "no answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return client.failed(what, rd_kafka_event_error_string(event.get()));
  return event;
}

Status create(Client& client, const std::string& name, int replicas) {
  char why[512] = "";
  const NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), 1, replicas, why, sizeof why));
  if (!topic) return invalid(fmt::format("{}: {}", name, why));
  for (const auto& [setting, value] : settings_of_entries(replicas))
    rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str());
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client.get(), topics, 1, nullptr, queue.get());
  Z5_TRY(const Event event, wait_for(client, queue, name));
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return client.failed(name, "no answer");
  const auto error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return Done{};
  const char* text = rd_kafka_topic_result_error_string(results[0]);
  return client.failed(name, text != nullptr ? text : rd_kafka_err2str(error));
}

Result<std::map<std::string, std::string>> describe(Client& client, const std::string& name) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(client.get(), resources, 1, nullptr, queue.get());
  Z5_TRY(const Event event, wait_for(client, queue, name));
  std::size_t count = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return client.failed(name, "no answer");
  if (const auto error = rd_kafka_ConfigResource_error(results[0]);
      error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return client.failed(name + ": settings", rd_kafka_err2str(error));
  std::map<std::string, std::string> settings;
  const auto* entries = rd_kafka_ConfigResource_configs(results[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value != nullptr ? value : "";
  }
  return settings;
}

// What a setting is must be at least as good as what we set.
bool good_enough(const std::string& setting, const std::string& found, const std::string& wanted) {
  if (setting != "max.message.bytes" && setting != "min.insync.replicas") return found == wanted;
  long have = 0, need = 0;
  std::from_chars(found.data(), found.data() + found.size(), have);
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), need);
  return have >= need;
}

Result<Topic> check_with(Client& client, const std::string& name) {
  Z5_TRY(const Client::Shape shape, client.shape(name, limits::kKafkaStart));
  if (shape.partitions == 0) return unavailable(name + ": there is no such topic");
  if (shape.partitions != 1)
    return invalid(
        fmt::format("{}: has {} partitions; a ledger has one order", name, shape.partitions));
  Z5_TRY(auto found, describe(client, name));
  for (const auto& [setting, wanted] : settings_of_entries(shape.replicas)) {
    if (!good_enough(setting, found[setting], wanted))
      return invalid(
          fmt::format("{}: {}: is {}, must be {}", name, setting, found[setting], wanted));
  }
  return Topic{name, shape.replicas};
}

}  // namespace

std::string entries_topic(std::string_view ledger) { return fmt::format("z5.{}.entries", ledger); }

std::string Topic::warning() const {
  if (replicas >= limits::kKafkaReplicas) return {};
  return fmt::format(
      "{}: {} replica(s): a broker that is lost for good takes acknowledged entries with it; a "
      "ledger deserves {}",
      name, replicas, limits::kKafkaReplicas);
}

Result<Topic> create_entries(const Cluster& cluster, std::string_view ledger) {
  Z5_TRY(const auto client,
         make_consumer(cluster));  // a producer would let the broker make the topic its own way
  const std::string name = entries_topic(ledger);
  Z5_TRY(Client::Shape shape, client->shape(name, limits::kKafkaStart));
  if (shape.partitions == 0) {
    Z5_CHECK(create(*client, name, std::min(limits::kKafkaReplicas, shape.brokers)));
    // The broker that we ask next may not have heard of it yet.
    const auto deadline = std::chrono::steady_clock::now() + limits::kKafkaStable;
    while (shape.partitions == 0 && std::chrono::steady_clock::now() < deadline) {
      Z5_TRY(shape, client->shape(name, limits::kKafkaStart));
    }
  }
  return check_with(*client, name);
}

Result<Topic> check_entries(const Cluster& cluster, std::string_view ledger) {
  Z5_TRY(const auto client, make_consumer(cluster));
  return check_with(*client, entries_topic(ledger));
}

}  // namespace z5::kafka
