// SPDX-License-Identifier: Apache-2.0
// Goal: every stream holds every event of the ledger exactly once, in order, whatever happened to
// the feed; what is not the feed's is named; and a consumer finds each lie by itself.
// Method: the real broker, z5-feed as a process that is killed, doubled and lied to, and
// ops/examples/z9_consumer.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "consumers/feed/heartbeat.h"
#include "consumers/feed/session.h"
#include "schemas/encoding.h"
#include "tests/integration/feed/feed_world.h"

namespace z5::feed {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::HasSubstr;

std::string stderr_of(const std::string& home) {
  return chain::sample::read_file(home + "/stderr");
}

TEST(Feed, TellsEveryEventOnceWheneverItIsKilled) {
  const int kills = std::getenv("Z5_LONG") != nullptr ? 100 : 20;
  World world("feed");
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  world.start_load();
  for (int i = 0; i < kills; ++i) {
    Process feed(world.home());
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1'500));
    feed.kill();
  }
  world.stop_load();
  Process feed(world.home());
  EXPECT_EQ(world.wait_until_told(), "");
  EXPECT_EQ(stderr_of(world.home()), "");
  feed.kill();  // its heartbeats would be counted in one look and not in the other
  const auto told = world.found(Stream::Soc);
  EXPECT_GE(told.size(), 6u);
  // What was begun and never committed is on the broker, and no consumer sees it.
  std::size_t all = 0, committed = 0;
  for (const Stream stream : kStreams) {
    all += kafka::read_uncommitted(world.topic(stream)).size();
    committed += world.records(stream).size();
  }
  EXPECT_GE(all, committed);
  std::printf("%zu events, %d kills; on the broker %zu messages, %zu of them committed\n",
              told.size(), kills, all, committed);
}

TEST(Feed, AbortedMessagesAreNeverTold) {
  World world;
  world.live();
  {
    Process feed(world.home());
    ASSERT_EQ(world.wait_until_told(), "");
  }
  kafka::Stranger stranger("z5." + world.id() + ".stranger");
  stranger.begin();
  ASSERT_GE(stranger.append(world.topic(Stream::Promotions), "open"), 0);
  stranger.abort();
  world.live();
  Process feed(world.home());
  EXPECT_EQ(world.wait_until_told(), "");
  EXPECT_GT(kafka::read_uncommitted(world.topic(Stream::Promotions)).size(),
            world.records(Stream::Promotions).size());
}

TEST(Feed, OfTwoOneStandsByAndTakesOver) {
  World world;
  Process first(world.home());
  world.live();
  ASSERT_EQ(world.wait_until_told(), "");
  Process second(world.second_home());
  world.start_load();
  std::this_thread::sleep_for(5s);
  EXPECT_FALSE(first.exit_within(0s)) << "the one that lost ended instead of standing by";
  second.kill();
  std::this_thread::sleep_for(1s);
  world.stop_load();
  EXPECT_EQ(world.wait_until_told(), "") << "the other one did not take over";
}

TEST(Feed, AnAlienRecordEndsItNamingTopicAndOffset) {
  World world;
  world.live();
  Process feed(world.home());
  ASSERT_EQ(world.wait_until_told(), "");
  const auto offset =
      kafka::Stranger().append(world.topic(Stream::Revocations), R"({"sequence": 1})");
  ASSERT_GE(offset, 0);
  EXPECT_EQ(feed.exit_within(60s), 4) << "at work: its next heartbeat meets it";
  EXPECT_THAT(stderr_of(world.home()),
              HasSubstr(world.topic(Stream::Revocations) + ": offset " + std::to_string(offset)));
  EXPECT_EQ(Process(world.home()).exit_within(60s), 4) << "at its start";
}

TEST(Feed, WithoutABrokerItSaysSo) {
  World world;
  chain::sample::write_file(world.home() + "/config.toml",
                            "[ledger]\nid = \"lab\"\norigin = \"z5.local/lab\"\n");
  EXPECT_EQ(Process(world.home()).exit_within(60s), 3);
  EXPECT_THAT(stderr_of(world.home()), HasSubstr("[kafka]"));
}

TEST(Feed, AStreamOfAnotherLedgerIsRefused) {
  World world;
  world.live();
  {
    Process feed(world.home());
    ASSERT_EQ(world.wait_until_told(), "");
  }
  // The same topics under a ledger that never had those events.
  const chain::sample::Folder other;
  gate::sample::GovernedLedger fresh(other.path());
  for (const char* name : {"entries", "durable", "checkpoint"})
    chain::sample::write_file(world.home() + "/ledger/" + name,
                              chain::sample::read_file(other / name));
  EXPECT_EQ(Process(world.home()).exit_within(90s), 4);
  EXPECT_THAT(stderr_of(world.home()), HasSubstr("which the ledger lacks"));
}

// --- the consumer -----------------------------------------------------------------------------

// Exit status of the example, and what it said.
struct Heard {
  int exit;
  std::string said;
};
Heard consume(const World& world, const std::string& ledger) {
  const std::string out = world.home() + "/consumer";
  const std::string client = world.home() + "/client.properties";
  const kafka::Cluster reader = kafka::cluster_of("reader");
  std::string password = chain::sample::read_file(reader.sasl_password_file);
  chain::sample::write_file(client, "bootstrap.servers=" + reader.brokers +
                                        "\nsecurity.protocol=sasl_plaintext\nsasl.mechanism=PLAIN\n"
                                        "sasl.username=reader\nsasl.password=" +
                                        password);
  const int status =
      std::system(("build/venv/bin/python ops/examples/z9_consumer.py --client " + client +
                   " --ledger " + ledger + " --trust " + world.trust_file() + " --service-key " +
                   world.home() + "/keys/feed.pub >" + out + " 2>&1")
                      .c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, chain::sample::read_file(out)};
}

using Records = std::vector<kafka::StreamRecord>;
// The streams of `world` again, under another id, with `change` made to one of them.
std::string retold(const World& world, Stream changed,
                   const std::function<void(Records&)>& change) {
  const std::string id = kafka::fresh_ledger(true);
  auto producer =
      kafka::StreamProducer::open(kafka::cluster_of("writer"), "z5." + id + ".liar", topics_of(id));
  Z5_ASSERT(producer.ok());
  for (const Stream stream : kStreams) {
    Records records = world.records(stream);
    if (stream == changed) change(records);
    std::vector<kafka::Outgoing> messages;
    for (const auto& record : records) messages.push_back({index_of(stream), record.message});
    Z5_ASSERT((*producer)->publish(messages).ok());
  }
  return id;
}

bool is_event(const kafka::StreamRecord& record) {
  return record.message.header("ce_type") != kHeartbeatType;
}

TEST(Z9Consumer, BelievesAnHonestFeedAndFindsEachLie) {
  World world("writer", 3'600);  // silence is not what this is about
  world.live();
  world.live();
  Process feed(world.home());
  ASSERT_EQ(world.wait_until_told(), "");
  ASSERT_TRUE(world.wait_for_heartbeats());
  feed.kill();
  const Heard honest = consume(world, world.id());
  EXPECT_EQ(honest.exit, 0) << honest.said;
  for (const char* event : {"VersionStaged", "VersionPromoted", "ReleasePublished",
                            "VersionQuarantined", "QuarantineLifted", "VersionRevoked"})
    EXPECT_THAT(honest.said, HasSubstr(event));

  const auto lie = [&](Stream stream, const std::function<void(Records&)>& change) {
    return consume(world, retold(world, stream, change));
  };
  const auto edit = [&](const std::string& said, const std::function<void(Json&)>& change) {
    const Heard heard = lie(Stream::Revocations, [&](Records& records) {
      auto& record = *std::find_if(records.begin(), records.end(), is_event);
      Json data = *parse_json(record.message.value);
      change(data);
      record.message.value = canonical_json(data);
    });
    EXPECT_EQ(heard.exit, 4) << said << ": " << heard.said;
    EXPECT_THAT(heard.said, HasSubstr(said));
  };
  edit("ref", [](Json& data) { data["ref"] = "acme/other:1"; });
  edit("event", [](Json& data) { data["event"] = "QuarantineLifted"; });
  edit("sequence", [](Json& data) { data["sequence"] = 3; });
  edit("receipt: the checkpoint", [](Json& data) {
    std::string text = data["receipt"];
    char& letter = text[text.find("\n\n") - 5];  // of the last hash
    letter = letter == 'A' ? 'B' : 'A';
    data["receipt"] = text;
  });
  edit("receipt: the checkpoint", [](Json& data) {
    Bytes body = *from_base64(data["body"].get<std::string>());
    body[body.find("alice")] = 'A';
    data["actor"] = "Alice";
    data["body"] = to_base64(body);
    data["entry_hash"] = chain::entry_hash(body).text();
  });
  edit("previous_in_stream", [](Json& data) { data["previous_in_stream"] = 1; });

  const Heard withheld = lie(Stream::Revocations, [](Records& records) {
    records.erase(std::find_if(records.begin(), records.end(), is_event));
  });
  EXPECT_EQ(withheld.exit, 4);
  EXPECT_THAT(withheld.said, HasSubstr("previous_in_stream"));
  // The newest events taken off the end: links hold, the heartbeats behind them do not.
  const Heard cut = lie(Stream::Revocations, [](Records& records) {
    const auto last = std::find_if(records.rbegin(), records.rend(), is_event);
    records.erase(std::next(last).base());
  });
  EXPECT_EQ(cut.exit, 4);
  EXPECT_THAT(cut.said, HasSubstr("withheld"));
  // Heartbeats too: then it is silent.
  const Heard silent = lie(Stream::Revocations, [](Records& records) {
    std::erase_if(records, [](const auto& record) { return !is_event(record); });
  });
  EXPECT_EQ(silent.exit, 3);
  EXPECT_THAT(silent.said, HasSubstr("heartbeat"));
  const Heard repeated = lie(Stream::Releases, [](Records& records) {
    records.push_back(*std::find_if(records.begin(), records.end(), is_event));
  });
  EXPECT_EQ(repeated.exit, 4) << repeated.said;
}

}  // namespace
}  // namespace z5::feed
