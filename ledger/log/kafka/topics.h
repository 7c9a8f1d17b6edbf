// SPDX-License-Identifier: Apache-2.0
// A ledger's topics: their names and the settings without which Kafka would lose or reorder what
// they hold. Made once, when a ledger begins or is mirrored; a service that starts only checks
// them, since making a lost topic again would hide the loss. Each has one partition: one order.
// Each call is a client of its own; any thread.
#pragma once

#include <string>
#include <string_view>

#include "ledger/log/kafka/cluster.h"

namespace z5::kafka {

// The ledger itself; kept for ever, replicated, written in transactions only.
std::string entries_topic(std::string_view ledger);   // z5.<id>.entries: a record a message
std::string evidence_topic(std::string_view ledger);  // z5.<id>.evidence: a document a message

// Commands on their way in, and what became of them; key = command id. Kept for limits::kKafkaKeep.
std::string commands_topic(std::string_view ledger);  // z5.<id>.commands
std::string outcomes_topic(std::string_view ledger);  // z5.<id>.outcomes
// What came as a command and is none; kept as long.
std::string dead_commands_topic(std::string_view ledger);  // z5.<id>.commands.dead

// What others follow; kept for ever: whoever begins late reads them from the start.
std::string promotions_topic(std::string_view ledger);   // z5.<id>.promotions
std::string releases_topic(std::string_view ledger);     // z5.<id>.releases
std::string revocations_topic(std::string_view ledger);  // z5.<id>.revocations
std::string soc_topic(std::string_view ledger);          // z5.<id>.soc

// The topics of a ledger, all there and as they must be.
struct Topics {
  int replicas = 0;  // the fewest that any of them has
  // For the operator, where the cluster is smaller than a ledger deserves; empty when it is not.
  std::string warning() const;
};

// Makes those of the ledger's topics that are not there: one partition, as many replicas as there
// are brokers but at most three, two of three in sync. Then as check_topics.
Result<Topics> create_topics(const Cluster& cluster, std::string_view ledger);

// Unavailable: no broker answers, or a topic is not there. Invalid, naming topic and setting: one
// on which the ledger would not last.
Result<Topics> check_topics(const Cluster& cluster, std::string_view ledger);

}  // namespace z5::kafka
