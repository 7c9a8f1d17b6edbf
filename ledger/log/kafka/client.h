// SPDX-License-Identifier: Apache-2.0
// librdkafka's handles as objects that end themselves, and its errors as ours. Not for use outside
// this folder (kafka_log.h is the door). A Client belongs to one thread; librdkafka has threads of
// its own, which never call into us: callbacks run inside poll() only.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "ledger/log/kafka/cluster.h"

namespace z5::kafka {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;

// What librdkafka reports about a message that was sent; its address goes along as the opaque.
struct Delivery {
  std::int64_t offset = -1;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__IN_PROGRESS;
};

class Client {
 public:
  // With the cluster's settings, then `more`. Invalid: a setting that librdkafka does not take.
  static Result<std::unique_ptr<Client>> make(const Cluster& cluster, rd_kafka_type_t type,
                                              const Settings& more);

  rd_kafka_t* get() const { return handle_.get(); }
  // Runs callbacks; does not wait.
  void poll() { rd_kafka_poll(handle_.get(), 0); }

  // What librdkafka said last about its connections; empty when it had nothing to say.
  const std::string& trouble() const { return trouble_; }
  bool denied() const { return denied_; }  // asking again does not help

  // "what: why", with what is known about the connection.
  Error failed(std::string_view what, std::string_view why);

  // First and next offset of the topic's partition: committed ones, or, for a read_uncommitted
  // consumer, all. Unavailable: no broker answers.
  struct Offsets {
    std::uint64_t low, high;
  };
  Result<Offsets> offsets(const std::string& topic, std::chrono::milliseconds timeout);

  // How many partitions and replicas the topic has; 0 partitions: there is no such topic.
  struct Shape {
    int partitions = 0, replicas = 0, brokers = 0;
  };
  Result<Shape> shape(const std::string& topic, std::chrono::milliseconds timeout);

 private:
  Client() = default;

  Result<std::uint64_t> offset_of(const std::string& topic, std::int64_t time,
                                  std::chrono::milliseconds timeout);

  std::string trouble_;
  bool denied_ = false;  // a broker did not take our password or certificate, or we not its
  std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>> handle_;  // last: it goes first
};

// A consumer that reads partition 0 without a group: it commits nothing and is nobody's member.
Result<std::unique_ptr<Client>> make_consumer(const Cluster& cluster, bool committed_only = true);

// Ends it on a thread of its own, which may never end: when a partition that is consumed was
// deleted, librdkafka 2.0.2 sometimes waits for ever for a broker's thread to let go of it.
void end_apart(std::unique_ptr<Client> client);

int to_ms(std::chrono::milliseconds time);
int ms_until(std::chrono::steady_clock::time_point deadline);

}  // namespace z5::kafka
