// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "schemas/limits.h"

namespace z5::kafka {
namespace {

template <class F>
bool each_broker(std::string_view brokers, F&& good) {
  for (;;) {
    const std::size_t comma = brokers.find(',');
    if (!good(brokers.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    brokers.remove_prefix(comma + 1);
  }
}

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; }) &&
         text.find_first_of(" \t\r\n/") == std::string_view::npos;
}

bool is_loopback(std::string_view broker) {
  const std::string_view host = broker.substr(0, broker.rfind(':'));
  return host.starts_with("127.") || host == "localhost" || host == "[::1]";
}

bool one_of(std::string_view value, std::initializer_list<std::string_view> known) {
  return std::ranges::find(known, value) != known.end();
}

bool has_sasl(const Cluster& cluster) { return cluster.security_protocol.starts_with("sasl_"); }

Result<std::string> read_password(const Cluster& cluster) {
  if (cluster.sasl_password_file.empty()) {
    const char* password = std::getenv(kPasswordVariable);
    if (password != nullptr && *password != '\0') return std::string(password);
    return invalid(
        fmt::format("kafka.sasl_password_file: is not set, and neither is {}", kPasswordVariable));
  }
  std::ifstream file(cluster.sasl_password_file);
  std::string line;
  if (!std::getline(file, line) || line.empty() || line.size() > limits::kMaxToken) {
    return invalid(
        fmt::format("kafka.sasl_password_file: {}: holds no password", cluster.sasl_password_file));
  }
  return line;
}

}  // namespace

bool is_ledger_id(std::string_view id) {
  return !id.empty() && id.size() <= limits::kMaxLedgerId && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Status check(const Cluster& cluster) {
  if (!each_broker(cluster.brokers, is_host_and_port))
    return invalid("kafka.brokers: expected host:port,host:port");
  if (!one_of(cluster.security_protocol, {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"})) {
    return invalid(fmt::format(
        "kafka.security_protocol: '{}' is not plaintext, ssl, sasl_plaintext or sasl_ssl",
        cluster.security_protocol));
  }
  if (!has_sasl(cluster)) {
    if (!cluster.sasl_username.empty() || !cluster.sasl_mechanism.empty())
      return invalid(fmt::format("kafka.security_protocol: {} would not use the sasl_ fields",
                                 cluster.security_protocol));
    return Done{};
  }
  if (!one_of(cluster.sasl_mechanism, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})) {
    return invalid(
        fmt::format("kafka.sasl_mechanism: '{}' is not PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
                    cluster.sasl_mechanism));
  }
  if (cluster.sasl_username.empty()) return invalid("kafka.sasl_username: missing");
  if (cluster.security_protocol == "sasl_plaintext" && cluster.sasl_mechanism == "PLAIN" &&
      !each_broker(cluster.brokers, is_loopback)) {
    return invalid(
        "kafka.security_protocol: sasl_plaintext would show the password to the network; take "
        "sasl_ssl");
  }
  return Done{};
}

Result<Settings> settings_of(const Cluster& cluster) {
  Z5_CHECK(check(cluster));
  Settings settings = {{"bootstrap.servers", cluster.brokers},
                       {"security.protocol", cluster.security_protocol}};
  if (has_sasl(cluster)) {
    Z5_TRY(std::string password, read_password(cluster));
    settings.emplace_back("sasl.mechanism", cluster.sasl_mechanism);
    settings.emplace_back("sasl.username", cluster.sasl_username);
    settings.emplace_back("sasl.password", std::move(password));
  }
  for (const auto& [name, value] : {std::pair("ssl.ca.location", &cluster.ssl_ca),
                                    std::pair("ssl.certificate.location", &cluster.ssl_certificate),
                                    std::pair("ssl.key.location", &cluster.ssl_key)}) {
    if (!value->empty()) settings.emplace_back(name, *value);
  }
  return settings;
}

Result<Address> parse_address(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return invalid("kafka: expected kafka:HOST:PORT/ID");
  Address address{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  if (!each_broker(address.brokers, is_host_and_port))
    return invalid("kafka: expected HOST:PORT before the /");
  if (!is_ledger_id(address.ledger))
    return invalid("kafka: expected a ledger's id, [a-z0-9-]{1,32}, after the /");
  return address;
}

}  // namespace z5::kafka
