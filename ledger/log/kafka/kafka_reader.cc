// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/kafka_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <thread>
#include <vector>

#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Clock = std::chrono::steady_clock;

int ms_until(Clock::time_point deadline) {
  return to_ms(std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()));
}

class KafkaReader : public log::Reader {
 public:
  // `end`: offset up to which to read; nullopt: follow.
  KafkaReader(std::unique_ptr<Client> client, TopicHandle topic, ReaderSettings settings,
              std::optional<std::uint64_t> end)
      : client_(std::move(client)),
        topic_(std::move(topic)),
        name_(std::move(settings.topic)),
        position_(settings.from),
        end_(end),
        progress_(std::move(settings.progress)) {}
  ~KafkaReader() override { rd_kafka_consume_stop(topic_.get(), 0); }

  Status start() {
    if (rd_kafka_consume_start(topic_.get(), 0, static_cast<std::int64_t>(position_.offset)) == 0)
      return Done{};
    return client_->failed(name_, rd_kafka_err2str(rd_kafka_last_error()));
  }

  Status next(log::Batch& batch, std::chrono::milliseconds timeout) override {
    batch.reset(position_, 0);
    const auto begun = Clock::now();
    for (;;) {
      if (failed_) return failure();
      if (at_end()) return Done{};
      // An empty batch says "there is no more", so the broker must have said it first.
      const auto deadline = begun + (caught_up() && !end_ ? timeout : limits::kKafkaSilence);
      gather(deadline);
      if (!gathered_.empty()) {
        take(batch);
        if (!batch.empty()) return Done{};
      } else if (!failed_ && !at_end() && Clock::now() >= deadline) {
        Z5_TRY(const bool ended, nothing_came());
        if (ended) return Done{};
      }
    }
  }

  log::Position position() const override { return position_; }

 private:
  bool at_end() {
    const bool ended = end_ && (position_.offset >= *end_ || (seen_end_ && *seen_end_ >= *end_));
    if (progress_) *progress_ = {position_, ended};
    return ended;
  }
  bool caught_up() const { return seen_end_ && *seen_end_ >= position_.offset; }

  // Waits for a message, then collects what has arrived behind it, about a batch.
  void gather(Clock::time_point deadline) {
    client_->poll();
    std::size_t bytes = 0;
    for (int wait = ms_until(deadline); bytes < limits::kReadBatch; wait = 0) {
      Message message(rd_kafka_consume(topic_.get(), 0, wait));
      if (!message) return;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        seen_end_ = static_cast<std::uint64_t>(message->offset);
        heard_ = Clock::now();
        return;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        pending_ = error_of(*message);
        if (gathered_.empty()) failed_ = std::move(pending_);
        return;
      }
      bytes += message->len;
      gathered_.push_back(std::move(message));
    }
  }

  // Copies what was gathered into the batch, aligned, and moves position_ over what is sound.
  void take(log::Batch& batch) {
    std::size_t size = 0;
    for (const Message& message : gathered_) size += message->len;
    char* memory = batch.reset(position_, size);
    for (const Message& message : gathered_) {
      std::memcpy(memory, message->payload, message->len);
      auto record = read(*message, {memory, message->len});
      if (!record.ok()) {
        pending_ = record.error();
        break;
      }
      memory += message->len;
      position_ = {position_.sequence + 1, record->end};
      batch.add(*record);
    }
    gathered_.clear();
    heard_ = Clock::now();
    if (pending_) failed_ = std::move(pending_);  // when its turn comes, after what is sound
    static_cast<void>(at_end());
  }

  Result<log::RecordView> read(const rd_kafka_message_t& message, std::string_view bytes) const {
    const auto offset = static_cast<std::uint64_t>(message.offset);
    if (offset < position_.offset) return damage(offset, "comes after a later one");
    auto record = log::read_record(bytes);
    if (!record.ok()) return damage(offset, record.error().message);
    if (!*record) return damage(offset, "record: cut");
    if ((*record)->frame.size() != bytes.size()) return damage(offset, "record: bytes behind it");
    (*record)->end = offset + 1;
    return **record;
  }

  Error damage(std::uint64_t offset, std::string_view what) const {
    return corrupt(
        fmt::format("entry {}: {}: offset {}: {}", position_.sequence, name_, offset, what));
  }

  Error gone() const {
    return damage(position_.offset, "the topic is gone, though it was read up to here");
  }

  Error error_of(const rd_kafka_message_t& message) {
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return damage(position_.offset,
                      "is not in the topic any more: it was truncated or made again");
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        if (position_.sequence > 0) return gone();
        return client_->failed(name_, "there is no such topic");
      default:
        return client_->failed(name_, rd_kafka_message_errstr(&message));
    }
  }

  // What the broker could not do just now may work the next time; damage stays.
  Error failure() {
    Error error = *failed_;
    if (error.code != ErrorCode::Corrupt) failed_.reset();
    return error;
  }

  // Silence is "no more" only while a broker is there to say so. False: it says that there is more.
  Result<bool> nothing_came() {
    if (!caught_up() || end_) {
      return client_->failed(name_,
                             fmt::format("offset {}: nothing came for {} s", position_.offset,
                                         limits::kKafkaSilence.count() / 1000));
    }
    if (Clock::now() - heard_ < limits::kKafkaProbe) return true;
    const auto offsets = client_->offsets(name_, limits::kKafkaProbe);
    if (!offsets.ok()) {  // librdkafka tells a deleted topic from a silent broker only when asked
      Z5_TRY(const Client::Shape shape, client_->shape(name_, limits::kKafkaProbe));
      if (shape.partitions == 0 && position_.sequence > 0) failed_ = gone();
      return offsets.error();
    }
    heard_ = Clock::now();
    if (offsets->high > *seen_end_) seen_end_.reset();
    return seen_end_.has_value();
  }

  std::unique_ptr<Client> client_;
  TopicHandle topic_;
  std::string name_;
  log::Position position_;
  std::optional<std::uint64_t> end_;
  std::optional<std::uint64_t> seen_end_;  // where the broker last said that it had no more
  Clock::time_point heard_;                // when the broker last said anything
  std::shared_ptr<Progress> progress_;
  std::vector<Message> gathered_;
  std::optional<Error> pending_;  // follows what was gathered
  std::optional<Error> failed_;
};

// The end of what is committed by now. Kafka acknowledges a commit a moment before it shows it to
// readers, so what is open at the call is waited for; what stays open holds nothing acknowledged.
Result<std::uint64_t> committed_end(const Cluster& cluster, Client& committed,
                                    const std::string& topic) {
  Z5_TRY(const auto all, make_consumer(cluster, false));
  Z5_TRY(const Client::Offsets end, all->offsets(topic, limits::kKafkaStart));
  const auto deadline = Clock::now() + limits::kKafkaStable;
  for (;;) {
    Z5_TRY(const Client::Offsets stable, committed.offsets(topic, limits::kKafkaAnswer));
    if (stable.high >= end.high || Clock::now() >= deadline) return stable.high;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<std::unique_ptr<log::Reader>> open_reader(const Cluster& cluster, ReaderSettings settings) {
  Z5_TRY(auto client, make_consumer(cluster));
  Z5_TRY(const Client::Shape shape, client->shape(settings.topic, limits::kKafkaStart));
  const auto at = [&](std::string_view what) {
    return corrupt(fmt::format("entry {}: {}: offset {}: {}", settings.from.sequence,
                               settings.topic, settings.from.offset, what));
  };
  if (shape.partitions == 0 && settings.from.sequence > 0)
    return at("the topic is gone, though it was read up to here");
  if (shape.partitions == 0) return unavailable(settings.topic + ": there is no such topic");
  if (shape.partitions > 1) return at("the topic has several partitions; a ledger has one order");
  Z5_TRY(const Client::Offsets offsets, client->offsets(settings.topic, limits::kKafkaStart));
  if (offsets.low > settings.from.offset)
    return at(fmt::format("is not in the topic any more: it begins at offset {}", offsets.low));
  std::optional<std::uint64_t> end;
  if (settings.to_end) {
    Z5_TRY(end, committed_end(cluster, *client, settings.topic));
    if (settings.from.offset > *end)
      return at(fmt::format("is not in the topic: it ends at offset {}", *end));
  }
  TopicHandle topic(rd_kafka_topic_new(client->get(), settings.topic.c_str(), nullptr));
  if (!topic) return client->failed(settings.topic, rd_kafka_err2str(rd_kafka_last_error()));
  auto reader =
      std::make_unique<KafkaReader>(std::move(client), std::move(topic), std::move(settings), end);
  Z5_CHECK(reader->start());
  return std::unique_ptr<log::Reader>(std::move(reader));
}

Result<std::unique_ptr<log::Reader>> open_kafka_reader(const Cluster& cluster,
                                                       std::string_view ledger,
                                                       log::Position from) {
  return open_reader(cluster, {entries_topic(ledger), from, false, nullptr});
}

Result<std::unique_ptr<log::Reader>> open_kafka_reader_to_end(const Cluster& cluster,
                                                              std::string_view ledger,
                                                              log::Position from) {
  return open_reader(cluster, {entries_topic(ledger), from, true, nullptr});
}

}  // namespace z5::kafka
