// SPDX-License-Identifier: Apache-2.0
// Goal: what stands in the topics is what HTTP says, under the key that its sender waits for, and
// nobody's bytes can speak for another's command or fill the topic. Method: outcomes of a real
// intake, turned into records.
#include "ledger/topic_intake.h"

#include <gtest/gtest.h>

#include "ledger/routes.h"
#include "tests/support/world.h"

namespace z5::ledger {
namespace {

using identity::Kind;

TEST(TopicIntake, AnAuthenticCommandIsAnsweredUnderItsIdAsHttpAnswersIt) {
  support::World world;
  const auto command =
      world.command(Kind::Annotate, "acme/none:1", Digest{}, {{"tags", {{"note", "one"}}}});
  const std::string request = write_request(world.sign(command, "ci"));
  const Outcome outcome = world.send_bytes(request);
  const auto record = answer_record(outcome, request, 7);
  EXPECT_FALSE(record.dead);
  EXPECT_EQ(record.key, command.command_id);
  const Json value = *parse_json(record.value);
  const http::Response by_http = response_of(outcome);
  EXPECT_EQ(value["status"], by_http.status);
  EXPECT_EQ(value["answer"], *parse_json(by_http.body));
  EXPECT_EQ(value["request"], sha256(request).text());
}

// A forged command that names somebody's command id does not get an answer under that id.
TEST(TopicIntake, WhatNobodyKnownSignedIsADeadLetter) {
  support::World world;
  auto forged = world.sign(
      world.command(Kind::Annotate, "acme/none:1", Digest{}, {{"tags", {{"note", "one"}}}}), "ci");
  const std::size_t signature = forged.bundles[0].find("\"sig\"");
  ASSERT_NE(signature, std::string::npos);
  char& letter = forged.bundles[0][signature + 10];
  letter = letter == 'A' ? 'B' : 'A';
  const std::string request = write_request(forged);
  const auto record = answer_record(world.send_bytes(request), request, 7);
  EXPECT_TRUE(record.dead);
  EXPECT_EQ(record.key, sha256(request).text());
  EXPECT_EQ((*parse_json(record.value))["offset"], 7);
}

TEST(TopicIntake, ADeadLetterIsSmallWhateverCame) {
  support::World world;
  for (const std::string& request :
       {std::string(), std::string(100'000, '\xff'), "{\"" + std::string(100'000, 'k') + "\":1}"}) {
    const auto record = answer_record(world.send_bytes(request), request, 0);
    EXPECT_TRUE(record.dead);
    EXPECT_LT(record.value.size(), 4 * limits::kMaxDeadReason);
    EXPECT_EQ((*parse_json(record.value))["status"], 400);
  }
}

}  // namespace
}  // namespace z5::ledger
