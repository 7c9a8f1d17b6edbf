// SPDX-License-Identifier: Apache-2.0
// Goal: the full audit finds what only it looks at, and its verbs answer from verified logs alone.
// Method: governed ledgers in files, one thing changed in each; then the program itself, by its
// arguments.
#include "replay/full.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/log/file_log.h"
#include "replay/verb.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::replay {
namespace {

using chain::sample::Folder;
using gate::sample::GovernedLedger;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";

class FullAudit : public testing::Test {
 protected:
  FullAudit() { ledger_.promote_all_the_way(kRef); }

  Result<FullCount> verify(unsigned threads = 2) {
    chain::Verifier verifier(chain::empty_head(ledger_.trust()));
    gate::State state;
    auto reader = log::open_file_reader(folder_ / "ledger");
    auto count = verify_full(**reader, verifier, state, threads, {});
    if (count.ok()) EXPECT_EQ(verifier.head(), ledger_.head());
    return count;
  }
  // Runs z5-replay; stdout, and the exit status.
  std::pair<std::string, int> run_with(std::vector<std::string> arguments) {
    chain::sample::write_file(folder_ / "trust.json", chain::to_json(ledger_.trust()));
    arguments.insert(arguments.begin(), "z5-replay");
    for (const char* more : {"--json", "--log"}) arguments.emplace_back(more);
    arguments.push_back("file:" + (folder_ / "ledger"));
    arguments.emplace_back("--trust");
    arguments.push_back(folder_ / "trust.json");
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    testing::internal::CaptureStdout();
    const int status = run(static_cast<int>(argv.size()), argv.data());
    return {testing::internal::GetCapturedStdout(), status};
  }

  Folder folder_;
  GovernedLedger ledger_{folder_ / "ledger"};
};

TEST_F(FullAudit, CountsWhatItVerified) {
  for (const unsigned threads : {1u, 2u, 4u}) {
    const auto count = verify(threads);
    ASSERT_TRUE(count.ok()) << count.error().message;
    EXPECT_EQ(count->commands, 5u);
    EXPECT_EQ(count->signatures, 5u);
    EXPECT_EQ(count->hidden, 0u);
  }
}

TEST_F(FullAudit, FindsAnAuthorThatDidNotSignWhatGrantsNothing) {
  const std::uint64_t sequence = ledger_.head().size();
  gate::sample::Draft forged = ledger_.annotate(kRef, "team", "risk");
  forged.entry.actor = "pipeline";
  ledger_.append(std::move(forged));
  ledger_.append(ledger_.annotate(kRef, "team", "after"));
  const auto count = verify();
  ASSERT_FALSE(count.ok());
  EXPECT_EQ(count.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(count.error().message,
              HasSubstr("entry " + std::to_string(sequence) +
                        ": command: not signed by the key of actor pipeline"));
}

// The earlier of two wrong things is the one that is named, although signatures are verified later.
TEST_F(FullAudit, NamesTheFirstWrongThing) {
  const std::uint64_t sequence = ledger_.head().size();
  gate::sample::Draft forged = ledger_.annotate(kRef, "team", "risk");
  forged.entry.actor = "pipeline";
  ledger_.append(std::move(forged));
  gate::sample::Draft unasked = ledger_.annotate(kRef, "team", "after");
  unasked.commands.clear();
  ledger_.append(std::move(unasked));
  const auto count = verify();
  ASSERT_FALSE(count.ok());
  EXPECT_THAT(count.error().message, HasSubstr("entry " + std::to_string(sequence) + ":"));
}

TEST_F(FullAudit, FindsACommandUsedTwice) {
  gate::sample::Draft once = ledger_.annotate(kRef, "team", "risk");
  gate::sample::Draft again = {once.entry, once.commands};
  ledger_.append(std::move(once));
  ledger_.append(std::move(again));
  const auto count = verify();
  ASSERT_FALSE(count.ok());
  EXPECT_THAT(count.error().message, HasSubstr("was used before"));
}

TEST_F(FullAudit, VerbsAnswerAsDocuments) {
  const auto [full, full_status] = run_with({"verify", "--full"});
  EXPECT_EQ(full_status, 0);
  EXPECT_EQ((*parse_json(full))["signatures"], "5");
  const auto [compared, compare_status] = run_with({"rebuild", "--compare"});
  EXPECT_EQ(compare_status, 0) << compared;
  EXPECT_EQ((*parse_json(compared))["equal"], true);
  const auto [now, now_status] = run_with({"as-of", "9999", kRef});
  EXPECT_EQ(now_status, 0);
  EXPECT_EQ((*parse_json(now))["version"]["stage"], "Approved");
  EXPECT_EQ((*parse_json(now))["serving"], kRef);
  const auto [then, then_status] = run_with({"as-of", "10", kRef});
  EXPECT_EQ((*parse_json(then))["version"]["stage"], "Staging");
  const auto [before, before_status] = run_with({"as-of", to_rfc3339(chain::sample::kStart), kRef});
  EXPECT_EQ(before_status, 1);
  EXPECT_EQ((*parse_json(before))["version"], nullptr);
  const auto [life, life_status] = run_with({"report", kRef});
  EXPECT_EQ(life_status, 0);
  EXPECT_EQ((*parse_json(life))["life"].size(), 6u);
  const auto [entry, entry_status] = run_with({"explain", "9"});
  EXPECT_EQ(entry_status, 0);
  EXPECT_EQ((*parse_json(entry))["command"]["kind"], "submit");
  EXPECT_EQ(run_with({"explain", "9999"}).second, 2);
  EXPECT_EQ(run_with({"report", "no reference"}).second, 2);
}

TEST_F(FullAudit, VerbsStopAtDamage) {
  Bytes entries = chain::sample::read_file(folder_ / "ledger/entries");
  entries[ledger_.head().offset / 2] ^= 1;
  chain::sample::write_file(folder_ / "ledger/entries", entries);
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"verify", "--full"},
                                                                     {"rebuild", "--compare"},
                                                                     {"as-of", "9", kRef},
                                                                     {"report", kRef},
                                                                     {"explain", "9"}}) {
    const auto [text, status] = run_with(arguments);
    EXPECT_EQ(status, 4) << arguments[0];
    EXPECT_THAT((*parse_json(text))["error"]["message"].get<std::string>(), HasSubstr("entry "))
        << arguments[0];
  }
}

}  // namespace
}  // namespace z5::replay
