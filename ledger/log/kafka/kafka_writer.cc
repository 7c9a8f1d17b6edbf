// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "ledger/log/kafka/evidence_hint.h"
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
          {"message.max.bytes", std::to_string(limits::kKafkaDocument)},
          {"acks", "all"},
          // A group of a thousand records is one request, and one append of the broker's.
          {"batch.size", std::to_string(limits::kMaxCommands)},
          // flush() does not wait for it; it only gathers what one group sends anyway.
          {"linger.ms", "5"}};
}

// A topic of the ledger, and what is behind its last message.
struct Target {
  std::string name;
  TopicHandle handle;
  std::uint64_t end = 0;
};

class KafkaWriter : public log::Writer {
 public:
  KafkaWriter(const Cluster& cluster, std::string ledger, std::optional<log::EvidenceStore> store,
              std::unique_ptr<Client> client, Target entries, Target evidence)
      : cluster_(cluster),
        ledger_(std::move(ledger)),
        store_(std::move(store)),
        client_(std::move(client)),
        topic_(std::move(entries.name)),
        entries_(std::move(entries.handle)),
        next_offset_(entries.end),
        evidence_(std::move(evidence.handle)),
        evidence_next_(evidence.end) {}

  Result<std::unique_ptr<log::Reader>> tail(Position from) override {
    progress_ = std::make_shared<Progress>();
    // Exactly to where the next group must land: an end asked for again could be another one.
    return open_reader(cluster_, {ledger_, from, store_, true, next_offset_, progress_});
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
    auto documents = documents_of(group);
    if (!documents.ok()) return AppendFailure{false, documents.error().message};
    if (const TransactionError error{rd_kafka_begin_transaction(client_->get())}; error)
      return unknown("begin", error.code(), error.text());
    if (auto why = send_documents(group, *documents)) return give_up(std::move(*why));
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
    evidence_next_ = hint_.next;
    sequence_ += group.ends.size();
    return Position{sequence_, last + 1};
  }

 private:
  // The bytes of the group's documents, none of them too large to be sent.
  Result<std::vector<Bytes>> documents_of(const log::Group& group) const {
    std::vector<Bytes> documents;
    if (!store_) return documents;
    for (const Digest& digest : group.evidence) {
      Z5_TRY(documents.emplace_back(), store_->get(digest));
    }
    return documents;
  }

  // Every document, acknowledged, since the records say where they are; or why not.
  std::optional<std::string> send_documents(const log::Group& group,
                                            const std::vector<Bytes>& documents) {
    hint_ = {evidence_next_, evidence_next_};
    if (documents.empty()) return std::nullopt;
    deliveries_.assign(documents.size(), {});
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::string key = group.evidence[i].text();
      if (rd_kafka_produce(evidence_.get(), 0, RD_KAFKA_MSG_F_COPY,
                           const_cast<char*>(documents[i].data()), documents[i].size(), key.data(),
                           key.size(), &deliveries_[i]) != 0)
        return rd_kafka_err2str(rd_kafka_last_error());
    }
    if (auto why = delivered()) return why;
    hint_ = {static_cast<std::uint64_t>(deliveries_.front().offset),
             static_cast<std::uint64_t>(deliveries_.back().offset) + 1};
    return std::nullopt;
  }

  // Every record of the group, acknowledged; or why not.
  std::optional<std::string> send(const log::Group& group) {
    deliveries_.assign(group.ends.size(), {});
    if (const auto error =
            produce_with_hint(client_->get(), entries_.get(),
                              std::string_view(group.bytes).substr(0, group.ends.front()), hint_,
                              &deliveries_.front());
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return rd_kafka_err2str(error);
    for (std::size_t i = 1; i < group.ends.size(); ++i) {
      const std::size_t begin = group.ends[i - 1];
      // librdkafka copies; its API has no const.
      void* value = const_cast<char*>(group.bytes.data()) + begin;
      if (rd_kafka_produce(entries_.get(), 0, RD_KAFKA_MSG_F_COPY, value, group.ends[i] - begin,
                           nullptr, 0, &deliveries_[i]) != 0)
        return rd_kafka_err2str(rd_kafka_last_error());
    }
    return delivered();
  }

  std::optional<std::string> delivered() {
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
    char text[512];
    const auto fatal = rd_kafka_fatal_error(client_->get(), text, sizeof text);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR || !aborted) return unknown("append", fatal, why);
    next_offset_.reset();  // how much of it took an offset is not known
    // Nothing was lost, but librdkafka's sequence numbers have a gap now and it will not send
    // again.
    if (std::ranges::any_of(deliveries_, [](const Delivery& delivery) {
          return delivery.error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        }))
      ended_ = topic_ + ": a message was over the broker's limit; this writer ends with it";
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
  std::string ledger_;
  std::optional<log::EvidenceStore> store_;
  std::vector<Delivery> deliveries_;  // outlives the client, which reports into it
  std::unique_ptr<Client> client_;
  std::string topic_;  // of the entries
  TopicHandle entries_;
  std::optional<std::uint64_t> next_offset_;  // where the next record must land
  TopicHandle evidence_;
  std::uint64_t evidence_next_;  // behind the last document
  EvidenceHint hint_;            // of the open group
  std::shared_ptr<Progress> progress_;
  std::uint64_t sequence_ = 0;
  bool begun_ = false;
  std::optional<std::string> ended_;
};

// What asks about topics before a writer begins. No producer: one that asks may make the topic.
struct Asking {
  std::unique_ptr<Client> committed, all;
};

Status check_shape(Client& asking, const std::string& topic) {
  Z5_TRY(const Client::Shape shape, asking.shape(topic, limits::kKafkaStart));
  if (shape.partitions == 0) return unavailable(topic + ": there is no such topic");
  if (shape.partitions != 1)
    return invalid(topic + ": has several partitions; a ledger has one order");
  return Done{};
}

// The topic, and the offset behind all that was committed there. An end of our own predecessor's
// transaction may still be on its way.
Result<Target> open_target(const Asking& asking, Client& client, std::string name) {
  Z5_TRY(const Settled settled, settle(*asking.committed, *asking.all, name));
  if (settled.low != 0)
    return corrupt(
        fmt::format("entry 0: {}: offset 0: is not in the topic any more: it begins at offset {}",
                    name, settled.low));
  if (settled.open)
    return conflict(
        fmt::format("{}: offset {}: somebody else has a transaction open here; end it, readers see "
                    "nothing behind it",
                    name, settled.end));
  TopicHandle handle(rd_kafka_topic_new(client.get(), name.c_str(), nullptr));
  if (!handle) return client.failed(name, rd_kafka_err2str(rd_kafka_last_error()));
  // Where the partition lives is asked for now: the first group would wait a second for it.
  Z5_TRY([[maybe_unused]] const Client::Shape known, client.shape(name, limits::kKafkaStart));
  return Target{std::move(name), std::move(handle), settled.end};
}

}  // namespace

Result<std::unique_ptr<log::Writer>> open_kafka_writer(const Cluster& cluster,
                                                       std::string_view ledger,
                                                       std::optional<log::EvidenceStore> evidence) {
  Asking asking;
  Z5_TRY(asking.committed, make_consumer(cluster));
  Z5_TRY(asking.all, make_consumer(cluster, false));
  for (const std::string& topic : {entries_topic(ledger), evidence_topic(ledger)})
    Z5_CHECK(check_shape(*asking.committed, topic));
  Z5_TRY(auto client, Client::make(cluster, RD_KAFKA_PRODUCER, producer_settings(ledger)));
  if (const TransactionError error{
          rd_kafka_init_transactions(client->get(), to_ms(limits::kKafkaStart))};
      error)
    return client->failed(entries_topic(ledger) + ": taking over", error.text());
  Z5_TRY(Target entries, open_target(asking, *client, entries_topic(ledger)));
  Z5_TRY(Target documents, open_target(asking, *client, evidence_topic(ledger)));
  return std::unique_ptr<log::Writer>(
      std::make_unique<KafkaWriter>(cluster, std::string(ledger), std::move(evidence),
                                    std::move(client), std::move(entries), std::move(documents)));
}

}  // namespace z5::kafka
