// SPDX-License-Identifier: Apache-2.0
// Membership of the consumer group z5.<id>.writer. Kafka gives the one partition of
// z5.<id>.commands to one member: that member is elected to write the ledger, and takes the
// commands of the topic. A member that ends says so and another is elected at once; one that is
// silent is given up after limits::kElectionSession. A member that joins changes nothing.
//
// Election only avoids two writers at work; what makes a second one harmless is the fencing of
// open_kafka_writer. So whoever finds itself no longer elected has stopped being able to write
// already, and stops trying.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/log/kafka/client.h"
#include "schemas/digest.h"

namespace z5::kafka {

class ConsumerGroup {
 public:
  struct Command {
    Bytes bytes;
    std::int64_t offset = 0;
  };

  // Joins. `address` is how the others, and through them clients, find this member: it is its
  // client.id. Invalid: a setting that librdkafka does not take.
  static Result<std::unique_ptr<ConsumerGroup>> join(const Cluster& cluster,
                                                     std::string_view ledger,
                                                     const std::string& address);
  ~ConsumerGroup();  // leaves

  // Takes part for `wait`. Must be called (or take()) at least every limits::kElectionPoll: else
  // the group gives this member up.
  void wait(std::chrono::milliseconds wait);
  // What came within `wait`, at most limits::kTopicBatch commands. Who is not elected gets none.
  std::vector<Command> take(std::chrono::milliseconds wait);
  // Whether this member is the elected one, as of the last of those.
  bool elected();
  // These commands, and all before them, need not be taken again by anybody. Does not wait for the
  // broker: where it does not hear of it, somebody takes them again.
  void done(const std::vector<Command>& commands);

  // The elected member's address; empty when there is none or Kafka does not say.
  std::string leader();
  // Why it may be that nobody is elected; empty when nothing is known.
  const std::string& trouble() const { return trouble_.empty() ? client_->trouble() : trouble_; }

 private:
  ConsumerGroup(std::string name, std::string topic, std::unique_ptr<Client> client)
      : name_(std::move(name)), topic_(std::move(topic)), client_(std::move(client)) {}

  bool poll(std::chrono::milliseconds wait);

  std::string name_, topic_;
  std::string trouble_;
  std::vector<Command> held_;  // came, but nobody has taken it
  std::unique_ptr<Client> client_;
};

}  // namespace z5::kafka
