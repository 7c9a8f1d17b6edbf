// SPDX-License-Identifier: Apache-2.0
// A ledger's topics: their names and the settings without which Kafka would lose or reorder
// entries. Made once, when a ledger begins or is mirrored; a service that starts only checks them,
// since making a lost topic again would hide the loss. Each call is a client of its own; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "ledger/log/kafka/cluster.h"

namespace z5::kafka {

std::string entries_topic(std::string_view ledger);  // z5.<id>.entries

struct Topic {
  std::string name;
  int replicas = 0;
  // For the operator, where the cluster is smaller than a ledger deserves; empty when it is not.
  std::string warning() const;
};

// Makes the topic of the ledger's entries where there is none: one partition, as many replicas as
// there are brokers but at most three, two of three in sync, nothing ever deleted. Then as
// check_entries.
Result<Topic> create_entries(const Cluster& cluster, std::string_view ledger);

// Unavailable: no broker answers, or there is no such topic. Invalid, naming the setting: a topic
// on which the ledger would not last.
Result<Topic> check_entries(const Cluster& cluster, std::string_view ledger);

}  // namespace z5::kafka
