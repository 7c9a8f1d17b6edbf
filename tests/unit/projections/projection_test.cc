// SPDX-License-Identifier: Apache-2.0
// Goal: the store says what the ledger says, at every position, after every crash; and it stops,
// naming the entry, at what is not the ledger. Method: a governed ledger in a file, built into
// stores in one go, group by group, and with the process "killed" between groups; all must be
// equal. Then ledgers that are cut, forked, or have one bit flipped.
#include "projections/projection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "projections/compare.h"
#include "projections/projector.h"
#include "projections/rows.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::projections {
namespace {

using chain::sample::Folder;
using gate::sample::GovernedLedger;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRef = "acme/credit:1.0";
constexpr const char* kNext = "acme/credit:2.0";

// Everything that can happen to versions, in about thirty entries.
void live(GovernedLedger& ledger) {
  ledger.promote_all_the_way(kRef);
  ledger.append(ledger.annotate(kRef, "team", "risk"));
  ledger.append(ledger.submit(kNext, {{"tags", {{"team", "pricing"}, {"tier", "1"}}},
                                      {"artifact_uris", {"s3://models/2"}}}));
  ledger.append(ledger.annotate(kNext, "team", "risk"));
  ledger.append(ledger.refused(kNext));
  ledger.append(ledger.attach(kNext, "scan"));
  ledger.append(ledger.stage(kNext));
  ledger.append(ledger.approve(kNext, "sam", fb::ApprovalRole::Security));
  ledger.append(ledger.withdraw(kNext, "sam"));
  ledger.append(ledger.approve(kNext, "sam", fb::ApprovalRole::Security));
  ledger.append(ledger.quarantine(kNext, ledger.now() + std::chrono::seconds(2)));
  ledger.append(ledger.enroll("dora", {"submitter@acme"}));
  ledger.append(ledger.retire("dora"));  // QuarantineOverdue stands before it
  ledger.append(ledger.lift(kNext));
  ledger.append(ledger.activate(sha256("registry 2")));
  ledger.append(ledger.set_root("corp", "one document"));
  ledger.append(ledger.set_root("corp", "another document"));
  ledger.append(ledger.set_root("corp", "", ledger.now()));
  gate::sample::Draft other = ledger.submit("zeta/other:1");
  for (const int hours : {1, 2, 90}) {
    auto condition = std::make_unique<fb::ConditionT>();
    condition->due = (ledger.now() + std::chrono::hours(hours)).ns;
    condition->text = sha256("condition " + std::to_string(hours));
    other.entry.event.AsVersionSubmitted()->conditions.push_back(std::move(condition));
  }
  ledger.append(std::move(other));
  ledger.pass(std::chrono::hours(1));
  ledger.append(ledger.annotate("zeta/other:1", "a", "b"));  // ConditionOverdue stands before it
  ledger.append(ledger.decay(kNext, "findings", ledger.now() + std::chrono::hours(1)));
  ledger.pass(std::chrono::hours(2));
  ledger.append(ledger.annotate("zeta/other:1", "a", "c"));  // the second condition and the review
  ledger.append(ledger.lift(kNext));
  ledger.append(ledger.quarantine("zeta/other:1", ledger.now() + std::chrono::hours(9)));
  ledger.append(ledger.revoke(kRef));
}

Settings settings_for(const std::string& ledger, const chain::Trust& trust,
                      const std::string& state) {
  Settings settings;
  settings.state = state;
  settings.trust = trust;
  settings.open_log = [ledger](log::Position from) { return log::open_file_reader(ledger, from); };
  settings.checkpoint_file = ledger + "/checkpoint";
  return settings;
}

std::unique_ptr<Store> open_store(const std::string& path, const chain::Trust& trust) {
  auto store = Store::open(path, trust);
  EXPECT_TRUE(store.ok()) << store.error().message;
  return std::move(*store);
}

class ProjectionOfALife : public testing::Test {
 protected:
  ProjectionOfALife() { live(ledger_); }
  std::string path() const { return folder_ / "ledger"; }
  Settings settings(const std::string& state) {
    return settings_for(path(), ledger_.trust(), folder_ / state);
  }
  std::unique_ptr<Store> built(const std::string& state) {
    auto store = open_store(folder_ / state, ledger_.trust());
    const auto head = build(*store, settings(state));
    EXPECT_TRUE(head.ok()) << head.error().message;
    return store;
  }

  Folder folder_;
  GovernedLedger ledger_{folder_ / "ledger"};
};

TEST_F(ProjectionOfALife, SaysWhatTheWriterSays) {
  const auto store = built("state");
  const View view = store->view();
  EXPECT_EQ(view.head(), ledger_.head());
  EXPECT_EQ(view.ledger().checkpoint, ledger_.checkpoint());
  EXPECT_EQ(view.ledger().name, ledger_.state().name());
  EXPECT_EQ(view.ledger().quorum.admin, 2u);
  EXPECT_EQ(view.ledger().policies->registry, sha256("registry 2"));
  const sigstore::TrustRoot* corp = view.ledger().trust->find("corp");
  ASSERT_NE(corp, nullptr);
  EXPECT_EQ(corp->document->digest, sha256("another document"));
  EXPECT_TRUE(corp->window.withdrawn_at.is_set());
  EXPECT_EQ(view.ledger().trust->digest(), ledger_.state().trust()->digest());
  EXPECT_FALSE(view.ledger().actors->find("dora")->active());
  const auto versions = *view.versions("", "", 100);
  const auto expected = ledger_.state().all_versions();
  ASSERT_EQ(versions.size(), expected.size());
  for (std::size_t i = 0; i < versions.size(); ++i) {
    EXPECT_EQ(versions[i]->ref, expected[i]->ref);
    EXPECT_EQ(write_version(*versions[i]), write_version(*expected[i])) << versions[i]->ref;
  }
}

TEST_F(ProjectionOfALife, AnswersTheReads) {
  const auto store = built("state");
  const View view = store->view();
  EXPECT_EQ((*view.version(kRef))->stage, fb::Stage::Revoked);
  EXPECT_EQ(*view.version("acme/credit:9"), nullptr);
  EXPECT_EQ(*view.serving("acme/credit"), "");
  EXPECT_EQ(*view.annotations(kNext),
            (Annotations{{{"team", "risk"}, {"tier", "1"}}, {"s3://models/2"}}));
  EXPECT_EQ((*view.release(kRef))->release_notes, sha256(std::string("notes of ") + kRef));
  EXPECT_EQ(*view.release(kNext), std::nullopt);
  const auto tenant = *view.versions("acme", kRef, 10);
  ASSERT_EQ(tenant.size(), 1u);
  EXPECT_EQ(tenant[0]->ref, kNext);
  EXPECT_EQ(view.versions("", "", 1)->size(), 1u);

  const auto revocations = *view.revocations("", 10);
  ASSERT_EQ(revocations.size(), 2u);
  EXPECT_EQ(revocations[0].ref, kRef);
  EXPECT_FALSE(revocations[0].hold);
  EXPECT_EQ(revocations[0].reason, "leaked-data");
  EXPECT_TRUE(revocations[1].hold);
  EXPECT_EQ(*view.revocation(kNext), std::nullopt);  // lifted

  const auto pending = *view.pending("", 10);
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[0].version->ref, kNext);
  EXPECT_TRUE(pending[0].needs_security && pending[0].needs_product);  // the hold took the approval
  EXPECT_FALSE(pending[1].needs_security);                             // Candidate: not yet
}

TEST_F(ProjectionOfALife, TrailsAreInOrderAndHoldRefusals) {
  const auto store = built("state");
  const View view = store->view();
  std::vector<std::string> events;
  std::uint64_t last = 0;
  const auto trail = *view.trail(kNext, 0, 100);
  for (const TrailItem& item : trail) {
    events.push_back(item.event);
    EXPECT_GT(item.sequence, last);
    last = item.sequence;
  }
  EXPECT_THAT(
      events,
      ElementsAre("VersionSubmitted", "VersionAnnotated", "CommandRefused", "EvidenceAttached",
                  "VersionStaged", "ApprovalGranted", "ApprovalWithdrawn", "ApprovalGranted",
                  "VersionQuarantined", "QuarantineOverdue", "QuarantineLifted", "EvidenceAttached",
                  "IncidentOpened", "VersionQuarantined", "QuarantineOverdue", "QuarantineLifted"));
  const TrailItem& hold = trail[13];
  EXPECT_EQ(hold.fields["cause"], std::to_string(trail[11].sequence));
  EXPECT_EQ(hold.decision["rules"], Json::array({"blocking-cves"}));
  const auto end = *view.trail(kNext, last, 100);
  ASSERT_EQ(end.size(), 1u);
  EXPECT_EQ(end[0].fields["persons"], Json({"alice", "bob"}));
  EXPECT_EQ(end[0].actor, "alice");
  const auto ledger = *view.trail("", 0, 3);
  ASSERT_EQ(ledger.size(), 3u);
  EXPECT_EQ(ledger[0].event, "LedgerOpened");
}

TEST_F(ProjectionOfALife, ConditionsComeDueOnce) {
  const auto store = built("state");
  const View view = store->view();
  std::vector<std::string> overdue;
  const auto trail = view.trail("zeta/other:1", 0, 100);
  ASSERT_TRUE(trail.ok());
  for (const TrailItem& item : *trail) {
    if (item.event == "ConditionOverdue") overdue.push_back(item.fields["condition"]);
  }
  EXPECT_THAT(overdue, ElementsAre(sha256("condition 1").text(), sha256("condition 2").text()));
  std::vector<bool> flags;
  for (const auto& condition : (*view.version("zeta/other:1"))->conditions)
    flags.push_back(condition.overdue);
  EXPECT_THAT(flags, ElementsAre(true, true, false));
}

TEST_F(ProjectionOfALife, EveryViewStandsStill) {
  const auto store = built("state");
  const View before = store->view();
  ledger_.append(ledger_.revoke(kNext));
  ASSERT_TRUE(build(*store, settings("state")).ok());
  EXPECT_EQ(*before.revocation(kNext), std::nullopt);
  EXPECT_EQ(before.head().size() + 1, store->view().head().size());
  EXPECT_TRUE((*store->view().revocation(kNext)).has_value());
}

// Whatever the batches were, and wherever the process died, the rows are the same.
TEST_F(ProjectionOfALife, IsTheSameAfterEveryCrash) {
  const auto whole = built("whole");
  std::uint64_t size = 0;
  for (unsigned step = 1; size < ledger_.head().size(); ++step) {
    auto store = open_store(folder_ / "crashed", ledger_.trust());
    EXPECT_EQ(store->view().head().size(), size);
    Projection projection(*store, gate::Signatures::Grants);
    ASSERT_TRUE(projection.load().ok());
    chain::ChainReader log(*log::open_file_reader(path(), projection.head().position()),
                           projection.head());
    // Flushes one or two groups, applies another that is lost with the process.
    for (unsigned groups = 0; groups < 1 + step % 2; ++groups) {
      const auto group = log.next(std::chrono::milliseconds(0));
      ASSERT_TRUE(group.ok()) << group.error().message;
      if (*group == nullptr) break;
      const Status applied = projection.apply(*read_group(**group));
      ASSERT_TRUE(applied.ok()) << applied.error().message;
    }
    size = projection.head().size();
    ASSERT_TRUE(projection.flush().ok());
    if (const auto lost = log.next(std::chrono::milliseconds(0)); *lost != nullptr) {
      ASSERT_TRUE(projection.apply(*read_group(**lost)).ok());
    }
  }
  const auto crashed = open_store(folder_ / "crashed", ledger_.trust());
  EXPECT_EQ(crashed->view().head(), whole->view().head());
  EXPECT_EQ(*first_difference(*crashed, *whole), std::nullopt);
}

TEST_F(ProjectionOfALife, StopsAtAGivenSize) {
  auto store = open_store(folder_ / "state", ledger_.trust());
  const std::uint64_t groups_end = 9 + 3;  // genesis, then three groups of one entry
  EXPECT_EQ(build(*store, settings("state"), groups_end)->size(), groups_end);
  const auto whole = built("whole");
  EXPECT_THAT(**first_difference(*store, *whole), HasSubstr("versions"));
  EXPECT_EQ(build(*store, settings("state"), ~0ull).error().code, ErrorCode::Corrupt);
}

TEST_F(ProjectionOfALife, AnotherLedgerIsRefused) {
  built("state").reset();
  GovernedLedger other(folder_ / "other");
  Folder elsewhere;
  chain::Trust trust = chain::sample::trust(chain::sample::key('X'));
  trust.genesis = sha256("another genesis");
  const auto opened = Store::open(folder_ / "state", trust);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(opened.error().message, HasSubstr(trust.genesis.text()));
  EXPECT_THAT(opened.error().message, HasSubstr(ledger_.trust().genesis.text()));
}

// The same genesis, another life: only the last group that the store knows gives it away.
TEST(ProjectionOfAFork, IsRefusedNamingBoth) {
  Folder folder;
  for (const char* name : {"one", "two"}) {
    GovernedLedger ledger(folder / name);
    ledger.append(ledger.submit(std::string("acme/credit:") + name));
  }
  GovernedLedger one(
      folder / "one", *[&] {
        auto trust = chain::sample::trust();
        trust.genesis = chain::entry_hash(
            log::decode_record(
                chain::sample::read_file(folder / "one/entries")
                    .substr(0, (*log::read_record(chain::sample::read_file(folder / "one/entries")))
                                   ->frame.size()))
                ->body);
        return std::make_unique<chain::Trust>(trust);
      }());
  auto store = open_store(folder / "state", one.trust());
  ASSERT_TRUE(build(*store, settings_for(folder / "one", one.trust(), folder / "state")).ok());
  Settings forked = settings_for(folder / "two", one.trust(), folder / "state");
  forked.checkpoint_file.clear();
  const auto refused = build(*store, forked);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("the log is another one, or shorter"));
  EXPECT_THAT(refused.error().message, HasSubstr(one.head().tree.root().text()));
}

TEST_F(ProjectionOfALife, OlderLogIsRefused) {
  built("state").reset();
  const Bytes entries = chain::sample::read_file(path() + "/entries");
  // A copy that ends two groups earlier.
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < ledger_.head().offset;) {
    const auto record = *log::read_record(std::string_view(entries).substr(at));
    at += record->frame.size();
    if (!record->seal.empty()) ends.push_back(at);
  }
  std::filesystem::create_directory(folder_ / "cut");
  chain::sample::write_file(folder_ / "cut/entries", entries.substr(0, ends[ends.size() - 3]));
  auto store = open_store(folder_ / "state", ledger_.trust());
  const auto refused =
      build(*store, settings_for(folder_ / "cut", ledger_.trust(), folder_ / "state"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("the log is another one, or shorter"));

  // A new store finds it against the checkpoint that the ledger signed.
  chain::sample::write_file(folder_ / "cut/checkpoint", ledger_.checkpoint());
  auto fresh = open_store(folder_ / "fresh", ledger_.trust());
  const auto cut = build(*fresh, settings_for(folder_ / "cut", ledger_.trust(), folder_ / "fresh"));
  ASSERT_FALSE(cut.ok());
  EXPECT_THAT(cut.error().message, HasSubstr("a kept checkpoint has size"));
}

TEST_F(ProjectionOfALife, FlippedBitsAreFoundNamingTheEntry) {
  const Bytes entries =
      chain::sample::read_file(path() + "/entries").substr(0, ledger_.head().offset);
  std::filesystem::create_directory(folder_ / "flipped");
  for (std::size_t at = 40; at < entries.size(); at += 4'999) {
    Bytes flipped = entries;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
    chain::sample::write_file(folder_ / "flipped/entries", flipped);
    const std::string state = folder_ / ("flip" + std::to_string(at));
    auto store = open_store(state, ledger_.trust());
    const auto refused = build(*store, settings_for(folder_ / "flipped", ledger_.trust(), state));
    ASSERT_FALSE(refused.ok()) << at;
    EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("entry ")) << at;
  }
}

// A writer that turned: whole chain, valid seals, but an event that nobody asked for.
TEST_F(ProjectionOfALife, EventsThatNobodyAskedForAreFound) {
  const std::uint64_t sequence = ledger_.head().size();
  gate::sample::Draft forged = ledger_.activate(sha256("evil"));
  forged.commands.pop_back();
  forged.entry.event.AsPolicyActivated()->authors = {"alice"};
  ledger_.append(std::move(forged));
  auto store = open_store(folder_ / "state", ledger_.trust());
  const auto refused = build(*store, settings("state"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(refused.error().message,
              HasSubstr("entry " + std::to_string(sequence) + ": PolicyActivated"));
}

TEST_F(ProjectionOfALife, CommandUsedTwiceIsFoundAlsoAfterARestart) {
  gate::sample::Draft once = ledger_.annotate(kNext, "team", "a");
  gate::sample::Draft again = {once.entry, once.commands};
  ledger_.append(std::move(once));
  built("state").reset();
  ledger_.append(std::move(again));
  auto store = open_store(folder_ / "state", ledger_.trust());
  const auto refused = build(*store, settings("state"));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("was used before"));
}

TEST_F(ProjectionOfALife, MissingDueEventIsFound) {
  ledger_.append(ledger_.submit("acme/late:1"));
  ledger_.append(ledger_.quarantine("acme/late:1", ledger_.now() + std::chrono::seconds(2)));
  auto store = open_store(folder_ / "state", ledger_.trust());
  Projection projection(*store, gate::Signatures::Grants);
  ASSERT_TRUE(projection.load().ok());
  ledger_.append(ledger_.annotate(kNext, "team", "b"));
  ledger_.append(ledger_.annotate(kNext, "team", "c"));  // QuarantineOverdue stands before it
  chain::ChainReader log(*log::open_file_reader(path()), projection.head());
  for (;;) {
    const auto group = log.next(std::chrono::milliseconds(0));
    ASSERT_TRUE(group.ok() && *group != nullptr);
    chain::VerifiedGroup without = **group;
    const auto first = decode_entry(without.entries.front().body);
    const bool overdue = first->event.type == fb::Event::QuarantineOverdue &&
                         event_reference(*first) == "acme/late:1";
    if (!overdue) {
      ASSERT_TRUE(projection.apply(*read_group(without)).ok());
      continue;
    }
    without.entries.erase(without.entries.begin());
    const Status refused = projection.apply(*read_group(without));
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("not what was due at its time"));
    break;
  }
}

TEST_F(ProjectionOfALife, DamagedStoreIsRefused) {
  built("state").reset();
  {
    auto store = open_store(folder_ / "state", ledger_.trust());  // replays its log into files
  }
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "state")) {
    if (file.path().extension() != ".sst") continue;
    Bytes bytes = chain::sample::read_file(file.path());
    bytes[bytes.size() / 3] ^= 0x10;
    chain::sample::write_file(file.path(), bytes);
  }
  const auto opened = Store::open(folder_ / "state", ledger_.trust());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace z5::projections
