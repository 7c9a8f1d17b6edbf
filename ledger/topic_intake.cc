// SPDX-License-Identifier: Apache-2.0
#include "ledger/topic_intake.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/routes.h"

namespace z5::ledger {
namespace {

using Commands = std::vector<kafka::ConsumerGroup::Command>;

// Outcomes as they come, from whatever thread.
class Arrivals {
 public:
  explicit Arrivals(std::size_t count) : outcomes_(count), missing_(count) {}

  void set(std::size_t i, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_[i] = std::move(outcome);
    if (--missing_ == 0) all_.notify_one();
  }
  std::vector<Outcome> wait() {
    std::unique_lock lock(mutex_);
    all_.wait(lock, [this] { return missing_ == 0; });
    return std::move(outcomes_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::vector<Outcome> outcomes_;
  std::size_t missing_;
};

// What is said about who did not authenticate quotes their bytes: not without end.
void shorten(Outcome& outcome) {
  for (Refusal& refusal : outcome.refusals) {
    if (refusal.reason.size() > limits::kMaxDeadReason)
      refusal.reason.resize(limits::kMaxDeadReason);
  }
}

}  // namespace

kafka::AnswerWriter::Answer answer_record(const Outcome& outcome, std::string_view request,
                                          std::int64_t offset) {
  const std::string digest = sha256(request).text();
  const bool dead = outcome.command_id.empty();
  Outcome said = outcome;
  if (dead) shorten(said);
  const http::Response response = response_of(said);
  Json value = {
      {"status", response.status}, {"request", digest}, {"answer", *parse_json(response.body)}};
  if (dead) value["offset"] = offset;
  return {dead, dead ? digest : outcome.command_id,
          value.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Result<std::unique_ptr<TopicIntake>> TopicIntake::open(const Config& config,
                                                       kafka::ConsumerGroup& group,
                                                       const Desk& desk) {
  Z5_TRY(auto answers, kafka::AnswerWriter::open(config.kafka, config.ledger));
  return std::unique_ptr<TopicIntake>(new TopicIntake(group, desk, std::move(answers)));
}

Result<std::vector<Outcome>> TopicIntake::outcomes_of(const Commands& commands) {
  std::vector<Outcome> outcomes(commands.size());
  std::vector<std::size_t> open(commands.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  for (unsigned tries = 0; !open.empty() && tries < limits::kTopicTries; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(limits::kTopicPause);
    const auto arrivals = std::make_shared<Arrivals>(open.size());
    for (std::size_t i = 0; i < open.size(); ++i) {
      desk_.intake.take(commands[open[i]].bytes,
                        [arrivals, i](Outcome outcome) { arrivals->set(i, std::move(outcome)); });
    }
    std::vector<Outcome> came = arrivals->wait();
    if (const auto why = desk_.writer.ended()) return unavailable(*why);
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < came.size(); ++i) {
      if (came[i].answer == Answer::Unavailable) again.push_back(open[i]);
      outcomes[open[i]] = std::move(came[i]);
    }
    open = std::move(again);
  }
  return outcomes;
}

Status TopicIntake::serve(std::chrono::milliseconds wait) {
  const Commands commands = group_.take(wait);
  if (commands.empty()) return Done{};
  Z5_TRY(const std::vector<Outcome> outcomes, outcomes_of(commands));
  std::vector<kafka::AnswerWriter::Answer> answers;
  for (std::size_t i = 0; i < commands.size(); ++i)
    answers.push_back(answer_record(outcomes[i], commands[i].bytes, commands[i].offset));
  Z5_CHECK(answers_->put(answers));
  group_.done(commands);
  return Done{};
}

}  // namespace z5::ledger
