// SPDX-License-Identifier: Apache-2.0
// Goal: a message says what the entry's bytes say, in the form of schemas/openapi.yaml, and its
// bytes stay. Method: the frozen entries of tests/golden, told in every stream; golden bytes, the
// contract's schemas, and each field of a good message made wrong alone.
#include "consumers/feed/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "consumers/feed/heartbeat.h"
#include "schemas/encoding.h"
#include "tests/support/governed/governed_ledger.h"
#include "tests/unit/consumers/feed/contract.h"

namespace z5::feed {
namespace {

using chain::sample::read_file;
using testing::HasSubstr;

const std::string kGolden = std::string(Z5_SOURCE_DIR) + "/tests/golden/";
const identity::LedgerName kLedger{"z5.local/sample", sha256("genesis")};

// The frozen entries that streams tell of.
std::vector<Told> told() {
  std::istringstream lines(read_file(kGolden + "v1/entries.hex"));
  std::vector<Told> out;
  for (std::string name, hex; lines >> name >> hex;) {
    const Bytes body = *from_hex(hex);
    const Entry entry = *decode_entry(body);
    if (const auto stream = stream_of(entry.event.type))
      out.push_back({entry.sequence, chain::entry_hash(body), body, *stream});
  }
  return out;
}

kafka::StreamMessage message(const Told& event, Stream to) {
  const chain::Receipt receipt{
      event.sequence, {sha256("sibling")}, read_file(kGolden + "v1/checkpoint.txt")};
  const auto previous =
      event.sequence == 0 ? std::nullopt : std::optional<std::uint64_t>(event.sequence - 1);
  return event_message(kLedger, to, event, previous, receipt);
}

kafka::StreamMessage heartbeat() {
  return heartbeat_message({.ledger = kLedger,
                            .stream = Stream::Releases,
                            .last = 17,
                            .seen = {42, sha256("root")},
                            .time = chain::sample::kStart,
                            .next_by = chain::sample::kStart + std::chrono::seconds(90)},
                           gate::sample::key_of("feed"));
}

std::string text(const kafka::StreamMessage& message) {
  std::string out = "key: " + message.key + "\n";
  for (const auto& [name, value] : message.headers) out += name + ": " + value + "\n";
  return out + "\n" + message.value + "\n\n";
}

TEST(Message, OfEachTypeHasItsGoldenBytes) {
  std::string all;
  for (const Told& event : told()) {
    for (const Stream to : {event.stream, Stream::Soc}) all += text(message(event, to));
  }
  all += text(heartbeat());
  const std::string file = kGolden + "streams/messages.txt";
  if (std::getenv("Z5_REGENERATE") != nullptr) chain::sample::write_file(file, all);
  EXPECT_EQ(all, read_file(file));
}

TEST(Message, IsOfTheFormOfTheContract) {
  std::set<std::string> seen;
  for (const Told& event : told()) {
    for (const Stream to : {event.stream, Stream::Soc}) {
      const auto made = message(event, to);
      seen.insert(std::string(stream_type(to)));
      EXPECT_EQ(contract_problem(made), "") << made.value;
    }
  }
  EXPECT_EQ(seen.size(), kStreams.size()) << "a type without an entry proves nothing";
  EXPECT_EQ(contract_problem(heartbeat()), "");
  auto wrong = message(told().front(), told().front().stream);
  wrong.value = wrong.value.replace(wrong.value.find("\"sequence\":"), 11, "\"sequins\":");
  EXPECT_NE(contract_problem(wrong), "") << "the check cannot fail";
}

TEST(Message, ReadsBackWhatItTells) {
  for (const Told& event : told()) {
    for (const Stream to : {event.stream, Stream::Soc}) {
      const auto claim = read_event(kLedger, to, message(event, to));
      ASSERT_TRUE(claim.ok()) << claim.error().message;
      EXPECT_EQ(claim->sequence, event.sequence);
      EXPECT_EQ(claim->hash, event.hash);
      EXPECT_EQ(claim->previous.value_or(event.sequence),
                event.sequence == 0 ? 0 : event.sequence - 1);
    }
  }
}

TEST(Message, OfSomebodyElseIsRefusedNamingTheField) {
  const Told event = told().front();
  const auto refused = [&](auto change) {
    kafka::StreamMessage changed = message(event, event.stream);
    change(changed);
    const auto claim = read_event(kLedger, event.stream, changed);
    return claim.ok() ? std::string() : claim.error().message;
  };
  const auto replace = [](std::string& in, const std::string& what, const std::string& with) {
    ASSERT_NE(in.find(what), std::string::npos) << what;
    in.replace(in.find(what), what.size(), with);
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_THAT(refused([](auto& m) { m.headers.clear(); }), HasSubstr("ce_type"));
  EXPECT_THAT(refused([](auto& m) { m.headers[2].second = "x/1"; }), HasSubstr("ce_id"));
  EXPECT_THAT(refused([](auto& m) { m.headers[5].second = "a/b:1"; }), HasSubstr("ce_subject"));
  EXPECT_THAT(refused([](auto& m) { m.value = "not JSON"; }), HasSubstr("JSON"));
  EXPECT_THAT(refused([](auto& m) { m.value = "[]"; }), HasSubstr("object"));
  EXPECT_THAT(refused([&](auto& m) { replace(m.value, "\"body\":\"", "\"body\":\"A"); }),
              HasSubstr("base64"));
  EXPECT_THAT(refused([&](auto& m) { replace(m.value, "\"previous_in_stream\"", "\"before\""); }),
              HasSubstr("previous_in_stream"));
  EXPECT_THAT(refused([&](auto& m) {
                replace(m.value, "\"sequence\":" + std::to_string(event.sequence),
                        "\"sequence\":9999");
              }),
              HasSubstr("sequence"));
}

TEST(Ocsf, NumbersAreThoseOfTheClass) {
  for (const Told& event : told()) {
    const Json document = *parse_json(message(event, Stream::Soc).value);
    EXPECT_EQ(document["class_uid"], 3004);
    EXPECT_EQ(document["category_uid"], 3);
    EXPECT_EQ(document["type_uid"].get<int>(), 3004 * 100 + document["activity_id"].get<int>());
    EXPECT_EQ(document["time"].get<std::int64_t>(),
              decode_entry(event.body)->recorded_at / 1'000'000);
    EXPECT_EQ(document["unmapped"]["body"], to_base64(event.body));
  }
}

}  // namespace
}  // namespace z5::feed
