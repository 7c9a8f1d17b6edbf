// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/consumer_group.h"

#include <fmt/format.h>

#include <utility>

#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   Destroy<rd_kafka_topic_partition_list_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;

Partitions one_partition(const std::string& topic, std::int64_t offset) {
  Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = offset;
  return list;
}

std::string leader_in(const rd_kafka_ConsumerGroupDescription_t* group) {
  for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); ++i) {
    const auto* member = rd_kafka_ConsumerGroupDescription_member(group, i);
    const auto* assignment = rd_kafka_MemberDescription_assignment(member);
    if (assignment == nullptr) continue;
    const auto* partitions = rd_kafka_MemberAssignment_partitions(assignment);
    if (partitions != nullptr && partitions->cnt > 0)
      return rd_kafka_MemberDescription_client_id(member);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ConsumerGroup>> ConsumerGroup::join(const Cluster& cluster,
                                                           std::string_view ledger,
                                                           const std::string& address) {
  const std::string name = fmt::format("z5.{}.writer", ledger), topic = commands_topic(ledger);
  Z5_TRY(auto client,
         Client::make(cluster, RD_KAFKA_CONSUMER,
                      {{"group.id", name},
                       {"client.id", address},
                       // Who has it keeps it when somebody joins.
                       {"partition.assignment.strategy", "cooperative-sticky"},
                       {"session.timeout.ms", std::to_string(limits::kElectionSession.count())},
                       {"heartbeat.interval.ms", std::to_string(limits::kElectionBeat.count())},
                       {"max.poll.interval.ms", std::to_string(limits::kElectionPoll.count())},
                       {"enable.auto.commit", "false"},
                       // What was done before is known by its command id, and gets its first
                       // outcome.
                       {"auto.offset.reset", "earliest"},
                       {"allow.auto.create.topics", "false"}}));
  const auto error =
      rd_kafka_subscribe(client->get(), one_partition(topic, RD_KAFKA_OFFSET_INVALID).get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return invalid(fmt::format("kafka: {}: {}", topic, rd_kafka_err2str(error)));
  return std::unique_ptr<ConsumerGroup>(new ConsumerGroup(name, topic, std::move(client)));
}

// rd_kafka_consumer_close alone (2.0.2) is done before it has told the broker, which would then
// wait for the session to run out. Leaving takes a few polls; a broker that does not answer is not
// waited for.
ConsumerGroup::~ConsumerGroup() {
  rd_kafka_unsubscribe(client_->get());
  const auto deadline = std::chrono::steady_clock::now() + limits::kKafkaProbe;
  while (std::chrono::steady_clock::now() < deadline) poll(std::chrono::milliseconds(50));
  rd_kafka_consumer_close(client_->get());
}

// True: another command is held.
bool ConsumerGroup::poll(std::chrono::milliseconds wait) {
  const Message message(rd_kafka_consumer_poll(client_->get(), to_ms(wait)));
  if (!message) return false;
  trouble_.clear();
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    trouble_ = rd_kafka_message_errstr(message.get());
    return false;
  }
  held_.push_back(
      {Bytes(static_cast<const char*>(message->payload), message->len), message->offset});
  return true;
}

void ConsumerGroup::wait(std::chrono::milliseconds wait) {
  client_->poll();
  poll(held_.empty() ? wait : std::chrono::milliseconds(0));
}

std::vector<ConsumerGroup::Command> ConsumerGroup::take(std::chrono::milliseconds wait) {
  this->wait(wait);
  std::size_t bytes = 0;
  for (const Command& command : held_) bytes += command.bytes.size();
  while (!held_.empty() && held_.size() < limits::kTopicBatch && bytes < limits::kMaxGroupBytes) {
    if (!poll(std::chrono::milliseconds(0))) break;
    bytes += held_.back().bytes.size();
  }
  return std::exchange(held_, {});
}

bool ConsumerGroup::elected() {
  rd_kafka_topic_partition_list_t* found = nullptr;
  if (rd_kafka_assignment(client_->get(), &found) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const Partitions assigned(found);
  const bool elected = assigned->cnt > 0 && rd_kafka_assignment_lost(client_->get()) == 0;
  if (!elected) held_.clear();  // they are another member's now
  return elected;
}

void ConsumerGroup::done(const std::vector<Command>& commands) {
  if (commands.empty()) return;
  static_cast<void>(rd_kafka_commit(
      client_->get(), one_partition(topic_, commands.back().offset + 1).get(), /*async=*/1));
}

std::string ConsumerGroup::leader() {
  const Queue queue(rd_kafka_queue_new(client_->get()));
  const char* names[] = {name_.c_str()};
  rd_kafka_DescribeConsumerGroups(client_->get(), names, 1, nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), to_ms(limits::kKafkaAnswer)));
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::size_t count = 0;
  const auto* groups = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  return count == 1 ? leader_in(groups[0]) : std::string{};
}

}  // namespace z5::kafka
