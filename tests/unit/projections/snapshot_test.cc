// SPDX-License-Identifier: Apache-2.0
// Goal: a replica may begin with somebody's snapshot, and a snapshot that says anything but what
// the log says is refused or found. Method: honest ones, every lie that its signer or whoever
// carries it could tell, and crashes in between.
#include "projections/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger/keys/dsse.h"
#include "ledger/log/file_log.h"
#include "projections/adoption.h"
#include "projections/compare.h"
#include "projections/database.h"
#include "projections/projector.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::projections {
namespace {

namespace fs = std::filesystem;
using chain::sample::Folder;
using chain::sample::read_file;
using chain::sample::write_file;
using gate::sample::GovernedLedger;
using gate::sample::key_of;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kRevoked = "acme/credit:1.0";

class Snapshots : public testing::Test {
 protected:
  Snapshots() {
    ledger_.append(ledger_.enroll("reader", {}, fb::KeyUse::Service));
    ledger_.append(ledger_.submit(kRevoked));
    ledger_.append(ledger_.revoke(kRevoked));
    ledger_.append(ledger_.submit("acme/credit:2.0"));
  }
  Settings settings(const std::string& state) const {
    Settings settings;
    settings.state = state;
    settings.trust = ledger_.trust();
    settings.open_log = [path = folder_ / "ledger"](log::Position from) {
      return log::open_file_reader(path, from);
    };
    return settings;
  }
  // A new replica that begins with `snapshot`, believing `signer`.
  Settings replica(const std::string& snapshot, const std::string& signer = "reader") const {
    Settings out = settings(folder_ / "replica");
    out.snapshot = {snapshot, {key_of(signer).public_key()}, taken_at_ + 1h};
    return out;
  }
  std::unique_ptr<Store> store_at_the_end(const std::string& state) const {
    auto store = Store::open(state, ledger_.trust());
    EXPECT_TRUE(store.ok() && build(**store, settings(state)).ok());
    return std::move(*store);
  }
  SnapshotStatement taken(const std::string& folder, const std::string& signer = "reader") const {
    const auto store = store_at_the_end(folder_ / "operator");
    auto statement = take_snapshot(*store, key_of(signer), taken_at_, folder);
    EXPECT_TRUE(statement.ok()) << statement.error().message;
    return *statement;
  }
  // The statement, signed anew.
  void say(const std::string& folder, const SnapshotStatement& statement,
           const std::string& signer = "reader") const {
    write_file(statement_file(folder),
               keys::sign_bundle(write_snapshot_statement(statement), key_of(signer)));
  }
  void expect_refused(const Settings& settings, ErrorCode code, const std::string& why) const {
    const Status adopted = adopt(settings);
    ASSERT_FALSE(adopted.ok()) << why;
    EXPECT_EQ(adopted.error().code, code) << adopted.error().message;
    EXPECT_THAT(adopted.error().message, HasSubstr("snapshot " + settings.snapshot.folder));
    EXPECT_THAT(adopted.error().message, HasSubstr(why));
    for (const char* left : {"", ".snapshot", ".adopting"})
      EXPECT_FALSE(fs::exists(settings.state + left)) << left;
  }

  Folder folder_;
  GovernedLedger ledger_{folder_ / "ledger"};
  const std::string snapshot_ = folder_ / "snapshot";
  const Time taken_at_ = chain::sample::kStart + 24h;
};

bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 6'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST_F(Snapshots, AReplicaBeginsThereFollowsAndIsVerifiedByReplay) {
  const SnapshotStatement said = taken(snapshot_);
  EXPECT_EQ(said.size, ledger_.head().size());
  EXPECT_EQ(said.root, ledger_.head().tree.root());
  std::atomic<std::uint64_t> first_read = ~0ull, reads_from_zero = 0;
  Settings there = replica(snapshot_);
  std::atomic<bool> zero_is_reachable = false;
  there.open_log =
      [&, open = there.open_log](log::Position from) -> Result<std::unique_ptr<log::Reader>> {
    if (first_read == ~0ull) first_read = from.sequence;
    if (from.sequence == 0 && !zero_is_reachable) return unavailable("log: not yet");
    reads_from_zero += from.sequence == 0;
    return open(from);
  };
  auto projector = Projector::start(there);
  ASSERT_TRUE(projector.ok()) << projector.error().message;
  EXPECT_EQ(first_read, said.size - 1);  // the last group only
  ledger_.append(ledger_.submit("acme/credit:3.0"));
  {
    const auto view = (*projector)->view_with(ledger_.head().size() - 1, 60s);
    ASSERT_TRUE(view.ok()) << view.error().message;
    EXPECT_TRUE((*view->revocation(kRevoked)).has_value());
  }
  EXPECT_FALSE((*projector)->verified());
  zero_is_reachable = true;
  EXPECT_TRUE(comes_true([&] { return (*projector)->verified(); }));
  EXPECT_EQ(reads_from_zero, 1u);
  (*projector)->stop();
  EXPECT_FALSE((*projector)->ended());
  projector->reset();
  EXPECT_FALSE(fs::exists(there.state + ".snapshot"));
  EXPECT_FALSE(fs::exists(there.state + ".replay"));
  const auto again = Store::open(there.state, ledger_.trust());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE((*again)->verified());
  EXPECT_EQ(*content_digest(**again), *content_digest(*store_at_the_end(folder_ / "operator")));
}

TEST_F(Snapshots, TheStatementHasOneForm) {
  const SnapshotStatement said = taken(snapshot_);
  std::string text = write_snapshot_statement(said);
  EXPECT_EQ(*parse_snapshot_statement(text), said);
  EXPECT_FALSE(parse_snapshot_statement(text + " ").ok());
  text.insert(text.find("\"predicate\":{") + 13, "\"more\":1,");
  EXPECT_FALSE(parse_snapshot_statement(text).ok());
}

TEST_F(Snapshots, EveryLieOfWhoCarriesItIsRefused) {
  const SnapshotStatement said = taken(snapshot_);
  const auto lie = [&](const std::function<void(const std::string&)>& change) {
    const std::string copy = folder_ / "copy";
    fs::remove_all(copy);
    fs::copy(snapshot_, copy, fs::copy_options::recursive);
    change(copy);
    return replica(copy);
  };
  expect_refused(lie([&](const std::string& copy) {  // forged: no longer what was signed
                   std::string bundle = read_file(statement_file(copy));
                   const auto at = bundle.find("\"payload\":\"") + 300;
                   bundle[at] = bundle[at] == 'A' ? 'B' : 'A';
                   write_file(statement_file(copy), bundle);
                 }),
                 ErrorCode::Corrupt, "not signed by a key whose snapshots count");
  expect_refused(lie([&](const std::string& copy) { say(copy, said, "sam"); }), ErrorCode::Corrupt,
                 "not signed by a key whose snapshots count");
  expect_refused(lie([](const std::string& copy) { write_file(manifest_file(copy), "nothing\n"); }),
                 ErrorCode::Corrupt, "manifest: not what was signed");
  const auto some_rows = [](const std::string& copy) {
    for (const auto& each : fs::directory_iterator(store_folder(copy))) {
      if (each.path().extension() == ".sst") return each.path().string();
    }
    return std::string();
  };
  expect_refused(lie([&](const std::string& copy) { fs::remove(some_rows(copy)); }),
                 ErrorCode::Corrupt, "truncated: store/");
  expect_refused(lie([&](const std::string& copy) {
                   const std::string bytes = read_file(some_rows(copy));
                   write_file(some_rows(copy), bytes.substr(0, bytes.size() / 2));
                 }),
                 ErrorCode::Corrupt, "");
  expect_refused(lie([&](const std::string& copy) {
                   std::string bytes = read_file(some_rows(copy));
                   bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
                   write_file(some_rows(copy), bytes);
                 }),
                 ErrorCode::Corrupt, "");
  expect_refused(lie([](const std::string& copy) { fs::remove(statement_file(copy)); }),
                 ErrorCode::Invalid, "statement.json is missing");
  // And the honest one is still taken.
  EXPECT_TRUE(adopt(lie([](const std::string&) {})).ok());
}

TEST_F(Snapshots, EveryLieOfWhoSignsItThatCanBeSeenAtOnceIsRefused) {
  const SnapshotStatement said = taken(snapshot_);
  const auto lie = [&](const std::function<void(SnapshotStatement&)>& change) {
    SnapshotStatement changed = said;
    change(changed);
    say(snapshot_, changed);
    return replica(snapshot_);
  };
  expect_refused(lie([](auto& s) { s.ledger.origin = "z5.local/other"; }), ErrorCode::Corrupt,
                 "of another ledger");
  expect_refused(lie([](auto& s) { s.ledger.genesis = sha256("other"); }), ErrorCode::Corrupt,
                 "of another ledger");
  expect_refused(lie([](auto& s) { s.format = "0"; }), ErrorCode::Invalid, "another format");
  expect_refused(lie([](auto& s) { s.size += 1; }), ErrorCode::Corrupt, "its position");
  expect_refused(lie([](auto& s) { s.root = sha256("x"); }), ErrorCode::Corrupt, "its position");
  expect_refused(lie([](auto& s) { s.last = sha256("x"); }), ErrorCode::Corrupt, "its position");
  expect_refused(lie([](auto& s) { s.content = sha256("x"); }), ErrorCode::Corrupt, "its rows");
  expect_refused(lie([](auto& s) { s.bytes -= 1; }), ErrorCode::Corrupt, "larger than");
  expect_refused(lie([](auto& s) { s.taken_at = s.taken_at + 24h; }), ErrorCode::Conflict,
                 "in the future");
  Settings late = lie([](auto&) {});
  late.snapshot.now = taken_at_ + limits::kSnapshotLife + 1s;
  expect_refused(late, ErrorCode::Conflict, "stale");
  // A key that somebody pinned, but that the ledger did not enrol for this.
  say(snapshot_, said, "sam");
  expect_refused(replica(snapshot_, "sam"), ErrorCode::Corrupt,
                 "not enrolled for use service there");
  // Without a pinned key only those of genesis count, which has none here.
  Settings nobody = lie([](auto&) {});
  nobody.snapshot.keys.clear();
  expect_refused(nobody, ErrorCode::Corrupt, "not signed by a key whose snapshots count");
}

TEST_F(Snapshots, APositionThatTheLogDoesNotHaveIsRefused) {
  fs::copy(folder_ / "ledger", folder_ / "shorter", fs::copy_options::recursive);
  ledger_.append(ledger_.submit("acme/credit:3.0"));
  taken(snapshot_);
  Settings there = replica(snapshot_);
  there.open_log = [path = folder_ / "shorter"](log::Position from) {
    return log::open_file_reader(path, from);
  };
  expect_refused(there, ErrorCode::Corrupt, "");
}

// Content altered, digested and signed again by the operator's own key.
TEST_F(Snapshots, WhatItsSignerMadeUpIsFoundByReplay) {
  {
    const auto store = store_at_the_end(folder_ / "operator");
    rocksdb::WriteBatch lie;
    ASSERT_TRUE(lie.Delete(store->database().handle(Family::Revocations), kRevoked).ok());
    ASSERT_TRUE(store->write(lie, std::make_shared<const LedgerView>(store->view().ledger())).ok());
    ASSERT_TRUE(take_snapshot(*store, key_of("reader"), taken_at_, snapshot_).ok());
  }
  const auto projector = Projector::start(replica(snapshot_));
  ASSERT_TRUE(projector.ok()) << projector.error().message;
  ASSERT_TRUE(comes_true([&] { return (*projector)->ended().has_value(); }));
  EXPECT_EQ((*projector)->ended()->code, ErrorCode::Corrupt);
  EXPECT_THAT((*projector)->ended()->message,
              HasSubstr("revocations 'acme/credit:1.0': only in the second"));
  EXPECT_FALSE((*projector)->verified());
  EXPECT_FALSE((*projector)->view().ok());
}

TEST_F(Snapshots, ARestartGoesOnReplaying) {
  taken(snapshot_);
  const Settings there = replica(snapshot_);
  ASSERT_TRUE(adopt(there).ok());
  const auto store = Store::open(there.state, ledger_.trust());
  ASSERT_TRUE(store.ok());
  EXPECT_FALSE((*store)->verified());
  const Status stopped = replay_adopted(**store, there, true);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::Unavailable);
  EXPECT_FALSE((*store)->verified());
  EXPECT_EQ(take_snapshot(**store, key_of("reader"), taken_at_, folder_ / "more").error().code,
            ErrorCode::Invalid);  // nobody passes on what he did not check
  ASSERT_TRUE(replay_adopted(**store, there, false).ok());
  EXPECT_TRUE((*store)->verified());
}

TEST_F(Snapshots, WithoutWhatItBeganWithAStoreIsNeverCalledVerified) {
  taken(snapshot_);
  const Settings there = replica(snapshot_);
  ASSERT_TRUE(adopt(there).ok());
  fs::remove_all(there.state + ".snapshot");
  const auto store = Store::open(there.state, ledger_.trust());
  const Status replayed = replay_adopted(**store, there, false);
  ASSERT_FALSE(replayed.ok());
  EXPECT_EQ(replayed.error().code, ErrorCode::Corrupt);
  EXPECT_FALSE((*store)->verified());
}

// Wherever taking one was cut off, the name that was asked for is not there, what is there is no
// snapshot, and taking it again works.
TEST_F(Snapshots, ACrashLeavesNoneOrAWholeOne) {
  taken(snapshot_);
  const std::string partial = folder_ / "second.partial";
  for (const char* missing : {"statement.json", "manifest", "store"}) {
    fs::copy(snapshot_, partial, fs::copy_options::recursive);
    fs::remove_all(partial + "/" + missing);
    EXPECT_FALSE(adopt(replica(partial)).ok()) << missing;
    fs::remove_all(folder_ / "second");
    taken(folder_ / "second");
    EXPECT_FALSE(fs::exists(partial));
  }
  EXPECT_TRUE(adopt(replica(folder_ / "second")).ok());
}

TEST_F(Snapshots, AnAdoptionThatWasCutOffBeginsAgain) {
  taken(snapshot_);
  const Settings there = replica(snapshot_);
  for (const char* left : {".snapshot", ".adopting", ".replay"}) {
    fs::create_directories(there.state + left + "/store");
    write_file(there.state + left + "/store/CURRENT", "half");
  }
  EXPECT_TRUE(adopt(there).ok());
  EXPECT_TRUE(adopt(there).ok());  // and a store that is there stays
}

TEST_F(Snapshots, OnlyAServiceKeyTakesOneAndNothingIsOverwritten) {
  const auto store = store_at_the_end(folder_ / "operator");
  const auto refused = take_snapshot(*store, key_of("sam"), taken_at_, snapshot_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("not enrolled for use service"));
  EXPECT_FALSE(fs::exists(snapshot_));
  ASSERT_TRUE(take_snapshot(*store, key_of("reader"), taken_at_, snapshot_).ok());
  EXPECT_FALSE(take_snapshot(*store, key_of("reader"), taken_at_, snapshot_).ok());
  ledger_.append(ledger_.retire("reader"));
  ASSERT_TRUE(build(*store, settings(folder_ / "operator")).ok());
  EXPECT_FALSE(take_snapshot(*store, key_of("reader"), taken_at_, folder_ / "late").ok());
}

}  // namespace
}  // namespace z5::projections
