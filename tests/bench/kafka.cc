// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/kafka.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "ledger/log/kafka/client.h"
#include "tests/bench/bench.h"

namespace z5::bench {

Broker::Broker() {
  // bin/ lies in build/release/.
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  tool_ = self.parent_path() / "../../../ops/kafka/broker";
  Z5_ASSERT(verb("up") == 0);
  std::ifstream file(folder_.path() + "/client.properties");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("bootstrap.servers=")) cluster_.brokers = line.substr(line.find('=') + 1);
  }
}

Broker::~Broker() { verb("down"); }

int Broker::verb(const std::string& words) const {
  return std::system(fmt::format("{} {} --data {} >&2", tool_, words, folder_.path()).c_str());
}

std::string Broker::fresh_ledger() {
  const std::string ledger = fmt::format("bench-{}", ++count_);
  must(kafka::create_topics(cluster_, ledger));
  return ledger;
}

support::WorldOptions on(Broker& broker, support::WorldOptions options) {
  const std::string ledger = broker.fresh_ledger();
  options.open_writer = [&broker, ledger](const log::EvidenceStore& store) {
    return kafka::open_kafka_writer(broker.cluster(), ledger, store);
  };
  options.open_reader = [&broker, ledger](log::Position from) {
    return kafka::open_kafka_reader(broker.cluster(), ledger, from);
  };
  return options;
}

Bare bare_transactions(const kafka::Cluster& cluster, const std::string& topic,
                       const std::string& record, std::size_t group, double seconds) {
  const auto client = must(kafka::Client::make(cluster, RD_KAFKA_PRODUCER,
                                               {{"transactional.id", "bare"}, {"acks", "all"}}));
  Z5_ASSERT(rd_kafka_init_transactions(client->get(), 60'000) == nullptr);
  const kafka::TopicHandle handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
  std::vector<kafka::Delivery> deliveries(group);
  Waits waits;
  std::size_t count = 0;
  auto start = std::chrono::steady_clock::now();
  for (bool warm = false; !warm || seconds_since(start) < seconds; count += group) {
    const auto begun = std::chrono::steady_clock::now();
    Z5_ASSERT(rd_kafka_begin_transaction(client->get()) == nullptr);
    for (kafka::Delivery& delivery : deliveries) {
      Z5_ASSERT(rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY,
                                 const_cast<char*>(record.data()), record.size(), nullptr, 0,
                                 &delivery) == 0);
    }
    Z5_ASSERT(rd_kafka_commit_transaction(client->get(), 60'000) == nullptr);
    if (!warm) {  // the first asks where the partition lives
      warm = true;
      count = 0 - group;
      start = std::chrono::steady_clock::now();
      continue;
    }
    waits.add(seconds_since(begun) * 1000);
  }
  return {static_cast<double>(count) / seconds_since(start), waits.quantile(0.5),
          waits.quantile(0.99)};
}

double bare_consumer(const kafka::Cluster& cluster, const std::string& topic, std::size_t count) {
  const auto client = must(kafka::make_consumer(cluster));
  const kafka::TopicHandle handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
  const auto start = std::chrono::steady_clock::now();
  Z5_ASSERT(rd_kafka_consume_start(handle.get(), 0, 0) == 0);
  std::vector<rd_kafka_message_t*> messages(1'000);
  for (std::size_t read = 0; read < count;) {
    const auto got =
        rd_kafka_consume_batch(handle.get(), 0, 30'000, messages.data(), messages.size());
    Z5_ASSERT(got > 0);
    for (ssize_t i = 0; i < got; ++i) {
      const kafka::Message message(messages[static_cast<std::size_t>(i)]);
      read += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
  }
  const double seconds = seconds_since(start);
  rd_kafka_consume_stop(handle.get(), 0);
  return static_cast<double>(count) / seconds;
}

}  // namespace z5::bench
