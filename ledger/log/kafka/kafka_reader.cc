// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/kafka_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "ledger/log/kafka/evidence_reader.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 256;  // messages taken from librdkafka in one call

class KafkaReader : public log::Reader {
 public:
  KafkaReader(std::unique_ptr<Client> client, TopicHandle topic, ReaderSettings settings)
      : client_(std::move(client)),
        topic_(std::move(topic)),
        name_(entries_topic(settings.ledger)),
        position_(settings.from),
        end_(settings.end),
        progress_(std::move(settings.progress)) {
    if (settings.evidence)
      evidence_.emplace(*client_, evidence_topic(settings.ledger), std::move(*settings.evidence));
  }
  ~KafkaReader() override {
    rd_kafka_consume_stop(topic_.get(), 0);
    if (!failed_) return;
    evidence_.reset();
    gathered_.clear();
    topic_.reset();
    end_apart(std::move(client_));
  }

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
      if (gathered_.empty()) gather(deadline);
      if (!gathered_.empty()) {
        Z5_TRY(const std::size_t count, whole());
        take(batch, count);
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
    const bool ended = end_ && gathered_.empty() &&
                       (position_.offset >= *end_ || (seen_end_ && *seen_end_ >= *end_));
    if (progress_) *progress_ = {position_, ended};
    return ended;
  }
  bool caught_up() const { return seen_end_ && *seen_end_ >= position_.offset; }

  // True while the topic goes on behind the end of what is committed, and has for a while: longer
  // than our own writer takes for a group.
  bool hidden_too_long() {
    std::int64_t low = 0, high = 0;
    static_cast<void>(
        rd_kafka_get_watermark_offsets(client_->get(), name_.c_str(), 0, &low, &high));
    if (high <= static_cast<std::int64_t>(*seen_end_)) {
      hidden_ = {};
      return false;
    }
    if (hidden_.behind != *seen_end_) hidden_ = {*seen_end_, Clock::now()};
    return Clock::now() - hidden_.since >= limits::kKafkaOpen;
  }

  // Waits for a message, then collects what has arrived behind it, about a batch.
  void gather(Clock::time_point deadline) {
    client_->poll();
    rd_kafka_message_t* arrived[kAtOnce] = {rd_kafka_consume(topic_.get(), 0, ms_until(deadline))};
    ssize_t count = arrived[0] != nullptr ? 1 : 0;
    for (std::size_t bytes = 0; count > 0 && !pending_;) {
      for (ssize_t i = 0; i < count; ++i) bytes += collect(Message(arrived[i]));
      if (bytes >= limits::kReadBatch) break;
      count = rd_kafka_consume_batch(topic_.get(), 0, 0, arrived, kAtOnce);
    }
    if (gathered_.empty() && pending_) failed_ = std::exchange(pending_, {});
  }

  // Bytes of it.
  std::size_t collect(Message message) {
    if (pending_) return 0;  // behind an error nothing counts
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      seen_end_ = static_cast<std::uint64_t>(message->offset);
      heard_ = Clock::now();
      return 0;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      pending_ = error_of(*message);
      return 0;
    }
    if (end_ && static_cast<std::uint64_t>(message->offset) >= *end_) {
      seen_end_ = *end_;  // came after the opening, and may be half a group
      return 0;
    }
    const std::size_t bytes = message->len;
    gathered_.push_back(std::move(message));
    return bytes;
  }

  // How many of the gathered messages have all their documents in the store, at least one. What
  // stands before an entry that is held back does not wait with it.
  Result<std::size_t> whole() {
    for (std::size_t i = 0; evidence_ && i < gathered_.size(); ++i) {
      const auto hint = hint_of(*gathered_[i]);
      if (!hint) continue;
      const auto wait = i == 0 ? limits::kKafkaEvidence : std::chrono::milliseconds(0);
      const auto arrived = evidence_->reach(*hint, Clock::now() + wait);
      if (arrived.ok() && *arrived) continue;
      if (i > 0) return i;
      return unavailable(fmt::format(
          "entry {}: held back: {}", position_.sequence,
          arrived.ok() ? fmt::format("its documents, up to offset {} of the evidence topic, have "
                                     "not arrived",
                                     hint->next)
                       : arrived.error().message));
    }
    return gathered_.size();
  }

  // Copies the first `count` that were gathered into the batch, aligned, and moves position_ over
  // what is sound.
  void take(log::Batch& batch, std::size_t count) {
    const std::span taken(gathered_.data(), count);
    std::size_t size = 0;
    for (const Message& message : taken) size += message->len;
    char* memory = batch.reset(position_, size);
    for (const Message& message : taken) {
      std::memcpy(memory, message->payload, message->len);
      auto record = read(*message, {memory, message->len});
      if (!record.ok()) {
        pending_ = record.error();
        count = gathered_.size();
        break;
      }
      memory += message->len;
      position_ = {position_.sequence + 1, record->end};
      batch.add(*record);
    }
    gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(count));
    heard_ = Clock::now();
    // When its turn comes, after what is sound.
    if (pending_ && gathered_.empty()) failed_ = std::exchange(pending_, {});
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

  Error error_of(const rd_kafka_message_t& message) {
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return damage(position_.offset,
                      "is not in the topic any more: it was truncated or made again");
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        if (position_.sequence > 0)
          return damage(position_.offset, "the topic is gone, though it was read up to here");
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
    if (hidden_too_long()) {
      return unavailable(fmt::format(
          "{}: offset {}: a transaction of somebody else is open here, and nothing behind it shows "
          "until it ends",
          name_, *seen_end_));
    }
    if (Clock::now() - heard_ < limits::kKafkaProbe) return true;
    Z5_TRY(const auto offsets, client_->offsets(name_, limits::kKafkaProbe));
    heard_ = Clock::now();
    if (offsets.high > *seen_end_) seen_end_.reset();
    return seen_end_.has_value();
  }

  std::unique_ptr<Client> client_;
  TopicHandle topic_;
  std::optional<EvidenceReader> evidence_;
  std::string name_;
  log::Position position_;
  std::optional<std::uint64_t> end_;
  std::optional<std::uint64_t> seen_end_;  // where the broker last said that it had no more
  struct Hidden {
    std::optional<std::uint64_t> behind;
    Clock::time_point since;
  } hidden_;
  Clock::time_point heard_;  // when the broker last said anything
  std::shared_ptr<Progress> progress_;
  std::vector<Message> gathered_;
  std::optional<Error> pending_;  // follows what was gathered
  std::optional<Error> failed_;
};

}  // namespace

Result<Settled> settle(Client& committed, Client& all, const std::string& topic) {
  Z5_TRY(const Client::Offsets end, all.offsets(topic, limits::kKafkaAnswer));
  for (const auto deadline = Clock::now() + limits::kKafkaStable;;) {
    Z5_TRY(const Client::Offsets stable, committed.offsets(topic, limits::kKafkaAnswer));
    if (stable.high >= end.high) return Settled{stable.low, end.high, false};
    if (Clock::now() >= deadline) return Settled{stable.low, stable.high, true};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<std::unique_ptr<log::Reader>> open_reader(const Cluster& cluster, ReaderSettings settings) {
  Z5_TRY(auto client, make_consumer(cluster));
  const std::string name = entries_topic(settings.ledger);
  Z5_TRY(const Client::Shape shape, client->shape(name, limits::kKafkaStart));
  const auto at = [&](std::string_view what) {
    return corrupt(fmt::format("entry {}: {}: offset {}: {}", settings.from.sequence, name,
                               settings.from.offset, what));
  };
  if (shape.partitions == 0 && settings.from.sequence > 0)
    return at("the topic is gone, though it was read up to here");
  if (shape.partitions == 0) return unavailable(name + ": there is no such topic");
  if (shape.partitions > 1) return at("the topic has several partitions; a ledger has one order");
  Z5_TRY(const Client::Offsets offsets, client->offsets(name, limits::kKafkaStart));
  if (offsets.low > settings.from.offset)
    return at(fmt::format("is not in the topic any more: it begins at offset {}", offsets.low));
  if (settings.to_end && !settings.end) {
    Z5_TRY(const auto all, make_consumer(cluster, false));
    Z5_TRY(const Settled settled, settle(*client, *all, name));
    if (settled.open)
      return unavailable(fmt::format(
          "{}: offset {}: a transaction is open here, so nobody can say where the log ends", name,
          settled.end));
    settings.end = settled.end;
  }
  if (settings.end && settings.from.offset > *settings.end)
    return at(fmt::format("is not in the topic: it ends at offset {}", *settings.end));
  TopicHandle topic(rd_kafka_topic_new(client->get(), name.c_str(), nullptr));
  if (!topic) return client->failed(name, rd_kafka_err2str(rd_kafka_last_error()));
  auto reader =
      std::make_unique<KafkaReader>(std::move(client), std::move(topic), std::move(settings));
  Z5_CHECK(reader->start());
  return std::unique_ptr<log::Reader>(std::move(reader));
}

Result<std::unique_ptr<log::Reader>> open_kafka_reader(const Cluster& cluster,
                                                       std::string_view ledger, log::Position from,
                                                       std::optional<log::EvidenceStore> evidence) {
  return open_reader(cluster, {std::string(ledger), from, std::move(evidence)});
}

Result<std::unique_ptr<log::Reader>> open_kafka_reader_to_end(
    const Cluster& cluster, std::string_view ledger, log::Position from,
    std::optional<log::EvidenceStore> evidence) {
  return open_reader(cluster, {std::string(ledger), from, std::move(evidence), true});
}

}  // namespace z5::kafka
