// SPDX-License-Identifier: Apache-2.0
// Goal: a feed goes on exactly where its topics end, and what it did not write there stops it.
// Method: topics as values, made of good messages of a small made-up stream; each possible start,
// and each way to forge one.
#include "consumers/feed/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/governed/governed_ledger.h"

namespace z5::feed {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const identity::LedgerName kLedger{"z5.local/sample", sha256("genesis")};
const keys::PrivateKey kKey = gate::sample::key_of("feed");

Told told(std::uint64_t sequence, const std::string& reason = "leaked-data") {
  Entry entry;
  entry.sequence = sequence;
  entry.ledger = kLedger.genesis;
  entry.previous = sha256("before");
  entry.recorded_at = chain::sample::kStart.ns;
  entry.actor = "alice";
  fb::VersionRevokedT event;
  event.ref = "acme/credit:1.0";
  event.reason = reason;
  entry.event.Set(std::move(event));
  const Bytes body = encode_entry(entry);
  return {sequence, chain::entry_hash(body), body, Stream::Revocations};
}

using Previous = std::optional<std::uint64_t>;
kafka::StreamRecord event(std::uint64_t offset, const Told& event, Previous previous) {
  return {offset, event_message(kLedger, Stream::Revocations, event, previous,
                                {event.sequence, {}, "checkpoint"})};
}
kafka::StreamRecord beat(std::uint64_t offset, Previous last, const keys::PrivateKey& key = kKey) {
  return {offset, heartbeat_message({.ledger = kLedger,
                                     .stream = Stream::Revocations,
                                     .last = last,
                                     .seen = {100, sha256("root")},
                                     .time = chain::sample::kStart,
                                     .next_by = chain::sample::kStart},
                                    key)};
}

Result<Cursor> read(bool whole, std::vector<kafka::StreamRecord> records) {
  return Cursor::read(kLedger, Stream::Revocations, "z5.x.revocations",
                      {whole, std::move(records)});
}
std::string problem(const Result<Cursor>& cursor) {
  return cursor.ok() ? "" : cursor.error().message;
}
// What of the ledger's events 3, 5, 8 is to be published; or why the feed stops.
std::string missing(Cursor cursor, std::vector<Told> ledger = {told(3), told(5), told(8)}) {
  std::string out;
  for (const Told& each : ledger) {
    const auto known = cursor.take(each);
    if (!known.ok()) return known.error().message;
    if (*known) continue;
    out += std::to_string(each.sequence) + " behind " +
           (cursor.previous() ? std::to_string(*cursor.previous()) : "none") + ", ";
  }
  const Status ended = cursor.reached_end();
  return ended.ok() ? out : ended.error().message;
}

TEST(Cursor, GoesOnWhereTheTopicEnds) {
  const auto first = event(0, told(3), {}), second = event(2, told(5), 3);
  EXPECT_EQ(missing(*read(true, {})), "3 behind none, 5 behind 3, 8 behind 5, ");
  EXPECT_EQ(missing(*read(true, {first})), "5 behind 3, 8 behind 5, ");
  EXPECT_EQ(missing(*read(true, {first, second})), "8 behind 5, ");
  EXPECT_EQ(missing(*read(true, {first, beat(1, 3), second, beat(3, 5), beat(4, 5)})),
            "8 behind 5, ");
  EXPECT_EQ(missing(*read(true, {beat(0, {}), first})), "5 behind 3, 8 behind 5, ");
}

TEST(Cursor, GoesOnFromTheEndAlone) {
  EXPECT_EQ(missing(*read(false, {event(7, told(5), 3)})), "8 behind 5, ");
  EXPECT_EQ(missing(*read(false, {event(7, told(8), 5)})), "");
  EXPECT_EQ(missing(*read(false, {beat(7, 5)})), "8 behind 5, ");
  EXPECT_EQ(missing(*read(false, {beat(7, 8)})), "");
  EXPECT_EQ(missing(*read(false, {})), "3 behind none, 5 behind 3, 8 behind 5, ")
      << "everything was lost to retention";
}

TEST(Cursor, AnAlienRecordIsNamed) {
  auto alien = event(4, told(5), 3);
  alien.message.value = "hello";
  EXPECT_THAT(problem(read(true, {event(0, told(3), {}), alien})),
              AllOf(HasSubstr("z5.x.revocations"), HasSubstr("offset 4")));
  EXPECT_THAT(problem(read(true, {event(0, told(3), {}), event(1, told(3), {})})),
              HasSubstr("offset 1"))
      << "a repeat";
  EXPECT_THAT(problem(read(true, {event(0, told(3), {}), event(1, told(8), 5)})),
              HasSubstr("offset 1"))
      << "a gap";
  EXPECT_THAT(problem(read(true, {event(0, told(3), 2)})), HasSubstr("offset 0"))
      << "something before the first one";
  EXPECT_THAT(problem(read(true, {event(0, told(3), {}), beat(1, 5)})), HasSubstr("offset 1"))
      << "a heartbeat that promises more";
  EXPECT_EQ(read(true, {alien}).error().code, ErrorCode::Corrupt);
}

TEST(Cursor, ATopicThatSaysOtherThanTheLedgerIsNamed) {
  EXPECT_THAT(missing(*read(true, {event(0, told(3, "other"), {})})),
              AllOf(HasSubstr("offset 0"), HasSubstr("entry 3")))
      << "another body";
  EXPECT_THAT(missing(*read(true, {event(0, told(4), {})})),
              HasSubstr("entry 3 is missing before it"));
  EXPECT_THAT(missing(*read(true, {event(0, told(3), {}), event(1, told(4), 3)})),
              AllOf(HasSubstr("offset 1"), HasSubstr("entry 4")))
      << "an event that the ledger does not have";
  EXPECT_THAT(missing(*read(true, {event(0, told(3), {}), event(1, told(8), 3)})),
              HasSubstr("entry 5 is missing"));
  EXPECT_THAT(missing(*read(true, {event(0, told(3), {}), event(1, told(5), 3),
                                   event(2, told(8), 5), event(3, told(9), 8)})),
              AllOf(HasSubstr("offset 3"), HasSubstr("entry 9, which the ledger lacks")));
  EXPECT_THAT(missing(*read(false, {beat(7, 99)})), HasSubstr("entry 99, which the ledger lacks"));
  EXPECT_THAT(missing(*read(false, {beat(7, 4)})),
              HasSubstr("entry 4, which is none of this stream"));
}

TEST(Cursor, ForgedHeartbeatsAreFoundWhenTheKeysAreKnown) {
  const std::vector<keys::PublicKey> services{kKey.public_key()};
  auto good = *read(true, {beat(0, {}), beat(1, {})});
  EXPECT_TRUE(good.check_heartbeats(services).ok());
  auto forged = *read(true, {beat(0, {}), beat(1, {}, gate::sample::key_of("mallory"))});
  const Status found = forged.check_heartbeats(services);
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.error().message, HasSubstr("offset 1"));
}

}  // namespace
}  // namespace z5::feed
