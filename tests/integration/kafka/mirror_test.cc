// SPDX-License-Identifier: Apache-2.0
// Goal: a ledger with its documents is on Kafka what it was in its folder, whether it was written
// there or mirrored, and an auditor proves it from the topics alone. Method: a whole story from
// submission to promotion, z5-replay's own entry point, and empty folders for the documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/log/kafka/kafka_log.h"
#include "replay/verb.h"
#include "tests/integration/kafka/test_cluster.h"
#include "tests/support/world.h"

namespace z5::kafka {
namespace {

using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1";

struct Ran {
  int exit;
  std::string out, err;
};

// z5-replay VERB… for the ledger of `world`, which is `ledger` on Kafka.
class Auditor {
 public:
  Auditor(const support::World& world, const std::string& ledger) {
    chain::sample::write_file(folder_ / "trust.json", chain::to_json(world.trust()));
    const Cluster cluster = cluster_of("writer");
    address_ = "kafka:" + cluster.brokers + "/" + ledger;
    chain::sample::write_file(folder_ / "kafka.toml",
                              "[kafka]\nbrokers = \"" + cluster.brokers +
                                  "\"\nsecurity_protocol = \"sasl_plaintext\"\n"
                                  "sasl_mechanism = \"PLAIN\"\nsasl_username = \"writer\"\n"
                                  "sasl_password_file = \"" +
                                  cluster.sasl_password_file + "\"\n");
  }
  const std::string& address() const { return address_; }
  std::string operator/(std::string_view name) const { return folder_ / name; }

  Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "z5-replay");
    for (const std::string& more : {std::string("--trust"), folder_ / "trust.json",
                                    std::string("--kafka"), folder_ / "kafka.toml"})
      arguments.push_back(more);
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit = replay::run(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    return {exit, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  }

 private:
  chain::sample::Folder folder_;
  std::string address_;
};

TEST(KafkaMirror, CarriesTheDocumentsAndLosesNone) {
  support::World world;
  world.approve_and_promote(kRef);
  world.stop();
  const std::string ledger = fresh_ledger(true);
  const Auditor auditor(world, ledger);
  const Ran mirrored = auditor.run({"mirror", world.ledger_folder(), "--to", auditor.address(),
                                    "--evidence", world.evidence_folder()});
  ASSERT_EQ(mirrored.exit, 0) << mirrored.err;
  EXPECT_THAT(mirrored.out, HasSubstr("documents with it"));

  const Ran verified = auditor.run(
      {"verify", "--full", "--log", auditor.address(), "--evidence", auditor / "documents"});
  ASSERT_EQ(verified.exit, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("documents read again"));

  const Ran exported = auditor.run({"export", auditor / "entries", "--log", auditor.address(),
                                    "--evidence", auditor / "exported"});
  ASSERT_EQ(exported.exit, 0) << exported.err;
  EXPECT_EQ(chain::sample::read_file(auditor / "entries"),
            chain::sample::read_file(world.ledger_folder() + "/entries"));
  EXPECT_EQ(auditor
                .run({"verify", "--full", "--log", "file:" + auditor / "entries", "--evidence",
                      auditor / "exported"})
                .exit,
            0);
}

TEST(KafkaMirror, AMissingDocumentIsNamedAndNothingIsClaimed) {
  support::World world;
  ASSERT_EQ(world.submit(kRef).answer, ledger::Answer::Accepted);
  const Digest manifest = world.model().digest();
  world.stop();
  std::filesystem::remove(world.evidence_folder() + "/sha256/" + manifest.hex().substr(0, 2) + "/" +
                          manifest.hex());
  const Auditor auditor(world, fresh_ledger(true));
  const Ran mirrored = auditor.run({"mirror", world.ledger_folder(), "--to", auditor.address(),
                                    "--evidence", world.evidence_folder()});
  EXPECT_EQ(mirrored.exit, 3);
  EXPECT_THAT(mirrored.err, HasSubstr(manifest.text()));
}

TEST(KafkaWritePath, WhatItAcceptsTravelsWithItsDocuments) {
  const std::string ledger = fresh_ledger();
  support::WorldOptions options;
  options.open_writer = [&](const log::EvidenceStore& store) {
    return open_kafka_writer(cluster_of("writer"), ledger, store);
  };
  options.open_reader = [&](log::Position from) {
    return open_kafka_reader(cluster_of("reader"), ledger, from);
  };
  support::World world(std::move(options));
  world.approve_and_promote(kRef);
  world.restart();  // as after a failover: the log is read again
  EXPECT_EQ(world.writer().state().version(kRef)->stage, fb::Stage::Approved);
  const Auditor auditor(world, ledger);
  const Ran verified = auditor.run(
      {"verify", "--full", "--log", auditor.address(), "--evidence", auditor / "documents"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
}

}  // namespace
}  // namespace z5::kafka
