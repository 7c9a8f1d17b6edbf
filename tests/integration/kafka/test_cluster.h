// SPDX-License-Identifier: Apache-2.0
// A real broker for all tests of one program, and what somebody with access to it can do to a
// ledger's topic behind our back.
#pragma once

#include <librdkafka/rdkafka.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain/appender.h"
#include "ledger/log/evidence_store.h"
#include "ledger/log/kafka/cluster.h"
#include "ledger/log/log.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::kafka {

// `ops/kafka/broker VERB --data DIR`; its exit status. The first call starts the broker (--secure),
// which ends with the program. With Z5_KAFKA_DATA set, the one that runs in that folder is used.
int broker(const std::string& verb);
// As user "writer", "reader", "feed", "client" or "admin", who have those rights only.
Cluster cluster_of(const std::string& user);
// The same through the listener with TLS.
Cluster over_tls(const std::string& user);
std::string password_of(const std::string& user);
std::vector<std::filesystem::path> broker_logs();
// A ledger's id that no test used before, and its topics, made: those of entries and evidence, or
// all.
std::string fresh_ledger(bool all_topics = false);

// Somebody with the writer's rights and a plain or transactional producer of their own.
class Stranger {
 public:
  explicit Stranger(const std::string& transactional_id = "", const std::string& user = "writer");
  ~Stranger();
  void begin();
  // Its offset, acknowledged; -1: refused. `headers` are name and value.
  std::int64_t append(const std::string& topic, std::string_view value,
                      const Settings& headers = {}, std::string_view key = {});
  void abort();
  void commit();

 private:
  rd_kafka_t* producer_;
};
// Whether `user` gets an answer from the topic's partition.
bool may_read(const std::string& user, const std::string& topic);
// Everything in the topic, aborted transactions too.
std::vector<std::string> read_uncommitted(const std::string& topic);
void delete_topic(const std::string& topic);
// Takes away what stands before `offset`.
void truncate_topic(const std::string& topic, std::int64_t offset);
// With the broker's defaults for what is not named, and without our checks.
void create_topic(const std::string& topic, Settings settings = {});
void change_topic(const std::string& topic, const std::string& setting, const std::string& value);

// An appender of the sample ledger on Kafka; Trust with a zero genesis for a new one.
Result<std::unique_ptr<chain::Appender>> open_appender(
    const std::string& ledger, chain::Trust trust, const std::string& checkpoint = {},
    std::optional<log::EvidenceStore> evidence = {});
// Genesis and groups of the given sizes, as sample::write_ledger does it on a file.
chain::Trust write_ledger(const std::string& ledger, const std::vector<int>& groups);
// Reads and verifies all of it; the head, or the first error. `frames` (may be null) gets the
// bytes.
Result<chain::Head> verify(const std::string& ledger, const chain::Trust& trust,
                           Bytes* frames = nullptr);

}  // namespace z5::kafka
