// SPDX-License-Identifier: Apache-2.0
// Goal: the feed tells what the ledger's verified entries say, and stops at what is not from where
// it says. Method: a governed ledger in a file: its events in order; then events without, or with
// another command, a command used twice, and a flipped bit.
#include "consumers/feed/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/log/file_reader.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::feed {
namespace {

using chain::sample::Folder;
using gate::sample::GovernedLedger;
using testing::ElementsAre;
using testing::HasSubstr;
using std::chrono_literals::operator""ms;

constexpr const char* kRef = "acme/credit:1.0";

// Names of all events told, in order; or why the source stopped.
std::vector<std::string> tell(const std::string& folder, const chain::Trust& trust) {
  Source source(std::move(*log::open_file_reader(folder, {})), trust);
  std::vector<std::string> names;
  for (;;) {
    const auto group = source.next(0ms);
    if (!group.ok()) return {group.error().message};
    if (*group == nullptr) return names;
    EXPECT_EQ((*group)->before.size() + (*group)->hashes.size(), source.head().size());
    for (const Told& told : (*group)->told) {
      EXPECT_EQ(told.hash, chain::entry_hash(told.body));
      const Entry entry = *decode_entry(told.body);
      EXPECT_EQ(entry.sequence, told.sequence);
      EXPECT_EQ((*group)->hashes[told.sequence - (*group)->before.size()], told.hash);
      names.emplace_back(event_name(entry));
    }
  }
}

TEST(Source, TellsOfTheEventsOfItsStreamsInOrder) {
  const Folder folder;
  GovernedLedger ledger(folder.path());
  ledger.promote_all_the_way(kRef);
  ledger.append(ledger.annotate(kRef, "team", "risk"));
  ledger.append(ledger.quarantine(kRef, ledger.now() + std::chrono::hours(1)));
  ledger.append(ledger.lift(kRef));
  ledger.append(ledger.revoke(kRef));
  EXPECT_THAT(tell(folder.path(), ledger.trust()),
              ElementsAre("VersionStaged", "VersionPromoted", "ReleasePublished",
                          "VersionQuarantined", "QuarantineLifted", "VersionRevoked"));
}

TEST(Source, DoesNotBelieveTheWriter) {
  const auto stops = [](auto put) {
    const Folder folder;
    GovernedLedger ledger(folder.path());
    ledger.append(ledger.submit(kRef));
    put(ledger);
    const auto told = tell(folder.path(), ledger.trust());
    return told.size() == 1 ? told.front() : "told";
  };
  EXPECT_THAT(stops([](GovernedLedger& ledger) {
                auto draft = ledger.revoke(kRef);
                draft.commands.clear();
                ledger.append(std::move(draft));
              }),
              HasSubstr("entry"))
      << "a revocation that nobody signed";
  EXPECT_THAT(stops([](GovernedLedger& ledger) {
                auto draft = ledger.revoke(kRef);
                draft.commands = ledger.stage(kRef).commands;
                ledger.append(std::move(draft));
              }),
              HasSubstr("entry"))
      << "the command of something else";
  EXPECT_THAT(stops([](GovernedLedger& ledger) {
                const auto draft = ledger.quarantine(kRef, ledger.now() + std::chrono::hours(1));
                const auto commands = draft.commands;
                auto again = ledger.quarantine(kRef, ledger.now() + std::chrono::hours(1));
                again.commands = commands;
                auto lift = ledger.lift(kRef);
                auto first = ledger.quarantine(kRef, ledger.now() + std::chrono::hours(1));
                first.commands = commands;
                ledger.append(std::move(first));
                ledger.append(std::move(lift));
                ledger.append(std::move(again));
              }),
              HasSubstr("was used before"));
}

TEST(Source, AFlippedBitIsNamed) {
  const Folder folder;
  GovernedLedger ledger(folder.path());
  ledger.promote_all_the_way(kRef);
  Bytes bytes = chain::sample::read_file(folder / "entries");
  bytes[bytes.size() - 300] ^= 1;
  chain::sample::write_file(folder / "entries", bytes);
  const auto told = tell(folder.path(), ledger.trust());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told.front(), HasSubstr("entry "));
}

}  // namespace
}  // namespace z5::feed
