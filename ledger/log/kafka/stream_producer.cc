// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/stream_producer.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "ledger/log/kafka/client.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using TransactionError = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;

Settings producer_settings(std::string_view transactional_id) {
  return {{"transactional.id", std::string(transactional_id)},
          {"transaction.timeout.ms", std::to_string(limits::kKafkaTransaction.count())},
          {"message.timeout.ms", std::to_string(limits::kKafkaDelivery.count())},
          {"message.max.bytes", std::to_string(limits::kKafkaMessage)},
          {"acks", "all"},
          {"linger.ms", "5"}};
}

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

// The end of `topic` once nothing in it is open; a predecessor's transaction may still be ending.
Result<std::uint64_t> stable_end(Client& committed, Client& all, const std::string& topic) {
  const auto deadline = Clock::now() + limits::kKafkaStable;
  for (;;) {
    Z5_TRY(const Client::Offsets stable, committed.offsets(topic, limits::kKafkaAnswer));
    Z5_TRY(const Client::Offsets end, all.offsets(topic, limits::kKafkaAnswer));
    if (stable.high == end.high) return end.high;
    if (Clock::now() >= deadline) {
      return conflict(
          fmt::format("{}: offset {}: somebody else has a transaction open here; end it, consumers "
                      "see nothing behind it",
                      topic, stable.high));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

StreamMessage message_of(rd_kafka_message_t& from) {
  const auto text = [](const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
  };
  StreamMessage message{text(from.key, from.key_len), text(from.payload, from.len), {}};
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return message;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    message.headers.emplace_back(name, text(value, size));
  }
  return message;
}

// What the topic holds in [begin, end).
Result<std::vector<StreamRecord>> read_range(Client& client, const std::string& topic,
                                             std::uint64_t begin, std::uint64_t end) {
  std::vector<StreamRecord> records;
  if (begin >= end) return records;
  const TopicHandle handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (!handle || rd_kafka_consume_start(handle.get(), 0, static_cast<std::int64_t>(begin)) != 0)
    return client.failed(topic, rd_kafka_err2str(rd_kafka_last_error()));
  Status outcome = Done{};
  for (auto deadline = Clock::now() + limits::kKafkaSilence;;) {
    const Message message(rd_kafka_consume(handle.get(), 0, to_ms(limits::kKafkaProbe)));
    client.poll();
    if (!message) {
      if (Clock::now() < deadline) continue;
      outcome = client.failed(topic, "nothing came");
      break;
    }
    const auto offset = static_cast<std::uint64_t>(message->offset);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (offset >= end) break;
      continue;  // a replica that lags
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome = client.failed(topic, rd_kafka_message_errstr(message.get()));
      break;
    }
    if (offset >= end) break;
    records.push_back({offset, message_of(*message)});
    deadline = Clock::now() + limits::kKafkaSilence;
    if (offset + 1 == end) break;
  }
  rd_kafka_consume_stop(handle.get(), 0);
  if (!outcome.ok()) return outcome.error();
  return records;
}

}  // namespace

std::optional<std::string_view> StreamMessage::header(std::string_view name) const {
  for (const auto& [known, text] : headers) {
    if (known == name) return text;
  }
  return std::nullopt;
}

struct StreamProducer::Connection {
  std::vector<Delivery> deliveries;  // outlives the client, which reports into it
  std::unique_ptr<Client> client;
};

StreamProducer::StreamProducer(std::unique_ptr<Connection> connection,
                               std::vector<std::string> topics, std::vector<std::uint64_t> ends)
    : connection_(std::move(connection)), topics_(std::move(topics)), ends_(std::move(ends)) {}
StreamProducer::~StreamProducer() = default;

std::span<const std::uint64_t> StreamProducer::ends() const { return ends_; }

Result<std::unique_ptr<StreamProducer>> StreamProducer::open(const Cluster& cluster,
                                                             std::string_view transactional_id,
                                                             std::vector<std::string> topics) {
  Z5_TRY(const auto committed, make_consumer(cluster));
  Z5_TRY(const auto all, make_consumer(cluster, false));
  for (const std::string& topic : topics) {  // a producer that asks may make the topic
    Z5_TRY(const Client::Shape shape, committed->shape(topic, limits::kKafkaStart));
    if (shape.partitions == 0) return unavailable(topic + ": there is no such topic");
    if (shape.partitions != 1)
      return invalid(topic + ": has several partitions; a stream has one order");
  }
  auto connection = std::make_unique<Connection>();
  Z5_TRY(connection->client,
         Client::make(cluster, RD_KAFKA_PRODUCER, producer_settings(transactional_id)));
  if (const TransactionError error{
          rd_kafka_init_transactions(connection->client->get(), to_ms(limits::kKafkaStart))})
    return connection->client->failed(fmt::format("{}: taking over", transactional_id),
                                      rd_kafka_error_string(error.get()));
  std::vector<std::uint64_t> ends;
  for (const std::string& topic : topics) {
    Z5_TRY(const std::uint64_t end, stable_end(*committed, *all, topic));
    ends.push_back(end);
    // Where the partition lives is asked for now: the first message would wait a second for it.
    Z5_TRY([[maybe_unused]] const auto known,
           connection->client->shape(topic, limits::kKafkaStart));
  }
  return std::unique_ptr<StreamProducer>(
      new StreamProducer(std::move(connection), std::move(topics), std::move(ends)));
}

Status StreamProducer::publish(std::span<const Outgoing> messages) {
  if (messages.empty()) return Done{};
  rd_kafka_t* handle = connection_->client->get();
  if (const TransactionError error{rd_kafka_begin_transaction(handle)})
    return give_up(unavailable(rd_kafka_error_string(error.get())));
  if (const Status sent = send(messages); !sent.ok()) return give_up(sent.error());
  std::vector<std::uint64_t> ends = ends_;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string& topic = topics_[messages[i].topic];
    const std::uint64_t expected = ends[messages[i].topic]++;
    const auto offset = static_cast<std::uint64_t>(connection_->deliveries[i].offset);
    if (offset != expected)
      return give_up(
          unavailable(fmt::format("{}: offset {}: not written by this producer; it "
                                  "stood at {}",
                                  topic, expected, offset)));
  }
  Z5_CHECK(commit());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] != ends_[i]) ends_[i] = ends[i] + 1;  // the transaction's end takes one
  }
  return Done{};
}

// Every message acknowledged; or why not.
Status StreamProducer::send(std::span<const Outgoing> messages) {
  auto& [deliveries, client] = *connection_;
  deliveries.assign(messages.size(), {});
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const StreamMessage& message = messages[i].message;
    rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
    for (const auto& [name, value] : message.headers) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
    // librdkafka copies; its API has no const. It owns the headers once it accepted the message.
    const auto error = rd_kafka_producev(
        client->get(), RD_KAFKA_V_TOPIC(topics_[messages[i].topic].c_str()),
        RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(const_cast<char*>(message.key.data()), message.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(message.value.data()), message.value.size()),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(&deliveries[i]), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    rd_kafka_headers_destroy(headers);
    return unavailable(rd_kafka_err2str(error));
  }
  if (rd_kafka_flush(client->get(), to_ms(limits::kKafkaDelivery + limits::kKafkaProbe)) != 0)
    return client->failed("publish", "no acknowledgement");
  for (const Delivery& delivery : deliveries) {
    if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return client->failed("publish", rd_kafka_err2str(delivery.error));
  }
  return Done{};
}

Status StreamProducer::commit() {
  const auto deadline = Clock::now() + limits::kKafkaDelivery;
  for (;;) {
    const TransactionError error{
        rd_kafka_commit_transaction(connection_->client->get(), to_ms(limits::kKafkaDelivery))};
    if (!error) return Done{};
    const bool again = rd_kafka_error_is_retriable(error.get()) != 0;
    if (again && Clock::now() < deadline) continue;  // asking again continues the same commit
    if (is_fenced(rd_kafka_error_code(error.get())))
      return conflict("publish: another producer took over");
    return connection_->client->failed("commit", rd_kafka_error_string(error.get()));
  }
}

// Aborts as far as it can; nothing of it shows to who reads committed messages.
Status StreamProducer::give_up(Error why) {
  rd_kafka_t* handle = connection_->client->get();
  char text[512];
  const auto fatal = [&] { return rd_kafka_fatal_error(handle, text, sizeof text); };
  if (fatal() == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const TransactionError error{rd_kafka_abort_transaction(handle, to_ms(limits::kKafkaAbort))};
    if (error && is_fenced(rd_kafka_error_code(error.get())))
      return conflict("publish: another producer took over");
  }
  if (is_fenced(fatal())) return conflict("publish: another producer took over");
  return why;
}

Result<Tail> read_tail(const Cluster& cluster, const std::string& topic, std::uint64_t end,
                       std::uint64_t wanted) {
  Z5_TRY(const auto client, make_consumer(cluster));
  Z5_TRY(const Client::Offsets offsets, client->offsets(topic, limits::kKafkaStart));
  Tail tail;
  for (std::uint64_t size = wanted;; size *= 4) {
    const std::uint64_t begin = std::max(offsets.low, end - std::min(end, size));
    tail.whole = begin == 0;
    Z5_TRY(tail.records, read_range(*client, topic, begin, end));
    if (!tail.records.empty() || begin == offsets.low) return tail;
  }
}

Result<std::vector<std::uint64_t>> stream_ends(const Cluster& cluster,
                                               std::span<const std::string> topics) {
  Z5_TRY(const auto client, make_consumer(cluster, false));
  std::vector<std::uint64_t> ends;
  for (const std::string& topic : topics) {
    Z5_TRY(const Client::Offsets offsets, client->offsets(topic, limits::kKafkaAnswer));
    ends.push_back(offsets.high);
  }
  return ends;
}

}  // namespace z5::kafka
