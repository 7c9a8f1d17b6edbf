// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "schemas/limits.h"

namespace z5::kafka {

void end_apart(std::unique_ptr<Client> client) {
  std::thread([ends = std::move(client)]() mutable { ends.reset(); }).detach();
}

int to_ms(std::chrono::milliseconds time) {
  return static_cast<int>(std::clamp<long>(time.count(), 0, 3'600'000));
}

int ms_until(std::chrono::steady_clock::time_point deadline) {
  return to_ms(
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
}

Result<std::unique_ptr<Client>> Client::make(const Cluster& cluster, rd_kafka_type_t type,
                                             const Settings& more) {
  Z5_TRY(Settings settings, settings_of(cluster));
  settings.insert(settings.end(), more.begin(), more.end());
  // A broker that is back is found within a second; one that hangs is noticed.
  settings.insert(settings.begin(),
                  {{"reconnect.backoff.max.ms", "1000"},
                   {"socket.nagle.disable", "true"},
                   {"socket.timeout.ms", std::to_string(limits::kKafkaAnswer.count())}});
  std::unique_ptr<Client> client(new Client);
  std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>> conf(rd_kafka_conf_new());
  char why[512] = "";
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) !=
        RD_KAFKA_CONF_OK)
      return invalid(
          fmt::format("kafka: {}: {}", name, name == "sasl.password" ? "not accepted" : why));
  }
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  // What matters comes as an error of a call; its log lines would go to stderr, past our service
  // log.
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int code, const char* text, void* self) {
    auto* told = static_cast<Client*>(self);
    if (told->denied_) return;  // what follows only says that no broker is left
    told->trouble_ = text;
    told->denied_ = code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
  });
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(
        conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
          *static_cast<Delivery*>(message->_private) = {message->offset, message->err};
        });
  }
  client->handle_.reset(rd_kafka_new(type, conf.get(), why, sizeof why));
  if (!client->handle_) return invalid(fmt::format("kafka: {}", why));
  static_cast<void>(conf.release());  // the handle took it
  return client;
}

Error Client::failed(std::string_view what, std::string_view why) {
  poll();
  return unavailable(trouble_.empty() ? fmt::format("{}: {}", what, why)
                                      : fmt::format("{}: {} ({})", what, why, trouble_));
}

// rd_kafka_query_watermark_offsets would ask this in one call, but waits for ever on a broker that
// hangs; asking for the offset of a time keeps to its timeout, and -2 and -1 stand for both ends. A
// partition that was just made, or whose leader just died, is asked again.
Result<std::uint64_t> Client::offset_of(const std::string& topic, std::int64_t time,
                                        std::chrono::milliseconds timeout) {
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        Destroy<rd_kafka_topic_partition_list_destroy>>
      asked(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* partition =
      rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), 0);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    partition->offset = time;
    partition->err = RD_KAFKA_RESP_ERR_NO_ERROR;
    auto error = rd_kafka_offsets_for_times(handle_.get(), asked.get(), ms_until(deadline));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = partition->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && partition->offset >= 0)
      return static_cast<std::uint64_t>(partition->offset);
    const bool moving = error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                        error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
                        error == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE;
    if (!moving || std::chrono::steady_clock::now() >= deadline)
      return failed(topic, error == RD_KAFKA_RESP_ERR_NO_ERROR ? "the broker says no offset"
                                                               : rd_kafka_err2str(error));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<Client::Offsets> Client::offsets(const std::string& topic,
                                        std::chrono::milliseconds timeout) {
  Z5_TRY(const std::uint64_t low, offset_of(topic, RD_KAFKA_OFFSET_BEGINNING, timeout));
  Z5_TRY(const std::uint64_t high, offset_of(topic, RD_KAFKA_OFFSET_END, timeout));
  return Offsets{low, high};
}

// Asked again, each time with more patience: librdkafka goes on trying to log in for as long as it
// may, and a busy broker answers late.
Result<Client::Shape> Client::shape(const std::string& topic, std::chrono::milliseconds timeout) {
  const TopicHandle handle(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  if (!handle) return failed(topic, rd_kafka_err2str(rd_kafka_last_error()));
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const struct rd_kafka_metadata* found = nullptr;
  for (std::chrono::milliseconds wait = limits::kKafkaProbe;; wait *= 2) {
    const auto error = rd_kafka_metadata(handle_.get(), 0, handle.get(), &found,
                                         std::min(to_ms(wait), ms_until(deadline)));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    poll();
    if (denied_ || std::chrono::steady_clock::now() >= deadline)
      return failed(topic, rd_kafka_err2str(error));
  }
  const std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>> metadata(
      found);
  Shape shape{.brokers = found->broker_cnt};
  if (found->topic_cnt != 1) return failed(topic, "the broker says nothing about it");
  const rd_kafka_metadata_topic& about = found->topics[0];
  if (about.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return shape;
  if (about.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(topic, rd_kafka_err2str(about.err));
  shape.partitions = about.partition_cnt;
  if (about.partition_cnt > 0) shape.replicas = about.partitions[0].replica_cnt;
  return shape;
}

Result<std::unique_ptr<Client>> make_consumer(const Cluster& cluster, bool committed_only) {
  return Client::make(
      cluster, RD_KAFKA_CONSUMER,
      {{"isolation.level", committed_only ? "read_committed" : "read_uncommitted"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset",
        "error"},  // a position that is not there is damage, not a place to jump from
       {"enable.partition.eof", "true"},
       {"fetch.error.backoff.ms", "100"},
       // How long the broker may keep "there is no more" to itself.
       {"fetch.wait.max.ms", std::to_string(limits::kKafkaFetchWait.count())},
       {"allow.auto.create.topics", "false"}});
}

}  // namespace z5::kafka
