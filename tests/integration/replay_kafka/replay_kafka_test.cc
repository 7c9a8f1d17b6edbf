// SPDX-License-Identifier: Apache-2.0
// Goal: who audits or follows a ledger on Kafka is told the same as on its file, and a read model
// goes on where it stood after days away. Method: one governed ledger in a file and, mirrored, on a
// real broker; z5-replay's entry point and the program z5-projector over both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "ledger/log/kafka/kafka_log.h"
#include "ledger/log/kafka/topics.h"
#include "projections/projector.h"
#include "replay/verb.h"
#include "tests/integration/kafka/test_cluster.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::replay {
namespace {

using chain::sample::Folder;
using chain::sample::read_file;
using chain::sample::write_file;
using gate::sample::GovernedLedger;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";

struct Ran {
  int exit;
  std::string out, err;
};

class ReplayOnKafka : public testing::Test {
 protected:
  ReplayOnKafka() {
    const kafka::Cluster cluster = kafka::cluster_of("writer");
    write_file(folder_ / "kafka.toml",
               "[kafka]\nbrokers = \"" + cluster.brokers + "\"\nsecurity_protocol = \"" +
                   cluster.security_protocol + "\"\nsasl_mechanism = \"" + cluster.sasl_mechanism +
                   "\"\nsasl_username = \"" + cluster.sasl_username +
                   "\"\nsasl_password_file = \"" + cluster.sasl_password_file + "\"\n");
    on_kafka_ = "kafka:" + cluster.brokers + "/" + id_;
    ledger_.promote_all_the_way(kRef);
    ledger_.append(ledger_.submit("acme/credit:2.0"));
    ledger_.append(ledger_.annotate("acme/credit:2.0", "team", "risk"));
    ledger_.append(ledger_.revoke(kRef));
    write_file(folder_ / "trust.json", to_json(ledger_.trust()));
    const Ran ran = run({"mirror", folder_ / "ledger", "--to", on_kafka_}, "");
    EXPECT_EQ(ran.exit, 0) << ran.err;
  }

  Ran run(std::vector<std::string> arguments, const std::string& log) const {
    arguments.insert(arguments.begin(), "z5-replay");
    for (const std::string& more : {std::string("--trust"), folder_ / "trust.json",
                                    std::string("--kafka"), folder_ / "kafka.toml"})
      arguments.push_back(more);
    if (!log.empty()) arguments.insert(arguments.end(), {"--log", log});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit = replay::run(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    std::string out = testing::internal::GetCapturedStdout();
    return {exit, std::move(out), testing::internal::GetCapturedStderr()};
  }
  // z5-projector's exit status; its store is folder_/state.
  int project(const std::string& verb, const std::string& more = "") const {
    const int status = std::system(
        (std::string(Z5_PROJECTOR) + " " + verb + " --log " + on_kafka_ + " --kafka " +
         folder_ / "kafka.toml" + " --trust " + folder_ / "trust.json" + " --state " +
         folder_ / "state" + " --json " + more + " >" + folder_ / "said" + " 2>" + folder_ / "why")
            .c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string said() const { return read_file(folder_ / "said") + read_file(folder_ / "why"); }

  // What the file holds behind `from` goes to the topic, in one transaction.
  void carry_over(log::Position from) {
    auto writer = kafka::open_kafka_writer(kafka::cluster_of("writer"), id_);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    auto tail = (*writer)->tail({});
    log::Batch batch;
    do {
      ASSERT_TRUE((*tail)->next(batch, std::chrono::milliseconds(0)).ok());
    } while (!batch.empty());
    ASSERT_TRUE((*writer)->begin((*tail)->position()).ok());
    const Bytes file = read_file(folder_ / "ledger/entries");
    log::Group group;
    group.bytes = file.substr(from.offset);
    for (std::size_t at = 0; at < group.bytes.size();) {
      at += (*log::read_record(std::string_view(group.bytes).substr(at)))->frame.size();
      group.ends.push_back(at);
    }
    ASSERT_TRUE((*writer)->append(group).ok());
  }

  Folder folder_;
  GovernedLedger ledger_{folder_ / "ledger"};
  const std::string id_ = kafka::fresh_ledger(true);
  std::string on_kafka_;
};

TEST_F(ReplayOnKafka, EveryVerbSaysTheSameAsOnTheFile) {
  const std::string file = "file:" + folder_ / "ledger";
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{
           {"verify", "--json"},
           {"verify", "--full", "--json", "--checkpoint", folder_ / "ledger/checkpoint"},
           {"checkpoint"},
           {"rebuild", "--compare", "--json"},
           {"as-of", std::to_string(ledger_.head().size() - 2), kRef, "--json"},
           {"report", kRef, "--json"},
           {"explain", std::to_string(ledger_.head().size() - 1), "--json"}}) {
    const Ran here = run(verb, file), there = run(verb, on_kafka_);
    EXPECT_EQ(here.exit, 0) << verb.front() << here.out << here.err;
    EXPECT_EQ(there.exit, 0) << verb.front() << there.out << there.err;
    EXPECT_EQ(there.out, here.out) << verb.front();
  }
  ASSERT_EQ(run({"export", folder_ / "export"}, on_kafka_).exit, 0);
  EXPECT_EQ(read_file(folder_ / "export"), read_file(folder_ / "ledger/entries"));
}

TEST_F(ReplayOnKafka, AReadModelGoesOnAfterDaysAway) {
  ASSERT_EQ(project("build"), 0) << said();
  const std::uint64_t before = ledger_.head().size();
  EXPECT_EQ((*parse_json(said()))["size"], std::to_string(before));
  const log::Position end = ledger_.head().position();
  ledger_.pass(std::chrono::hours(72));
  for (int i = 0; i < 200; ++i) ledger_.append(ledger_.submit("acme/later:" + std::to_string(i)));
  carry_over(end);
  EXPECT_EQ(run({"rebuild", "--compare", "--state", folder_ / "state"}, on_kafka_).exit, 0);
  // Where it is opened again: at the last group that the store holds, not at the beginning.
  projections::Settings settings;
  settings.state = folder_ / "state";
  settings.trust = ledger_.trust();
  std::uint64_t opened_at = 0;
  settings.open_log = [&](log::Position from) {
    opened_at = from.sequence;
    return kafka::open_kafka_reader_to_end(kafka::cluster_of("reader"), id_, from);
  };
  {
    auto store = projections::Store::open(settings.state, settings.trust);
    ASSERT_TRUE(store.ok()) << store.error().message;
    const auto head = projections::build(**store, settings);
    ASSERT_TRUE(head.ok()) << head.error().message;
    EXPECT_EQ(head->size(), before + 200);
    EXPECT_EQ(opened_at, before - 1);
    EXPECT_NE(*(*store)->view().version("acme/later:199"), nullptr);
  }
  const Ran compared = run({"rebuild", "--compare", "--state", folder_ / "state"}, on_kafka_);
  EXPECT_EQ(compared.exit, 0) << compared.err;
  EXPECT_EQ(project("build"), 0) << said();
}

TEST_F(ReplayOnKafka, WhatSomebodyElseAppendedIsFound) {
  kafka::Stranger().append(kafka::entries_topic(id_), "no record");
  EXPECT_EQ(run({"verify"}, on_kafka_).exit, 4);
  EXPECT_EQ(project("build"), 4);
  EXPECT_EQ(run({"rebuild", "--compare"}, on_kafka_).exit, 4);
}

TEST_F(ReplayOnKafka, AnAddressThatLeadsNowhere) {
  EXPECT_EQ(run({"verify"}, "kafka:127.0.0.1:1").exit, 2);
  const Ran nobody = run({"verify"}, on_kafka_ + "-none");
  EXPECT_EQ(nobody.exit, 3) << nobody.err;
}

}  // namespace
}  // namespace z5::replay
