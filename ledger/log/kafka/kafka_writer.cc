// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>
#include <thread>
#include <vector>

#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/kafka_reader.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using log::AppendFailure;
using log::Position;

// Owns a librdkafka error; true when there is one.
class TransactionError {
 public:
  explicit TransactionError(rd_kafka_error_t* error) : error_(error) {}
  explicit operator bool() const { return error_ != nullptr; }
  bool retriable() const { return rd_kafka_error_is_retriable(error_.get()) != 0; }
  rd_kafka_resp_err_t code() const { return rd_kafka_error_code(error_.get()); }
  std::string text() const { return rd_kafka_error_string(error_.get()); }

 private:
  std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>> error_;
};

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

Settings producer_settings(std::string_view ledger) {
  return {{"transactional.id", fmt::format("z5.{}.writer", ledger)},
          {"transaction.timeout.ms", std::to_string(limits::kKafkaTransaction.count())},
          {"message.timeout.ms", std::to_string(limits::kKafkaDelivery.count())},
          {"message.max.bytes", std::to_string(limits::kKafkaMessage)},
          {"acks", "all"},
          // flush() does not wait for it; it only gathers what one group sends anyway.
          {"linger.ms", "5"}};
}

class KafkaWriter : public log::Writer {
 public:
  KafkaWriter(const Cluster& cluster, std::string topic, std::unique_ptr<Client> client,
              TopicHandle handle, std::uint64_t end)
      : cluster_(cluster),
        topic_(std::move(topic)),
        client_(std::move(client)),
        handle_(std::move(handle)),
        next_offset_(end) {}

  Result<std::unique_ptr<log::Reader>> tail(Position from) override {
    progress_ = std::make_shared<Progress>();
    return open_reader(cluster_, {topic_, from, true, progress_});
  }

  Status begin(Position end) override {
    Z5_ASSERT(!begun_ && progress_ != nullptr && progress_->ended);
    // Nothing can be cut from a topic, and a transaction leaves nothing half: what is committed and
    // no whole group was not written by this code.
    if (end != progress_->position) {
      return corrupt(fmt::format(
          "entry {}: {}: offset {}: the log is not whole here, though it is committed up to {}",
          end.sequence, topic_, end.offset, progress_->position.offset));
    }
    sequence_ = end.sequence;
    begun_ = true;
    return Done{};
  }

  Expected<Position, AppendFailure> append(const log::Group& group) override {
    Z5_ASSERT(begun_ && !group.ends.empty() && group.ends.back() == group.bytes.size());
    if (ended_) return AppendFailure{true, *ended_};
    if (!next_offset_) {
      const auto end = client_->offsets(topic_, limits::kKafkaAnswer);
      if (!end.ok()) return AppendFailure{false, end.error().message};
      next_offset_ = end->high;
    }
    if (const TransactionError error{rd_kafka_begin_transaction(client_->get())}; error)
      return unknown("begin", error.code(), error.text());
    if (auto why = send(group)) return give_up(std::move(*why));
    if (const auto stranger = first_unexpected()) {
      // Whoever is next reads the log again: a transaction's end that Kafka wrote twice is
      // harmless, a stranger's message is damage, and readers would stop before this group.
      const std::string why = fmt::format("offset {}: not written by this writer; it stood at {}",
                                          *next_offset_, *stranger);
      static_cast<void>(abort());
      return unknown("append", RD_KAFKA_RESP_ERR_NO_ERROR, why);
    }
    if (auto failure = commit()) return *failure;
    const auto last = static_cast<std::uint64_t>(deliveries_.back().offset);
    next_offset_ = last + 2;  // the transaction's end takes one
    sequence_ += group.ends.size();
    return Position{sequence_, last + 1};
  }

 private:
  // Every record of the group, acknowledged; or why not.
  std::optional<std::string> send(const log::Group& group) {
    deliveries_.assign(group.ends.size(), {});
    std::size_t begin = 0;
    for (std::size_t i = 0; i < group.ends.size(); ++i) {
      void* value =
          const_cast<char*>(group.bytes.data()) + begin;  // librdkafka copies; its API has no const
      if (rd_kafka_produce(handle_.get(), 0, RD_KAFKA_MSG_F_COPY, value, group.ends[i] - begin,
                           nullptr, 0, &deliveries_[i]) != 0)
        return rd_kafka_err2str(rd_kafka_last_error());
      begin = group.ends[i];
    }
    if (rd_kafka_flush(client_->get(), to_ms(limits::kKafkaDelivery + limits::kKafkaProbe)) != 0)
      return "no acknowledgement";
    for (const Delivery& delivery : deliveries_) {
      if (delivery.error != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2str(delivery.error);
    }
    return std::nullopt;
  }

  // The first offset of the group that is not the one behind the last.
  std::optional<std::int64_t> first_unexpected() const {
    auto expected = static_cast<std::int64_t>(*next_offset_);
    for (const Delivery& delivery : deliveries_) {
      if (delivery.offset != expected++) return delivery.offset;
    }
    return std::nullopt;
  }

  std::optional<AppendFailure> commit() {
    const auto deadline = std::chrono::steady_clock::now() + limits::kKafkaDelivery;
    for (;;) {
      const TransactionError error{
          rd_kafka_commit_transaction(client_->get(), to_ms(limits::kKafkaDelivery))};
      if (!error) return std::nullopt;
      // Asking again continues the same commit.
      if (!error.retriable() || std::chrono::steady_clock::now() >= deadline)
        return unknown("commit", error.code(), error.text());
    }
  }

  // True: the transaction is known to be aborted.
  bool abort() {
    const TransactionError error{
        rd_kafka_abort_transaction(client_->get(), to_ms(limits::kKafkaAbort))};
    return !error;
  }

  // Before any commit was asked for: aborted, nothing was changed.
  AppendFailure give_up(std::string why) {
    const bool aborted = abort();
    if (char text[512];
        rd_kafka_fatal_error(client_->get(), text, sizeof text) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        !aborted)
      return unknown("append", rd_kafka_fatal_error(client_->get(), text, sizeof text), why);
    next_offset_.reset();  // how much of it took an offset is not known
    return {false, fmt::format("{}: {}", topic_, client_->failed("append", why).message)};
  }

  AppendFailure unknown(std::string_view what, rd_kafka_resp_err_t code, std::string_view why) {
    char text[512];
    const auto fatal = rd_kafka_fatal_error(client_->get(), text, sizeof text);
    if (is_fenced(code) || is_fenced(fatal)) {
      ended_ = fmt::format("{}{}: another writer took over", kFenced, topic_);
    } else {
      ended_ = fmt::format("{}: {}", topic_, client_->failed(what, why).message);
    }
    return {true, *ended_};
  }

  Cluster cluster_;
  std::string topic_;
  std::vector<Delivery> deliveries_;  // outlives the client, which reports into it
  std::unique_ptr<Client> client_;
  TopicHandle handle_;
  std::shared_ptr<Progress> progress_;
  std::optional<std::uint64_t> next_offset_;  // where the next record must land
  std::uint64_t sequence_ = 0;
  bool begun_ = false;
  std::optional<std::string> ended_;
};

// Waits until nothing behind the last commit is open; the offset behind it. An end of our own
// predecessor's transaction may still be on its way.
Result<std::uint64_t> stable_end(const Cluster& cluster, const std::string& topic) {
  Z5_TRY(const auto committed, make_consumer(cluster));
  Z5_TRY(const auto all, make_consumer(cluster, false));
  const auto deadline = std::chrono::steady_clock::now() + limits::kKafkaStable;
  for (;;) {
    Z5_TRY(const Client::Offsets stable, committed->offsets(topic, limits::kKafkaAnswer));
    Z5_TRY(const Client::Offsets end, all->offsets(topic, limits::kKafkaAnswer));
    if (stable.low != 0)
      return corrupt(
          fmt::format("entry 0: {}: offset 0: is not in the topic any more: it begins at offset {}",
                      topic, stable.low));
    if (stable.high == end.high) return end.high;
    if (std::chrono::steady_clock::now() >= deadline) {
      return conflict(
          fmt::format("{}: offset {}: somebody else has a transaction open here; end it, readers "
                      "see nothing behind it",
                      topic, stable.high));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

Result<std::unique_ptr<log::Writer>> open_kafka_writer(const Cluster& cluster,
                                                       std::string_view ledger) {
  const std::string topic = entries_topic(ledger);
  {
    Z5_TRY(const auto asking, make_consumer(cluster));  // a producer that asks may make the topic
    Z5_TRY(const Client::Shape shape, asking->shape(topic, limits::kKafkaStart));
    if (shape.partitions == 0) return unavailable(topic + ": there is no such topic");
    if (shape.partitions != 1)
      return invalid(topic + ": has several partitions; a ledger has one order");
  }
  Z5_TRY(auto client, Client::make(cluster, RD_KAFKA_PRODUCER, producer_settings(ledger)));
  if (const TransactionError error{
          rd_kafka_init_transactions(client->get(), to_ms(limits::kKafkaStart))};
      error)
    return client->failed(topic + ": taking over", error.text());
  Z5_TRY(const std::uint64_t end, stable_end(cluster, topic));
  TopicHandle handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
  if (!handle) return client->failed(topic, rd_kafka_err2str(rd_kafka_last_error()));
  // Where the partition lives is asked for now: the first group would wait a second for it.
  Z5_TRY([[maybe_unused]] const Client::Shape known, client->shape(topic, limits::kKafkaStart));
  return std::unique_ptr<log::Writer>(
      std::make_unique<KafkaWriter>(cluster, topic, std::move(client), std::move(handle), end));
}

}  // namespace z5::kafka
