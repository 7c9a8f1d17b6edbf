// SPDX-License-Identifier: Apache-2.0
// Goal: an operator's mistake in [kafka] is named, and a password goes nowhere but to librdkafka.
// Method: settings by hand; no broker (tests/integration/kafka has one).
#include "ledger/log/kafka/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ledger/log/kafka/kafka_log.h"

namespace z5::kafka {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Cluster with_sasl() {
  Cluster cluster;
  cluster.brokers = "kafka-1.example:9093,kafka-2.example:9093";
  cluster.security_protocol = "sasl_ssl";
  cluster.sasl_mechanism = "SCRAM-SHA-512";
  cluster.sasl_username = "writer";
  cluster.ssl_ca = "/etc/z5/ca.pem";
  return cluster;
}

TEST(KafkaCluster, NamesWhatIsWrong) {
  const auto problem = [](auto&& change) {
    Cluster cluster = with_sasl();
    change(cluster);
    const Status status = check(cluster);
    EXPECT_FALSE(status.ok());
    return status.ok() ? std::string() : status.error().message;
  };
  EXPECT_TRUE(check(with_sasl()).ok());
  for (const char* brokers :
       {"", "host", "host:", ":9092", "host:x", "a:1,", "a:1 b:2", "a:123456"}) {
    EXPECT_THAT(problem([&](Cluster& c) { c.brokers = brokers; }), HasSubstr("kafka.brokers"))
        << brokers;
  }
  EXPECT_THAT(problem([](Cluster& c) { c.security_protocol = "tls"; }),
              HasSubstr("kafka.security_protocol"));
  EXPECT_THAT(problem([](Cluster& c) { c.security_protocol = "ssl"; }), HasSubstr("would not use"));
  EXPECT_THAT(problem([](Cluster& c) { c.sasl_mechanism = "GSSAPI"; }),
              HasSubstr("kafka.sasl_mechanism"));
  EXPECT_THAT(problem([](Cluster& c) { c.sasl_username.clear(); }),
              HasSubstr("kafka.sasl_username"));
}

TEST(KafkaCluster, NoPasswordCrossesANetworkInTheClear) {
  Cluster cluster = with_sasl();
  cluster.security_protocol = "sasl_plaintext";
  cluster.sasl_mechanism = "PLAIN";
  EXPECT_THAT(check(cluster).error().message, HasSubstr("sasl_ssl"));
  cluster.brokers = "127.0.0.1:9092,kafka-2.example:9093";
  EXPECT_FALSE(check(cluster).ok());
  cluster.brokers = "127.0.0.1:9092,localhost:9093";
  EXPECT_TRUE(check(cluster).ok());
}

TEST(KafkaCluster, ReadsThePasswordFromFileOrEnvironmentOnly) {
  ::unsetenv(kPasswordVariable);
  Cluster cluster = with_sasl();
  EXPECT_THAT(settings_of(cluster).error().message, HasSubstr("kafka.sasl_password_file"));
  ::setenv(kPasswordVariable, "from the environment", 1);
  auto settings = settings_of(cluster);
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(*settings, Contains(Pair("sasl.password", "from the environment")));
  EXPECT_THAT(*settings, Contains(Pair("ssl.ca.location", "/etc/z5/ca.pem")));
  EXPECT_THAT(*settings, Not(Contains(Pair("ssl.key.location", testing::_))));

  const auto path =
      std::filesystem::temp_directory_path() / ("z5-password-" + std::to_string(std::rand()));
  std::ofstream(path) << "from the file\n";
  cluster.sasl_password_file = path;
  settings = settings_of(cluster);
  std::filesystem::remove(path);
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(*settings, Contains(Pair("sasl.password", "from the file")));
  EXPECT_THAT(settings_of(cluster).error().message, HasSubstr("holds no password"));  // gone now
  ::unsetenv(kPasswordVariable);
}

TEST(KafkaCluster, ReadsAddresses) {
  const auto address = parse_address("a.example:9092,b.example:9092/credit-1");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->brokers, "a.example:9092,b.example:9092");
  EXPECT_EQ(address->ledger, "credit-1");
  for (const char* wrong : {"", "a:1", "a/x", "a:1/", "a:1/X", "a:1/x.y", "/x",
                            "a:1/123456789012345678901234567890123"}) {
    EXPECT_FALSE(parse_address(wrong).ok()) << wrong;
  }
}

TEST(KafkaCluster, WrongSettingsOpenNothing) {
  Cluster cluster;
  cluster.brokers = "127.0.0.1:1";
  cluster.security_protocol = "sasl_ssl";
  EXPECT_EQ(open_kafka_reader(cluster, "x").error().code, ErrorCode::Invalid);  // no mechanism
}

}  // namespace
}  // namespace z5::kafka
