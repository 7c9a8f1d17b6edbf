// SPDX-License-Identifier: Apache-2.0
// How to reach a Kafka cluster, as config.toml's [kafka] says it. Values; any thread. A password is
// no value: it stays in its file or in the environment and is read when a client is made.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/result.h"

namespace z5::kafka {

// The environment variable that holds the SASL password where no file is named.
inline constexpr const char* kPasswordVariable = "Z5_KAFKA_PASSWORD";

// The names are librdkafka's, with _ for . (its CONFIGURATION.md).
struct Cluster {
  std::string brokers;                          // host:port,host:port; some of them, to begin with
  std::string security_protocol = "plaintext";  // plaintext | ssl | sasl_plaintext | sasl_ssl
  std::string sasl_mechanism;                   // PLAIN | SCRAM-SHA-256 | SCRAM-SHA-512
  std::string sasl_username;
  std::string sasl_password_file;  // one line; empty: kPasswordVariable
  std::string ssl_ca;              // PEM file; empty: the system's
  std::string ssl_certificate;     // PEM file of the client, for mTLS
  std::string ssl_key;             // PEM file, unencrypted: its protection is the file's mode
  bool operator==(const Cluster&) const = default;
};

// Invalid, naming the field: missing brokers, an unknown protocol or mechanism, SASL without user,
// or a password that would cross a network in the clear (sasl_plaintext with PLAIN beyond
// loopback).
Status check(const Cluster& cluster);

// librdkafka's settings for it, the password among them: not for logs. Invalid as check(), or the
// password is not to be had.
using Settings = std::vector<std::pair<std::string, std::string>>;
Result<Settings> settings_of(const Cluster& cluster);

// What follows "kafka:" in an address: HOST:PORT[,HOST:PORT…]/ID.
struct Address {
  std::string brokers;
  std::string ledger;  // short id
};
// Invalid: anything else.
Result<Address> parse_address(std::string_view text);

// [a-z0-9-]{1,32}; names topics and the transactional id.
bool is_ledger_id(std::string_view id);

}  // namespace z5::kafka
