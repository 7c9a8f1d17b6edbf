// SPDX-License-Identifier: Apache-2.0
// The log that carries this ledger, as config.toml names it: `ledger.log` is "file" (the home's own
// folder) or "kafka" (the cluster of [kafka]). Every service opens its ledger through here. Any
// thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/home.h"
#include "ledger/log/log.h"

namespace z5::ledger {

// Errors are those of open_file_writer and open_kafka_writer; on Kafka also Invalid for a topic
// that would lose entries. `warn` hears what an operator should know.
Result<std::unique_ptr<log::Writer>> open_log_writer(
    const Home& home, const Config& config, const std::function<void(const std::string&)>& warn);

// Opens a reader that follows the log. A value of its own: home and config need not outlive it.
using OpenLog = std::function<Result<std::unique_ptr<log::Reader>>(log::Position)>;
OpenLog log_opener(const Home& home, const Config& config);

// A log by its address, for programs that need no home: file:PATH of the entries file or of the
// folder that holds it, or kafka:HOST:PORT[,HOST:PORT…]/ID.
struct LogAddress {
  std::string file;  // empty for a log on Kafka
  kafka::Cluster cluster;
  std::string ledger;  // short id, on Kafka
};
inline constexpr std::string_view kKafkaScheme = "kafka:";
// Invalid: neither. `cluster_file`: one with a [kafka] table, for a cluster that asks for TLS or a
// password; empty = none.
Result<LogAddress> parse_log_address(std::string_view address, const std::string& cluster_file);
// Readers to the end that the log has when each is opened. A value of its own. `evidence`: folder
// for the documents that come with entries on Kafka; empty = they are not fetched.
OpenLog log_opener(const LogAddress& address, const std::string& evidence = "");

// True when a writer whose append has an unknown outcome may be opened again by the same process:
// what it reads then is the log's own word. A file's pages may still look whole after a failed
// sync, so there somebody has to look first.
bool may_reopen(const Config& config);

}  // namespace z5::ledger
