// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/kafka/test_cluster.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ledger/log/kafka/admin.h"
#include "ledger/log/kafka/client.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::kafka {
namespace {

using namespace chain;

class Running {
 public:
  Running() {
    if (const char* given = std::getenv("Z5_KAFKA_DATA")) {
      data_ = given;
    } else {
      data_ = std::filesystem::temp_directory_path() / ("z5-kafka-" + std::to_string(::getpid()));
      Z5_ASSERT(verb("up --secure") == 0);
      mine_ = true;
    }
  }
  ~Running() {
    if (!mine_) return;
    verb("down");
    std::filesystem::remove_all(data_);
  }
  int verb(const std::string& words) const {
    const int status = std::system(
        ("ops/kafka/broker " + words + " --data " + data_.string() + " >/dev/null").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::filesystem::path& data() const { return data_; }

 private:
  std::filesystem::path data_;
  bool mine_ = false;
};
const Running& running() {
  static const Running one;
  return one;
}

}  // namespace

int broker(const std::string& verb) { return running().verb(verb); }

namespace {

// A line of the settings that the broker wrote for `user`.
std::string setting_of(const std::string& user, const std::string& name, const char* kind = "") {
  std::ifstream file(running().data() / ("client-" + user + kind + ".properties"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::string password_of(const std::string& user) { return setting_of(user, "sasl.password"); }

Cluster cluster_of(const std::string& user) {
  Cluster cluster;
  cluster.brokers = setting_of(user, "bootstrap.servers");
  cluster.security_protocol = "sasl_plaintext";
  cluster.sasl_mechanism = "PLAIN";
  cluster.sasl_username = user;
  cluster.sasl_password_file = running().data() / (user + ".password");
  std::ofstream(cluster.sasl_password_file) << password_of(user) << "\n";
  return cluster;
}

Cluster over_tls(const std::string& user) {
  Cluster cluster = cluster_of(user);
  cluster.brokers = setting_of(user, "bootstrap.servers", ".tls");
  cluster.security_protocol = "sasl_ssl";
  cluster.ssl_ca = setting_of(user, "ssl.ca.location", ".tls");
  return cluster;
}

std::vector<std::filesystem::path> broker_logs() {
  return {running().data() / "node-1" / "broker.log"};
}

namespace {

std::unique_ptr<Client> admin() { return std::move(*make_consumer(cluster_of("admin"))); }

// Says why, since a test cannot go on without it.
void must(const Status& done) {
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  Z5_ASSERT(done.ok());
}

}  // namespace

std::string fresh_ledger(bool all_topics) {
  static int count = 0;
  const std::string ledger = "t" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  if (all_topics) {
    const auto made = create_topics(cluster_of("writer"), ledger);
    must(made.ok() ? Status(Done{}) : Status(made.error()));
  } else {  // a killed broker recovers each of them before it serves again
    create_topic(entries_topic(ledger),
                 {{"max.message.bytes", std::to_string(limits::kKafkaMessage)}});
    create_topic(evidence_topic(ledger),
                 {{"max.message.bytes", std::to_string(limits::kKafkaDocument)}});
  }
  return ledger;
}

Stranger::Stranger(const std::string& transactional_id, const std::string& user) {
  Settings settings = {{"message.max.bytes", "8000000"}};
  if (!transactional_id.empty()) settings.emplace_back("transactional.id", transactional_id);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  const auto reach = settings_of(cluster_of(user));
  Z5_ASSERT(reach.ok());
  for (const auto& from : {*reach, settings}) {
    for (const auto& [name, value] : from)
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why);
  }
  rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    *static_cast<std::int64_t*>(message->_private) =
        message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? message->offset : -1;
  });
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  Z5_ASSERT(producer_ != nullptr);
  if (!transactional_id.empty())
    Z5_ASSERT(rd_kafka_init_transactions(producer_, 60'000) == nullptr);
}
Stranger::~Stranger() { rd_kafka_destroy(producer_); }
void Stranger::begin() { Z5_ASSERT(rd_kafka_begin_transaction(producer_) == nullptr); }
void Stranger::abort() { Z5_ASSERT(rd_kafka_abort_transaction(producer_, 60'000) == nullptr); }
void Stranger::commit() { Z5_ASSERT(rd_kafka_commit_transaction(producer_, 60'000) == nullptr); }
std::int64_t Stranger::append(const std::string& topic, std::string_view value,
                              const Settings& headers, std::string_view key) {
  std::int64_t offset = -1;
  rd_kafka_headers_t* sent = rd_kafka_headers_new(headers.size());
  for (const auto& [name, text] : headers)
    rd_kafka_header_add(sent, name.c_str(), -1, text.data(), static_cast<ssize_t>(text.size()));
  rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                    RD_KAFKA_V_KEY(key.data(), key.size()),
                    RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(sent),
                    RD_KAFKA_V_OPAQUE(&offset), RD_KAFKA_V_END);
  rd_kafka_flush(producer_, 60'000);
  return offset;
}

bool may_read(const std::string& user, const std::string& topic) {
  const auto client = std::move(*make_consumer(cluster_of(user)));
  const auto shape = client->shape(topic, std::chrono::seconds(60));
  if (!shape.ok() || shape->partitions == 0) return false;
  const TopicHandle handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
  rd_kafka_consume_start(handle.get(), 0, 0);
  const Message message(rd_kafka_consume(handle.get(), 0, 60'000));
  rd_kafka_consume_stop(handle.get(), 0);
  return message && (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
                     message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF);
}

std::vector<std::string> read_uncommitted(const std::string& topic) {
  const auto client = std::move(*make_consumer(cluster_of("reader"), false));
  const TopicHandle handle(rd_kafka_topic_new(client->get(), topic.c_str(), nullptr));
  rd_kafka_consume_start(handle.get(), 0, 0);
  std::vector<std::string> values;
  for (;;) {
    const Message message(rd_kafka_consume(handle.get(), 0, 60'000));
    if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    values.emplace_back(static_cast<const char*>(message->payload), message->len);
  }
  rd_kafka_consume_stop(handle.get(), 0);
  return values;
}

void delete_topic(const std::string& topic) {
  const auto client = admin();
  rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
  const auto answer = ask(*client, RD_KAFKA_ADMIN_OP_DELETETOPICS, topic,
                          [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_DeleteTopics(client->get(), &gone, 1, options, queue);
                          });
  rd_kafka_DeleteTopic_destroy(gone);
  must(answer.ok() ? Status(Done{}) : Status(answer.error()));
  while (client->shape(topic, std::chrono::seconds(60))->partitions != 0) ::usleep(20'000);
}

void truncate_topic(const std::string& topic, std::int64_t offset) {
  const auto client = admin();
  rd_kafka_topic_partition_list_t* before = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(before, topic.c_str(), 0)->offset = offset;
  rd_kafka_DeleteRecords_t* gone = rd_kafka_DeleteRecords_new(before);
  const auto answer = ask(*client, RD_KAFKA_ADMIN_OP_DELETERECORDS, topic,
                          [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_DeleteRecords(client->get(), &gone, 1, options, queue);
                          });
  rd_kafka_DeleteRecords_destroy(gone);
  rd_kafka_topic_partition_list_destroy(before);
  must(answer.ok() ? Status(Done{}) : Status(answer.error()));
}

void create_topic(const std::string& topic, Settings settings) {
  const NewTopic wanted{topic, 1, std::move(settings)};
  must(make_topics(*admin(), {&wanted, 1}));
}

// AlterConfigs forgets what it is not told, so it is told all that we ever set.
void change_topic(const std::string& topic, const std::string& setting, const std::string& value) {
  const auto client = admin();
  const auto shown = [&] { return std::move((*describe_topics(*client, {&topic, 1})).front()); };
  TopicSettings settings = shown();
  settings[setting] = value;
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  for (const char* name : {"cleanup.policy", "retention.ms", "retention.bytes",
                           "min.insync.replicas", "max.message.bytes", "message.timestamp.type"})
    rd_kafka_ConfigResource_set_config(resource, name, settings[name].c_str());
  const auto answer = ask(*client, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, topic,
                          [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_AlterConfigs(client->get(), &resource, 1, options, queue);
                          });
  rd_kafka_ConfigResource_destroy(resource);
  must(answer.ok() ? Status(Done{}) : Status(answer.error()));
  while (shown()[setting] != value) ::usleep(20'000);
}

Result<std::unique_ptr<Appender>> open_appender(const std::string& ledger, Trust trust,
                                                const std::string& checkpoint,
                                                std::optional<log::EvidenceStore> evidence) {
  Z5_TRY(auto writer, open_kafka_writer(cluster_of("writer"), ledger, std::move(evidence)));
  return Appender::open(std::move(writer), {std::move(trust), sample::key(), checkpoint}, {});
}

Trust write_ledger(const std::string& ledger, const std::vector<int>& groups) {
  auto opened = open_appender(ledger, sample::trust());
  if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.error().message.c_str());
  auto appender = std::move(*opened);
  Z5_ASSERT(appender->sealer().begin(sample::kStart).ok());
  Entry genesis = sample::opened();
  Z5_ASSERT(appender->sealer().add(genesis, {}).ok());
  Z5_ASSERT(appender->commit().ok());
  Time at = sample::kStart;
  for (const int count : groups) {
    at = at + std::chrono::seconds(1);
    Z5_ASSERT(sample::append(*appender, count, at).ok());
  }
  return appender->trust();
}

Result<Head> verify(const std::string& ledger, const Trust& trust, Bytes* frames) {
  Z5_TRY(const auto reader, open_kafka_reader_to_end(cluster_of("reader"), ledger));
  Verifier verifier(empty_head(trust));
  for (log::Batch batch;;) {
    Z5_CHECK(reader->next(batch, std::chrono::milliseconds(0)));
    if (batch.empty()) break;
    for (const log::RecordView& record : batch.records()) {
      Z5_TRY([[maybe_unused]] const bool ended, verifier.take(record));
      if (frames != nullptr) *frames += record.frame;
    }
  }
  Z5_CHECK(verifier.finish());
  return verifier.head();
}

}  // namespace z5::kafka
