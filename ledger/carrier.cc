// SPDX-License-Identifier: Apache-2.0
#include "ledger/carrier.h"

#include <filesystem>

#include "ledger/log/file_log.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"

namespace z5::ledger {

Result<std::unique_ptr<log::Writer>> open_log_writer(
    const Home& home, const Config& config, const std::function<void(const std::string&)>& warn) {
  if (config.log == "file") return log::open_file_writer(home.ledger());
  std::error_code ignored;
  std::filesystem::create_directories(home.ledger(), ignored);  // the checkpoint is kept there
  Z5_TRY(const kafka::Topics topics, kafka::check_topics(config.kafka, config.ledger));
  if (!topics.warning().empty()) warn(topics.warning());
  return kafka::open_kafka_writer(config.kafka, config.ledger, log::EvidenceStore(home.evidence()));
}

OpenLog log_opener(const Home& home, const Config& config) {
  if (config.log == "file") {
    return [folder = home.ledger()](log::Position from) {
      return log::open_file_reader(folder, from);
    };
  }
  return [cluster = config.kafka, ledger = config.ledger,
          store = log::EvidenceStore(home.evidence())](log::Position from) {
    return kafka::open_kafka_reader(cluster, ledger, from, store);
  };
}

Result<LogAddress> parse_log_address(std::string_view address, const std::string& cluster_file) {
  constexpr std::string_view kFile = "file:";
  if (address.starts_with(kFile))
    return LogAddress{std::string(address.substr(kFile.size())), {}, {}};
  if (!address.starts_with(kKafkaScheme))
    return invalid("expected file:PATH or kafka:HOST:PORT/ID");
  Z5_TRY(kafka::Address parsed, kafka::parse_address(address.substr(kKafkaScheme.size())));
  LogAddress found;
  if (!cluster_file.empty()) {
    Z5_TRY(found.cluster, load_cluster(cluster_file));
  }
  found.cluster.brokers = std::move(parsed.brokers);
  found.ledger = std::move(parsed.ledger);
  return found;
}

OpenLog log_opener(const LogAddress& address, const std::string& evidence) {
  if (address.ledger.empty()) {
    return [path = address.file](log::Position from) { return log::open_file_reader(path, from); };
  }
  std::optional<log::EvidenceStore> documents;
  if (!evidence.empty()) documents.emplace(evidence);
  return [cluster = address.cluster, ledger = address.ledger, documents](log::Position from) {
    return kafka::open_kafka_reader_to_end(cluster, ledger, from, documents);
  };
}

bool may_reopen(const Config& config) { return config.log == "kafka"; }

}  // namespace z5::ledger
