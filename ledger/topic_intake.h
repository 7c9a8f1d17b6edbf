// SPDX-License-Identifier: Apache-2.0
// Where commands come in by Kafka: takes them from the topic as the elected member of the group,
// gives them to the same intake as HTTP does, and puts what became of them into the topic of
// outcomes, or among the dead letters when nobody known signed them.
//
// At least once: a command is done only when its answer stands in its topic, so after a crash it is
// taken again, and then gets its first outcome. One thread.
#pragma once

#include <memory>
#include <vector>

#include "ledger/log/kafka/command_topics.h"
#include "ledger/log/kafka/consumer_group.h"
#include "ledger/tenure.h"

namespace z5::ledger {

class TopicIntake {
 public:
  // `group` and `desk` must outlive it. Errors are AnswerWriter::open's.
  static Result<std::unique_ptr<TopicIntake>> open(const Config& config,
                                                   kafka::ConsumerGroup& group, const Desk& desk);

  // Answers what came within `wait`. A command that the writer cannot take now is tried
  // limits::kTopicTries times before that is its outcome. Unavailable: the writer ended, or Kafka
  // took no answers; the commands stay for the next tenure, and this object has ended.
  Status serve(std::chrono::milliseconds wait);

 private:
  TopicIntake(kafka::ConsumerGroup& group, const Desk& desk,
              std::unique_ptr<kafka::AnswerWriter> answers)
      : group_(group), desk_(desk), answers_(std::move(answers)) {}
  Result<std::vector<Outcome>> outcomes_of(
      const std::vector<kafka::ConsumerGroup::Command>& commands);

  kafka::ConsumerGroup& group_;
  const Desk& desk_;
  std::unique_ptr<kafka::AnswerWriter> answers_;
};

// The record that answers `request` (command_topics.h).
kafka::AnswerWriter::Answer answer_record(const Outcome& outcome, std::string_view request,
                                          std::int64_t offset);

}  // namespace z5::ledger
