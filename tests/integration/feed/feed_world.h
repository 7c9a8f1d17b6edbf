// SPDX-License-Identifier: Apache-2.0
// A home with a governed ledger, its topics on the real broker, and z5-feed as a process that may
// be killed. Failures here are assertions: the tests that use it are about something else.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "consumers/feed/message.h"
#include "tests/integration/kafka/test_cluster.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::feed {

// z5-feed on some home; ends with the object.
class Process {
 public:
  explicit Process(const std::string& home);
  ~Process() { kill(); }
  void kill();                                                   // -9
  std::optional<int> exit_within(std::chrono::seconds timeout);  // its exit status
  void stop();                                                   // SIGTERM

 private:
  pid_t pid_;
};

class World {
 public:
  // `user`: of Kafka, for the feed. "feed" has no right but those that it needs, and granting them
  // takes a while. `heartbeat`: seconds.
  explicit World(std::string user = "writer", int heartbeat = 1);

  const std::string& id() const { return id_; }
  std::string home() const { return folder_.path(); }
  std::string trust_file() const { return home() + "/trust.json"; }
  std::string topic(Stream stream) const;
  const chain::Trust& trust() const { return ledger_->trust(); }
  identity::LedgerName name() const { return {trust().origin, trust().genesis}; }
  gate::sample::GovernedLedger& ledger() { return *ledger_; }

  // One version's whole life: staged, promoted with its release, quarantined, lifted, revoked.
  void live();
  // Lives until stop_load(), on a thread of its own.
  void start_load();
  void stop_load();

  // Waits until each stream ends with a heartbeat.
  bool wait_for_heartbeats(std::chrono::seconds timeout = std::chrono::seconds(120)) const;

  // Another home on the same ledger, for a second feed.
  std::string second_home();

  // What the ledger has for the stream, read and verified anew: (sequence, entry hash).
  using Events = std::vector<std::pair<std::uint64_t, Digest>>;
  Events expected(Stream stream) const;
  // What a consumer of committed messages finds, heartbeats apart; asserts that previous_in_stream
  // links them.
  Events found(Stream stream) const;
  std::vector<kafka::StreamRecord> records(Stream stream) const;
  // Waits until every stream holds all that the ledger has; what is different when it does not.
  std::string wait_until_told(std::chrono::seconds timeout = std::chrono::seconds(120)) const;

 private:
  void write_home(const std::string& home) const;

  std::string user_;
  int heartbeat_;
  std::string id_ = kafka::fresh_ledger(true);
  chain::sample::Folder folder_, second_;
  std::unique_ptr<gate::sample::GovernedLedger> ledger_;
  int lives_ = 0;
  std::atomic<bool> loading_{false};
  std::thread load_;
};

}  // namespace z5::feed
