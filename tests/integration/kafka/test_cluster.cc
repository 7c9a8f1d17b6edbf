// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/kafka/test_cluster.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ledger/log/kafka/client.h"
#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"

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

Cluster cluster_of(const std::string& user) {
  Cluster cluster;
  cluster.security_protocol = "sasl_plaintext";
  cluster.sasl_mechanism = "PLAIN";
  cluster.sasl_username = user;
  cluster.sasl_password_file = running().data() / (user + ".password");
  std::ifstream file(running().data() / ("client-" + user + ".properties"));
  for (std::string line; std::getline(file, line);) {
    const std::string value = line.substr(line.find('=') + 1);
    if (line.starts_with("bootstrap.servers=")) cluster.brokers = value;
    if (line.starts_with("sasl.password="))
      std::ofstream(cluster.sasl_password_file) << value << "\n";
  }
  return cluster;
}

std::string fresh_ledger() {
  static int count = 0;
  const std::string ledger = "t" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  const auto topic = create_entries(cluster_of("writer"), ledger);
  if (!topic.ok()) std::fprintf(stderr, "%s\n", topic.error().message.c_str());
  Z5_ASSERT(topic.ok());
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
  producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  Z5_ASSERT(producer_ != nullptr);
  if (!transactional_id.empty())
    Z5_ASSERT(rd_kafka_init_transactions(producer_, 60'000) == nullptr);
}
Stranger::~Stranger() { rd_kafka_destroy(producer_); }
void Stranger::begin() { Z5_ASSERT(rd_kafka_begin_transaction(producer_) == nullptr); }
void Stranger::abort() { Z5_ASSERT(rd_kafka_abort_transaction(producer_, 60'000) == nullptr); }
void Stranger::commit() { Z5_ASSERT(rd_kafka_commit_transaction(producer_, 60'000) == nullptr); }
std::int64_t Stranger::append(const std::string& topic, std::string_view value) {
  std::int64_t offset = -1;
  rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                    RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&offset),
                    RD_KAFKA_V_END);
  rd_kafka_flush(producer_, 60'000);
  return offset;
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
  const auto client = std::move(*make_consumer(cluster_of("admin")));
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client->get());
  rd_kafka_DeleteTopic_t* gone = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client->get(), &gone, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 60'000);
  Z5_ASSERT(event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_event_destroy(event);
  rd_kafka_DeleteTopic_destroy(gone);
  rd_kafka_queue_destroy(queue);
  while (client->shape(topic, std::chrono::seconds(60))->partitions != 0) ::usleep(50'000);
}

void create_topic_with_defaults(const std::string& topic) {
  const auto client = std::move(*make_consumer(cluster_of("admin")));
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client->get());
  char why[512];
  rd_kafka_NewTopic_t* fresh = rd_kafka_NewTopic_new(topic.c_str(), 1, 1, why, sizeof why);
  rd_kafka_CreateTopics(client->get(), &fresh, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 60'000);
  Z5_ASSERT(event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_event_destroy(event);
  rd_kafka_NewTopic_destroy(fresh);
  rd_kafka_queue_destroy(queue);
}

Result<std::unique_ptr<Appender>> open_appender(const std::string& ledger, Trust trust,
                                                const std::string& checkpoint) {
  Z5_TRY(auto writer, open_kafka_writer(cluster_of("writer"), ledger));
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
