// SPDX-License-Identifier: Apache-2.0
// A Kafka of the bench's own, and what bare librdkafka does on it: the limits of the benches whose
// log is Kafka.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "tests/support/world.h"

namespace z5::bench {

// One broker on loopback, started through ops/kafka/broker; gone with the object.
class Broker {
 public:
  Broker();
  ~Broker();
  Broker(const Broker&) = delete;
  const kafka::Cluster& cluster() const { return cluster_; }
  std::string fresh_ledger();  // its id; the topics are made

 private:
  int verb(const std::string& words) const;
  support::TemporaryFolder folder_;
  std::string tool_;
  kafka::Cluster cluster_;
  int count_ = 0;
};

// The value; a bench that cannot go on says why and ends.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "z5-bench: %s\n", result.error().message.c_str());
  return std::move(result).value();
}

// A world whose log is on that broker.
support::WorldOptions on(Broker& broker, support::WorldOptions options);

// Records a second of one transactional producer that sends `record`, `group` of them a
// transaction, as fast as it is let.
struct Bare {
  double per_second = 0, p50_ms = 0, p99_ms = 0;
};
Bare bare_transactions(const kafka::Cluster& cluster, const std::string& topic,
                       const std::string& record, std::size_t group, double seconds);
// Records a second of one consumer that reads `count` of them and looks at none.
double bare_consumer(const kafka::Cluster& cluster, const std::string& topic, std::size_t count);

}  // namespace z5::bench
