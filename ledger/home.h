// SPDX-License-Identifier: Apache-2.0
// $Z5_HOME: where things stand (DESIGN section 3), config.toml, and the notes that running services
// leave in run/. Reads files; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/log/kafka/cluster.h"
#include "ledger/rate.h"
#include "schemas/result.h"

namespace z5::ledger {

class Home {
 public:
  explicit Home(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }
  std::string config_file() const { return path_ + "/config.toml"; }
  std::string trust_file() const { return path_ + "/trust.json"; }
  std::string key_file(std::string_view name) const {
    return path_ + "/keys/" + std::string(name) + ".key";
  }
  std::string public_key_file(std::string_view name) const {
    return path_ + "/keys/" + std::string(name) + ".pub";
  }
  std::string tokens() const { return path_ + "/tokens"; }
  std::string policy() const {
    return path_ + "/policy";
  }  // <64 hex digits>/ per bundle held and pinned
  std::string ledger() const { return path_ + "/ledger"; }  // entries, durable
  std::string checkpoint_file() const { return path_ + "/ledger/checkpoint"; }
  std::string evidence() const { return path_ + "/evidence"; }
  std::string state(std::string_view service) const {
    return path_ + "/state/" + std::string(service);
  }
  std::string heads() const { return path_ + "/heads"; }
  std::string run_file(std::string_view service) const {
    return path_ + "/run/" + std::string(service) + ".json";
  }
  std::string log_file(std::string_view service) const {
    return path_ + "/logs/" + std::string(service) + ".log";
  }

 private:
  std::string path_;
};

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                // taken when free, else the next free one
  std::string tls_certificate, tls_key;  // needed beyond loopback
};

struct Config {
  std::string ledger;  // short id
  std::string origin;
  std::string log = "file";  // or "kafka"
  kafka::Cluster kafka;      // for log = "kafka"; its files are relative to the home
  // Where others reach this z5-ledger; empty: scheme, address and port of ledger_listen.
  std::string url;
  // The other instances of this ledger, "https://a:7501,https://b:7501": where z5 may follow when
  // the one it asked says that another one writes. Nothing else that an answer names is followed.
  std::string peers;
  Listen ledger_listen{"127.0.0.1", 7501, {}, {}}, permit_listen{"127.0.0.1", 7502, {}, {}},
      feed_listen{"127.0.0.1", 7503, {}, {}};
  // [feed]: a Kafka user of its own, where it has one, and seconds between two heartbeats.
  std::string feed_sasl_username, feed_sasl_password_file;
  std::uint32_t feed_heartbeat_seconds = 30;
  kafka::Cluster feed_cluster() const;  // [kafka] as the feed's user
  RateLimits rates;
  std::string dashboards;  // base URL of dashboards_links.json; empty = no links
  std::uint32_t permit_seconds = 300;
  std::uint64_t permit_max_lag_ms = 2'000;  // a projection further behind answers 503
};

// config.toml. Invalid, naming the field: missing file, unknown fields, values not of their form.
Result<Config> load_config(const Home& home);
// The [kafka] table of such a file, which need not have more: how an auditor reaches a cluster. Its
// files are relative to the file's folder.
Result<kafka::Cluster> load_cluster(const std::string& path);
std::string config_text(const Config& config);
// Config::peers, one by one.
std::vector<std::string> peers_of(const Config& config);

// What a running service wrote about itself.
struct Running {
  std::string service;
  std::int64_t pid = 0;
  std::string address;
  std::uint16_t port = 0;
  bool tls = false;
};
Status write_running(const Home& home, const Running& running);
// nullopt: no such note, or its process is gone.
std::optional<Running> read_running(const Home& home, std::string_view service);
void remove_running(const Home& home, std::string_view service);

}  // namespace z5::ledger
