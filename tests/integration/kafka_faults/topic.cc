// SPDX-License-Identifier: Apache-2.0
// kafka_faults_topic: what somebody with a Kafka client of their own can do to a topic, and what
// really stands in it. Knows the frame and nothing of the product's Kafka code.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "ledger/chain/merkle.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/identity/command.h"
#include "ledger/log/record.h"
#include "schemas/encoding.h"
#include "schemas/entry.h"
#include "schemas/json.h"

namespace z5::faults {
namespace {

constexpr int kPatience = 30'000;  // ms

struct Options {
  std::string properties, topic, transaction, transactional_id;
  bool uncommitted = false, entries = false;
  std::int64_t offset = 0;
};

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "kafka_faults_topic: {}\n", why);
  std::exit(1);
}
void must(rd_kafka_error_t* error) {
  if (error != nullptr) fail(rd_kafka_error_string(error));
}
void must(rd_kafka_resp_err_t error) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
}

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
    fail(why);
}

// A handle with the settings of the file that the broker's script wrote. Ends with the process.
rd_kafka_t* client(const Options& options, rd_kafka_type_t type,
                   const std::vector<std::pair<std::string, std::string>>& more) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::ifstream file(options.properties);
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) set(conf, line.substr(0, equals), line.substr(equals + 1));
  }
  for (const auto& [name, value] : more) set(conf, name, value);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      must(message->err);
      *static_cast<std::int64_t*>(message->_private) = message->offset;
    });
  }
  char why[512];
  rd_kafka_t* handle = rd_kafka_new(type, conf, why, sizeof why);
  if (handle == nullptr) fail(why);
  return handle;
}

// The id's other producers are fenced from here on.
rd_kafka_t* transactional_producer(const Options& options) {
  rd_kafka_t* producer =
      client(options, RD_KAFKA_PRODUCER,
             {{"transactional.id", options.transactional_id}, {"transaction.timeout.ms", "5000"}});
  must(rd_kafka_init_transactions(producer, kPatience));
  return producer;
}

void fence(const Options& options) { static_cast<void>(transactional_producer(options)); }

// Appends stdin as one message. With --transaction: open leaves it to the broker to end it.
void append(const Options& options) {
  const std::string value{std::istreambuf_iterator<char>(std::cin), {}};
  const bool transactional = !options.transaction.empty();
  rd_kafka_t* producer =
      transactional ? transactional_producer(options)
                    : client(options, RD_KAFKA_PRODUCER, {{"message.max.bytes", "100000000"}});
  if (transactional) must(rd_kafka_begin_transaction(producer));
  std::int64_t offset = -1;
  must(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(options.topic.c_str()), RD_KAFKA_V_PARTITION(0),
                         RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                         RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(&offset),
                         RD_KAFKA_V_END));
  must(rd_kafka_flush(producer, kPatience));
  if (options.transaction == "commit") must(rd_kafka_commit_transaction(producer, kPatience));
  if (options.transaction == "abort") must(rd_kafka_abort_transaction(producer, kPatience));
  fmt::print("{}\n", offset);
}

Json headers_of(const rd_kafka_message_t* message) {
  Json headers = Json::object();
  rd_kafka_headers_t* found = nullptr;
  if (rd_kafka_message_headers(message, &found) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(found, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    headers[name] = std::string(static_cast<const char*>(value), size);
  return headers;
}

std::string command_id(std::string_view bundle) {
  const auto parsed = sigstore::parse_bundle(bundle);
  if (!parsed.ok() || !parsed->envelope) fail("an entry's command is no bundle");
  const auto command = identity::parse_command(parsed->envelope->payload);
  if (!command.ok()) fail("an entry's command: " + command.error().message);
  return command->command_id;
}

// What an entry of the ledger says, read from its frame.
void describe_entry(std::string_view value, Json& line) {
  const Bytes aligned(value);
  const auto record = log::read_record(aligned);
  if (!record.ok() || !*record) {
    line["record"] = false;
    return;
  }
  const auto entry = decode_entry((*record)->body);
  if (!entry.ok()) fail("an entry: " + entry.error().message);
  line["sequence"] = entry->sequence;
  line["recorded_at"] = entry->recorded_at;
  line["event"] = event_name(*entry);
  line["entry_hash"] = chain::entry_hash((*record)->body).text();
  line["sealed"] = !(*record)->seal.empty();
  const auto commands = log::decode_commands((*record)->commands);
  if (!commands.empty()) line["command_id"] = command_id(commands.front().bytes);
}

void print_message(const Options& options, const rd_kafka_message_t* message) {
  const std::string_view value(static_cast<const char*>(message->payload), message->len);
  Json line = {{"offset", message->offset},
               {"size", message->len},
               {"sha256", sha256(value).text()},
               {"headers", headers_of(message)}};
  if (message->key_len > 0) {
    line["key"] = std::string(static_cast<const char*>(message->key), message->key_len);
  }
  if (options.entries) {
    describe_entry(value, line);
  } else {
    line["value"] = to_base64(value);
  }
  fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// Every message up to the end that the topic has now, one JSON line each.
void read(const Options& options) {
  rd_kafka_t* consumer =
      client(options, RD_KAFKA_CONSUMER,
             {{"group.id", "z5.stranger"},
              {"enable.auto.commit", "false"},
              {"auto.offset.reset", "error"},
              {"enable.partition.eof", "true"},
              {"check.crcs", "true"},
              {"isolation.level", options.uncommitted ? "read_uncommitted" : "read_committed"}});
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, options.topic.c_str(), 0)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  must(rd_kafka_assign(consumer, list));
  for (;;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, kPatience);
    if (message == nullptr) fail("no broker answers");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
    must(message->err);
    print_message(options, message);
    rd_kafka_message_destroy(message);
  }
}

// The node that leads the partition; -1: none.
void leader(const Options& options) {
  rd_kafka_t* asking = client(options, RD_KAFKA_PRODUCER, {{"allow.auto.create.topics", "false"}});
  rd_kafka_topic_t* topic = rd_kafka_topic_new(asking, options.topic.c_str(), nullptr);
  const struct rd_kafka_metadata* found = nullptr;
  must(rd_kafka_metadata(asking, 0, topic, &found, kPatience));
  if (found->topic_cnt != 1 || found->topics[0].partition_cnt < 1) fail("there is no such topic");
  fmt::print("{}\n", found->topics[0].partitions[0].leader);
}

void wait_for_admin(rd_kafka_queue_t* queue) {
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kPatience);
  if (event == nullptr) fail("no broker answers");
  must(rd_kafka_event_error(event));
}

void truncate(const Options& options) {
  rd_kafka_t* admin = client(options, RD_KAFKA_PRODUCER, {});
  rd_kafka_queue_t* queue = rd_kafka_queue_new(admin);
  rd_kafka_topic_partition_list_t* before = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(before, options.topic.c_str(), 0)->offset = options.offset;
  rd_kafka_DeleteRecords_t* records = rd_kafka_DeleteRecords_new(before);
  rd_kafka_DeleteRecords(admin, &records, 1, nullptr, queue);
  wait_for_admin(queue);
}

void remove(const Options& options) {
  rd_kafka_t* admin = client(options, RD_KAFKA_PRODUCER, {});
  rd_kafka_queue_t* queue = rd_kafka_queue_new(admin);
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(options.topic.c_str());
  rd_kafka_DeleteTopics(admin, &topic, 1, nullptr, queue);
  wait_for_admin(queue);
}

}  // namespace
}  // namespace z5::faults

int main(int argc, char** argv) {
  using namespace z5::faults;
  CLI::App app("A stranger at a topic's partition 0.");
  app.require_subcommand(1);
  Options options;
  app.add_option("--properties", options.properties, "librdkafka's settings")->required();
  const auto verb = [&](const char* name, void (*call)(const Options&)) {
    CLI::App* sub = app.add_subcommand(name);
    sub->add_option("topic", options.topic)->required();
    sub->final_callback([&options, call] { call(options); });
    return sub;
  };
  app.add_option("--transactional-id", options.transactional_id);
  verb("append", append)
      ->add_option("--transaction", options.transaction)
      ->check(CLI::IsMember({"commit", "abort", "open"}));
  verb("fence", fence);
  CLI::App* reading = verb("read", read);
  reading->add_flag("--uncommitted", options.uncommitted);
  reading->add_flag("--entries", options.entries, "what the ledger's entries say");
  verb("truncate", truncate)->add_option("offset", options.offset)->required();
  verb("delete", remove);
  verb("leader", leader);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  std::fflush(stdout);
  std::_Exit(0);  // librdkafka's threads are not waited for
}
