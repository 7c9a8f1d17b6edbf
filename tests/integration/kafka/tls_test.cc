// SPDX-License-Identifier: Apache-2.0
// Goal: over TLS a ledger is only written to and read from the cluster whose authority we were
// given, and passwords stay where they were put. Method: the real broker's TLS listener, and an
// authority that did not sign it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "ledger/log/kafka/kafka_log.h"
#include "tests/integration/kafka/test_cluster.h"

namespace z5::kafka {
namespace {

using namespace chain;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

TEST(KafkaTls, WritesAndReadsWithTheClustersAuthority) {
  const std::string ledger = fresh_ledger();
  const Trust trust = write_ledger(ledger, {1});
  auto writer = open_kafka_writer(over_tls("writer"), ledger);
  ASSERT_TRUE(writer.ok()) << writer.error().message;
  auto appender = Appender::open(std::move(*writer), {trust, sample::key(), {}}, {});
  ASSERT_TRUE(appender.ok()) << appender.error().message;
  ASSERT_TRUE(sample::append(**appender, 3, (*appender)->head().recorded_at).ok());
  const auto reader = open_kafka_reader_to_end(over_tls("reader"), ledger);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  log::Batch batch;
  std::size_t count = 0;
  do {
    const Status read = (*reader)->next(batch, std::chrono::seconds(30));
    ASSERT_TRUE(read.ok()) << read.error().message;
    count += batch.records().size();
  } while (!batch.empty());
  EXPECT_EQ(count, 5u);
}

TEST(KafkaTls, ABrokerOfAnotherAuthorityIsRefused) {
  const std::string ledger = fresh_ledger();
  const sample::Folder folder;
  ASSERT_EQ(std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                         "-subj '/CN=z5 test CA' -keyout " +
                         folder / "ca.key" + " -out " + folder / "ca.pem" + " 2>/dev/null")
                            .c_str()),
            0);
  for (const std::string& authority : {folder / "ca.pem", std::string()}) {  // the system's
    Cluster cluster = over_tls("writer");
    cluster.ssl_ca = authority;
    const auto refused = open_kafka_writer(cluster, ledger);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message, AnyOf(HasSubstr("certificate"), HasSubstr("SSL")));
    EXPECT_THAT(refused.error().message, Not(HasSubstr(password_of("writer"))));
  }
}

// Logs of the broker, and what every process was called with.
TEST(KafkaTls, NoPasswordIsInLogsOrArguments) {
  ASSERT_EQ(broker("status"), 0);
  std::vector<std::filesystem::path> places = broker_logs();
  for (const auto& process : std::filesystem::directory_iterator("/proc"))
    places.push_back(process.path() / "cmdline");
  std::size_t read = 0;
  for (const auto& place : places) {
    const std::string text = sample::read_file(place);
    read += text.size();
    for (const char* user : {"admin", "writer", "reader", "feed", "client"})
      EXPECT_THAT(text, Not(HasSubstr(password_of(user)))) << place;
  }
  EXPECT_GT(read, 1'000u) << "nothing was looked at";
}

}  // namespace
}  // namespace z5::kafka
