// SPDX-License-Identifier: Apache-2.0
// Goal: a heartbeat is believed from an enrolled key only, in its one form. Method: one good
// heartbeat, read back; signed by another; every field of the signed text changed.
#include "consumers/feed/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/keys/dsse.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::feed {
namespace {

const keys::PrivateKey kKey = gate::sample::key_of("feed");
const std::vector<keys::PublicKey> kServices{kKey.public_key()};

Heartbeat good() {
  return {.ledger = {"z5.local/sample", sha256("genesis")},
          .stream = Stream::Revocations,
          .last = 17,
          .seen = {42, sha256("root")},
          .time = chain::sample::kStart,
          .next_by = chain::sample::kStart + std::chrono::seconds(90)};
}

TEST(Heartbeat, ReadsBack) {
  for (Heartbeat heartbeat = good(); const Stream stream : kStreams) {
    heartbeat.stream = stream;
    heartbeat.last = stream == Stream::Soc ? std::nullopt : heartbeat.last;
    const auto read = verify_heartbeat(heartbeat_message(heartbeat, kKey), kServices);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, heartbeat);
  }
}

TEST(Heartbeat, IsBelievedFromAnEnrolledKeyOnly) {
  const auto forged = heartbeat_message(good(), gate::sample::key_of("mallory"));
  EXPECT_FALSE(verify_heartbeat(forged, kServices).ok());
  EXPECT_FALSE(verify_heartbeat(heartbeat_message(good(), kKey), {}).ok());
}

TEST(Heartbeat, HasOneForm) {
  const std::string payload = write_heartbeat(good());
  const auto signed_as = [](const std::string& text) {
    kafka::StreamMessage message = heartbeat_message(good(), kKey);
    message.value = keys::sign_bundle(text, kKey);
    return verify_heartbeat(message, kServices).ok();
  };
  ASSERT_TRUE(signed_as(payload));
  for (const char* name : {"ledger", "stream", "last", "seen", "time", "next_by", "predicateType",
                           "_type", "subject"}) {
    std::string changed = payload;
    const std::string field = std::string("\"") + name + "\":";
    ASSERT_NE(changed.find(field), std::string::npos) << name;
    EXPECT_FALSE(signed_as(changed.replace(changed.find(field), field.size(), "\"other\":")))
        << name;
  }
  EXPECT_FALSE(signed_as(payload + " "));
  EXPECT_FALSE(signed_as(""));
}

}  // namespace
}  // namespace z5::feed
