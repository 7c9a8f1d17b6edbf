// SPDX-License-Identifier: Apache-2.0
// kafka_faults_load: clients that send signed commands without pause until SIGTERM, by HTTP and one
// by topic. Whoever gets no answer, or 503, sends the same bytes again, to the leader it was told
// or the next of the homes. Each outcome is written down when it is known, one JSON line: what was
// acknowledged must be in the ledger.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "ledger/chain/trust.h"
#include "ledger/clock.h"
#include "ledger/home.h"
#include "ledger/http/client.h"
#include "ledger/identity/command.h"
#include "ledger/intake.h"
#include "ledger/keys/dsse.h"
#include "ledger/log/kafka/command_topics.h"

namespace z5::faults {
namespace {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as Python's time.monotonic_ns()

struct Options {
  std::vector<std::string> homes;
  std::string key, ref, model, out;
  std::vector<std::string> revokers;
  int clients = 8, pause_ms = 0, patience_ms = 5'000;
};

std::atomic<bool> stopped{false};

std::int64_t now_ns() { return Clock::now().time_since_epoch().count(); }

// What became of commands, for all clients.
class Outcomes {
 public:
  explicit Outcomes(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
    Z5_ASSERT(file_ != nullptr);
  }
  ~Outcomes() { std::fclose(file_); }
  void add(const Json& line) {
    const std::lock_guard lock(mutex_);
    std::fprintf(file_, "%s\n", line.dump().c_str());
    std::fflush(file_);
  }

 private:
  std::mutex mutex_;
  std::FILE* file_;
};

// Commands about one version that are accepted whatever came before: annotations, or, by two who
// may revoke, quarantines and their ends in turns, which z5-feed tells of.
class Author {
 public:
  explicit Author(const Options& options, const std::vector<std::string>& keys)
      : trust_(*chain::load_trust(ledger::Home(options.homes[0]).trust_file())),
        ref_(options.ref),
        model_(*digest_from_text(options.model)) {
    for (const std::string& key : keys) keys_.push_back(*keys::PrivateKey::load(key));
  }

  struct Signed {
    std::string command_id, request;
  };
  Signed next() {
    const Time now = ledger::machine_clock().wall();
    identity::Command command;
    command.ledger = {trust_.origin, trust_.genesis};
    command.ref = ref_;
    command.command_id = make_uuid_v7(now, keys::random_bytes(10));
    command.issued_at = now;
    command.expires_at = now + std::chrono::hours(1);
    command.seen_size = 1;
    command.seen_root = trust_.genesis;
    command.subject = model_;
    std::size_t signers = 1;
    if (keys_.size() == 1) {
      command.kind = identity::Kind::Annotate;
      command.fields = {{"tags", {{"note", command.command_id}}}};
    } else if (turn_++ % 2 == 0) {
      command.kind = identity::Kind::Quarantine;
      command.fields = {{"reason", "test"},
                        {"review_by", to_rfc3339(now + std::chrono::hours(24))}};
    } else {
      command.kind = identity::Kind::LiftQuarantine;
      signers = 2;
    }
    const std::string payload = identity::write_command(command);
    ledger::CommandRequest request;
    for (std::size_t i = 0; i < signers; ++i)
      request.bundles.push_back(keys::sign_bundle(payload, keys_[i]));
    return {command.command_id, ledger::write_request(request)};
  }

 private:
  chain::Trust trust_;
  std::string ref_;
  Digest model_;
  std::vector<keys::PrivateKey> keys_;
  std::size_t turn_ = 0;
};

// Where the writer is believed to be; shared by all clients.
class Leader {
 public:
  explicit Leader(const Options& options) : homes_(options.homes) {}

  std::uint16_t port() const { return port_; }
  // It did not answer as a writer does. `told`: what it said instead, its leader's address or "".
  void lost(std::uint16_t port, const std::string& told) {
    const std::lock_guard lock(mutex_);
    if (port != port_) return;  // another client was faster
    if (const auto url = http::parse_url(told); url.ok() && url->port != port) {
      port_ = url->port;
      return;
    }
    next_ = (next_ + 1) % homes_.size();
    const auto running = ledger::read_running(ledger::Home(homes_[next_]), "ledger");
    port_ = running ? running->port : 0;
  }

 private:
  const std::vector<std::string>& homes_;
  std::mutex mutex_;  // guards next_, and who writes port_
  std::size_t next_ = 0;
  std::atomic<std::uint16_t> port_{0};
};

// What came back for a command; status 0: nothing.
struct Answer {
  int status = 0;
  Json body;
  std::uint16_t port = 0;  // who said it; 0 by topic
};
using Way = std::function<Answer(const Author::Signed&)>;

// By HTTP, to who is believed to be the writer.
class ByHttp {
 public:
  ByHttp(std::chrono::milliseconds patience, Leader& leader)
      : patience_(patience), leader_(leader) {}

  Answer operator()(const Author::Signed& command) {
    const std::uint16_t port = leader_.port();
    const auto answer = post(port, command.request);
    if (!answer.ok()) {
      leader_.lost(port, "");
      return {};
    }
    const Json body = Json::parse(answer->body, nullptr, false);
    if (answer->status == 503) leader_.lost(port, body.is_object() ? body.value("leader", "") : "");
    return {answer->status, body, port};
  }

 private:
  Result<http::ClientResponse> post(std::uint16_t port, const std::string& request) {
    if (port == 0) return unavailable("nobody is known");
    if (!client_ || port != port_) {
      client_ = std::make_shared<http::Client>(http::ClientOptions{
          .port = port, .connect_timeout = patience_, .request_timeout = patience_});
      port_ = port;
    }
    auto answer =
        client_->request("POST", "/v1/commands", {{"Content-Type", "application/json"}}, request);
    if (!answer.ok()) client_.reset();
    return answer;
  }

  std::chrono::milliseconds patience_;
  Leader& leader_;
  std::shared_ptr<http::Client> client_;
  std::uint16_t port_ = 0;  // client_'s
};

// By z5.<id>.commands and .outcomes.
class ByTopic {
 public:
  explicit ByTopic(const Options& options)
      : config_(*ledger::load_config(ledger::Home(options.homes[0]))) {}

  Answer operator()(const Author::Signed& command) const {
    const auto record = kafka::ask_by_topic(config_.kafka, config_.ledger, command.request,
                                            command.command_id, std::chrono::seconds(20));
    if (!record.ok()) return {};
    const Json json = Json::parse(*record, nullptr, false);
    return {json["status"].get<int>(), json["answer"], 0};
  }

 private:
  ledger::Config config_;
};

// One client: sends until it is told to stop, and a command again until there is an answer.
void send_without_pause(const Options& options, Author author, const Way& way, Outcomes& outcomes) {
  while (!stopped) {
    const Author::Signed command = author.next();
    const auto sent = now_ns();
    for (int tries = 1;; ++tries) {
      const Answer answer = way(command);
      if (answer.status == 201) {
        outcomes.add({{"command_id", command.command_id},
                      {"sequence", answer.body["sequence"]},
                      {"entry_hash", answer.body["entry_hash"]},
                      {"port", answer.port},
                      {"tries", tries},
                      {"sent", sent},
                      {"answered", now_ns()}});
        break;
      }
      if (answer.status != 0 && answer.status != 503 && answer.status != 429) {
        outcomes.add({{"command_id", command.command_id},
                      {"refused", answer.status},
                      {"answer", answer.body}});
        break;
      }
      if (stopped && tries > 1) {
        outcomes.add({{"command_id", command.command_id}, {"unknown", true}});
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (options.pause_ms > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(options.pause_ms));
  }
}

void run(const Options& options) {
  Outcomes outcomes(options.out);
  Leader leader(options);
  std::vector<std::thread> threads;
  const auto add = [&](const std::vector<std::string>& keys, Way way) {
    threads.emplace_back([&, author = Author(options, keys), way = std::move(way)] {
      send_without_pause(options, author, way, outcomes);
    });
  };
  const ByHttp by_http(std::chrono::milliseconds(options.patience_ms), leader);
  for (int i = 0; i < options.clients; ++i) add({options.key}, by_http);
  if (!options.revokers.empty()) add(options.revokers, by_http);
  add({options.key}, ByTopic(options));
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace z5::faults

int main(int argc, char** argv) {
  CLI::App app("Sends signed annotations without pause until SIGTERM.");
  z5::faults::Options options;
  app.add_option("--home", options.homes, "homes of the writers")->required();
  app.add_option("--key", options.key, "a submitter's private key")->required();
  app.add_option("--revoker", options.revokers, "keys of two revokers")->expected(2);
  app.add_option("--ref", options.ref, "tenant/model:version")->required();
  app.add_option("--model", options.model, "its digest")->required();
  app.add_option("--out", options.out, "outcomes, one JSON line each")->required();
  app.add_option("--clients", options.clients);
  app.add_option("--pause-ms", options.pause_ms, "of each client between two commands");
  app.add_option("--patience-ms", options.patience_ms, "until the next writer is asked");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  ::signal(SIGTERM, [](int) { z5::faults::stopped = true; });
  ::signal(SIGPIPE, SIG_IGN);
  z5::faults::run(options);
  return 0;
}
