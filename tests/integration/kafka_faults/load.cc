// SPDX-License-Identifier: Apache-2.0
// kafka_faults_load: clients that send signed commands without pause until SIGTERM. Whoever gets no
// answer, or 503, sends the same bytes again, to the next of the homes' writers. Each outcome is
// written down when it is known, one JSON line: what was acknowledged must be in the ledger.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "ledger/chain/trust.h"
#include "ledger/clock.h"
#include "ledger/home.h"
#include "ledger/http/client.h"
#include "ledger/identity/command.h"
#include "ledger/intake.h"
#include "ledger/keys/dsse.h"

namespace z5::faults {
namespace {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as Python's time.monotonic_ns()

struct Options {
  std::vector<std::string> homes;
  std::string key, ref, model, out;
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

// Annotations of one version: each of them is accepted, whatever came before.
class Author {
 public:
  explicit Author(const Options& options)
      : key_(*keys::PrivateKey::load(options.key)),
        trust_(*chain::load_trust(ledger::Home(options.homes[0]).trust_file())),
        ref_(options.ref),
        model_(*digest_from_text(options.model)) {}

  struct Signed {
    std::string command_id, request;
  };
  Signed next() const {
    const Time now = ledger::machine_clock().wall();
    identity::Command command;
    command.kind = identity::Kind::Annotate;
    command.ledger = {trust_.origin, trust_.genesis};
    command.ref = ref_;
    command.command_id = make_uuid_v7(now, keys::random_bytes(10));
    command.issued_at = now;
    command.expires_at = now + std::chrono::hours(1);
    command.seen_size = 1;
    command.seen_root = trust_.genesis;
    command.subject = model_;
    command.fields = {{"tags", {{"note", command.command_id}}}};
    return {
        command.command_id,
        ledger::write_request({{keys::sign_bundle(identity::write_command(command), key_)}, {}})};
  }

 private:
  keys::PrivateKey key_;
  chain::Trust trust_;
  std::string ref_;
  Digest model_;
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

class Sender {
 public:
  Sender(const Options& options, Outcomes& outcomes, Leader& leader)
      : options_(options), author_(options), outcomes_(outcomes), leader_(leader) {}

  void run() {
    while (!stopped) {
      send(author_.next());
      if (options_.pause_ms > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(options_.pause_ms));
    }
  }

 private:
  // Until there is an answer; after the end once more, so that nothing stays unknown that need not.
  void send(const Author::Signed& command) {
    const auto sent = now_ns();
    int tries = 0;
    do {
      const std::uint16_t port = leader_.port();
      const auto answer = post(port, command.request);
      ++tries;
      const int status = answer.ok() ? answer->status : 0;
      const Json body = status == 0 ? Json() : Json::parse(answer->body, nullptr, false);
      if (status == 201) {
        return outcomes_.add({{"command_id", command.command_id},
                              {"sequence", body["sequence"]},
                              {"entry_hash", body["entry_hash"]},
                              {"port", port},
                              {"tries", tries},
                              {"sent", sent},
                              {"answered", now_ns()}});
      }
      if (status != 0 && status != 503 && status != 429) {
        return outcomes_.add({{"command_id", command.command_id},
                              {"refused", status},
                              {"answer", answer->body}});
      }
      if (status != 429) leader_.lost(port, body.is_object() ? body.value("leader", "") : "");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } while (!stopped || tries < 2);
    outcomes_.add({{"command_id", command.command_id}, {"unknown", true}});
  }

  Result<http::ClientResponse> post(std::uint16_t port, const std::string& request) {
    if (port == 0) return unavailable("nobody is known");
    if (!client_ || port != port_) {
      const std::chrono::milliseconds patience(options_.patience_ms);
      client_.emplace(http::ClientOptions{
          .port = port, .connect_timeout = patience, .request_timeout = patience});
      port_ = port;
    }
    auto answer =
        client_->request("POST", "/v1/commands", {{"Content-Type", "application/json"}}, request);
    if (!answer.ok()) client_.reset();
    return answer;
  }

  const Options& options_;
  Author author_;
  Outcomes& outcomes_;
  Leader& leader_;
  std::optional<http::Client> client_;
  std::uint16_t port_ = 0;  // client_'s
};

void run(const Options& options) {
  Outcomes outcomes(options.out);
  Leader leader(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < options.clients; ++i) {
    threads.emplace_back([&] { Sender(options, outcomes, leader).run(); });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace z5::faults

int main(int argc, char** argv) {
  CLI::App app("Sends signed annotations without pause until SIGTERM.");
  z5::faults::Options options;
  app.add_option("--home", options.homes, "homes of the writers")->required();
  app.add_option("--key", options.key, "a submitter's private key")->required();
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
