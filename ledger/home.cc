// SPDX-License-Identifier: Apache-2.0
#include "ledger/home.h"

#include <fmt/format.h>
#include <signal.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/http/client.h"
#include "schemas/json.h"

namespace z5::ledger {
namespace {

// Reads the fields of one table that are there, and remembers the first thing that is wrong.
class Table {
 public:
  Table(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  template <class T>
  void take(std::string_view field, T& value) {
    known_.push_back(std::string(field));
    const auto* node = table_.get(field);
    if (node == nullptr) return;
    if constexpr (std::is_same_v<T, std::string>) {
      if (const auto text = node->value_exact<std::string>())
        value = *text;
      else
        fail(field, "expected a string");
    } else {
      const auto number = node->value_exact<std::int64_t>();
      if (number && std::in_range<T>(*number))
        value = static_cast<T>(*number);
      else
        fail(field, "expected a number in range");
    }
  }
  std::string problem() {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), std::string(key.str())) == known_.end())
        fail(key.str(), "unknown field");
    }
    return problem_;
  }

 private:
  void fail(std::string_view field, std::string_view why) {
    if (problem_.empty()) problem_ = fmt::format("config.toml: {}.{}: {}", name_, field, why);
  }
  const toml::table& table_;
  std::string name_, problem_;
  std::vector<std::string> known_;
};

void take_listen(Table& table, Listen& listen) {
  table.take("address", listen.address);
  table.take("port", listen.port);
  table.take("tls_certificate", listen.tls_certificate);
  table.take("tls_key", listen.tls_key);
}

// Relative paths begin at `folder`.
void take_cluster(Table& table, kafka::Cluster& cluster, const std::filesystem::path& folder) {
  table.take("brokers", cluster.brokers);
  table.take("security_protocol", cluster.security_protocol);
  table.take("sasl_mechanism", cluster.sasl_mechanism);
  table.take("sasl_username", cluster.sasl_username);
  table.take("sasl_password_file", cluster.sasl_password_file);
  table.take("ssl_ca", cluster.ssl_ca);
  table.take("ssl_certificate", cluster.ssl_certificate);
  table.take("ssl_key", cluster.ssl_key);
  for (std::string* file :
       {&cluster.sasl_password_file, &cluster.ssl_ca, &cluster.ssl_certificate, &cluster.ssl_key}) {
    if (!file->empty()) *file = (folder / *file).string();
  }
}

std::string cluster_text(const kafka::Cluster& cluster) {
  std::string text = fmt::format("\n[kafka]\nbrokers = \"{}\"\nsecurity_protocol = \"{}\"\n",
                                 cluster.brokers, cluster.security_protocol);
  for (const auto& [name, value] : {std::pair("sasl_mechanism", &cluster.sasl_mechanism),
                                    std::pair("sasl_username", &cluster.sasl_username),
                                    std::pair("sasl_password_file", &cluster.sasl_password_file),
                                    std::pair("ssl_ca", &cluster.ssl_ca),
                                    std::pair("ssl_certificate", &cluster.ssl_certificate),
                                    std::pair("ssl_key", &cluster.ssl_key)}) {
    if (!value->empty()) text += fmt::format("{} = \"{}\"\n", name, *value);
  }
  return text;
}

std::string listen_text(std::string_view name, const Listen& listen) {
  std::string text =
      fmt::format("\n[{}]\naddress = \"{}\"\nport = {}\n", name, listen.address, listen.port);
  if (!listen.tls_certificate.empty()) {
    text += fmt::format("tls_certificate = \"{}\"\ntls_key = \"{}\"\n", listen.tls_certificate,
                        listen.tls_key);
  }
  return text;
}

}  // namespace

Result<Config> load_config(const Home& home) {
  toml::table root;
  try {
    root = toml::parse_file(home.config_file());
  } catch (const toml::parse_error& problem) {
    return invalid(
        fmt::format("{}: {} (z5 init makes a home)", home.config_file(), problem.description()));
  }
  Config config;
  std::string problem;
  const auto with = [&](std::string_view name, auto&& take) {
    const toml::node* node = root.get(name);
    if (node == nullptr) return;
    if (!node->is_table())
      problem = fmt::format("config.toml: {}: expected a table", name);
    else {
      Table table(*node->as_table(), std::string(name));
      take(table);
      if (problem.empty()) problem = table.problem();
    }
    root.erase(name);
  };
  with("ledger", [&](Table& table) {
    table.take("id", config.ledger);
    table.take("origin", config.origin);
    table.take("log", config.log);
    table.take("dashboards", config.dashboards);
    table.take("url", config.url);
    table.take("peers", config.peers);
    take_listen(table, config.ledger_listen);
  });
  with("kafka", [&](Table& table) { take_cluster(table, config.kafka, home.path()); });
  with("permit", [&](Table& table) {
    take_listen(table, config.permit_listen);
    table.take("life_seconds", config.permit_seconds);
    table.take("max_lag_ms", config.permit_max_lag_ms);
  });
  with("feed", [&](Table& table) {
    take_listen(table, config.feed_listen);
    table.take("sasl_username", config.feed_sasl_username);
    table.take("sasl_password_file", config.feed_sasl_password_file);
    table.take("heartbeat_seconds", config.feed_heartbeat_seconds);
    if (std::string& file = config.feed_sasl_password_file; !file.empty())
      file = (std::filesystem::path(home.path()) / file).string();
  });
  with("limits", [&](Table& table) {
    table.take("commands_per_minute", config.rates.commands_per_minute);
    table.take("refusals_per_minute", config.rates.refusals_per_minute);
    table.take("refusal_burst", config.rates.refusal_burst);
  });
  if (problem.empty() && !root.empty())
    problem = fmt::format("config.toml: {}: unknown table", root.begin()->first.str());
  if (!problem.empty()) return invalid(problem);
  for (const std::string& url : peers_of(config)) {
    if (const auto good = http::parse_url(url); !good.ok())
      return invalid("config.toml: ledger.peers: " + good.error().message);
  }
  if (!config.url.empty() && !http::parse_url(config.url).ok())
    return invalid("config.toml: ledger.url: expected http://host:port or https://host:port");
  if (config.log == "kafka") {
    if (!kafka::is_ledger_id(config.ledger))
      return invalid("config.toml: ledger.id: names topics, expected [a-z0-9-]{1,32}");
    if (const Status good = kafka::check(config.kafka); !good.ok())
      return invalid("config.toml: " + good.error().message);
  } else if (config.log != "file") {
    return invalid(fmt::format("config.toml: ledger.log: '{}' is not file or kafka", config.log));
  }
  return config;
}

kafka::Cluster Config::feed_cluster() const {
  kafka::Cluster cluster = kafka;
  if (feed_sasl_username.empty()) return cluster;
  cluster.sasl_username = feed_sasl_username;
  cluster.sasl_password_file = feed_sasl_password_file;
  return cluster;
}

Result<kafka::Cluster> load_cluster(const std::string& path) {
  kafka::Cluster cluster;
  try {
    const toml::table root = toml::parse_file(path);
    const toml::table* found = root["kafka"].as_table();
    if (found == nullptr) return invalid(path + ": kafka: expected a table");
    Table table(*found, "kafka");
    take_cluster(table, cluster, std::filesystem::path(path).parent_path());
    if (const std::string problem = table.problem(); !problem.empty()) return invalid(problem);
  } catch (const toml::parse_error& problem) {
    return invalid(fmt::format("{}: {}", path, problem.description()));
  }
  return cluster;
}

std::string config_text(const Config& config) {
  return fmt::format(
             "# Z5: what is where, and how much (schemas/limits.h has the reasons).\n[ledger]\nid "
             "= \"{}\"\norigin = \"{}\"\n"
             "log = \"{}\"\ndashboards = \"{}\"\naddress = \"{}\"\nport = {}\n",
             config.ledger, config.origin, config.log, config.dashboards,
             config.ledger_listen.address, config.ledger_listen.port) +
         (config.url.empty() ? "" : fmt::format("url = \"{}\"\n", config.url)) +
         (config.peers.empty() ? "" : fmt::format("peers = \"{}\"\n", config.peers)) +
         listen_text("permit", config.permit_listen) +
         fmt::format("life_seconds = {}\nmax_lag_ms = {}\n", config.permit_seconds,
                     config.permit_max_lag_ms) +
         listen_text("feed", config.feed_listen) +
         (config.log == "kafka" ? cluster_text(config.kafka) : "") +
         fmt::format(
             "\n[limits]\ncommands_per_minute = {}\nrefusals_per_minute = {}\nrefusal_burst = {}\n",
             config.rates.commands_per_minute, config.rates.refusals_per_minute,
             config.rates.refusal_burst);
}

std::vector<std::string> peers_of(const Config& config) {
  std::vector<std::string> urls;
  std::istringstream text(config.peers);
  for (std::string url; std::getline(text, url, ',');) urls.push_back(url);
  return urls;
}

Status write_running(const Home& home, const Running& running) {
  const std::string path = home.run_file(running.service), fresh = path + ".new";
  std::error_code ignored;
  std::filesystem::create_directories(home.path() + "/run", ignored);
  std::ofstream file(fresh);
  file << canonical_json({{"service", running.service},
                          {"pid", running.pid},
                          {"address", running.address},
                          {"port", running.port},
                          {"tls", running.tls}})
       << "\n";
  file.close();
  if (!file || ::rename(fresh.c_str(), path.c_str()) != 0)
    return unavailable(fmt::format("{}: cannot be written", path));
  return Done{};
}

std::optional<Running> read_running(const Home& home, std::string_view service) {
  std::ifstream file(home.run_file(service));
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  const auto json = parse_json(text.str());
  if (!json.ok() || !json->is_object()) return std::nullopt;
  Running running;
  running.service = json->value("service", "");
  running.pid = json->value("pid", std::int64_t{0});
  running.address = json->value("address", "");
  running.port = json->value("port", std::uint16_t{0});
  running.tls = json->value("tls", false);
  if (running.service != service || running.pid <= 0 ||
      ::kill(static_cast<pid_t>(running.pid), 0) != 0)
    return std::nullopt;
  return running;
}

void remove_running(const Home& home, std::string_view service) {
  ::unlink(home.run_file(service).c_str());
}

}  // namespace z5::ledger
