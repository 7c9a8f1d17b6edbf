// SPDX-License-Identifier: Apache-2.0
// Goal: whatever people ask for, in whatever order, and wherever the machine fails, three readings
// of the ledger are one: the writer's fold, the projection's rows, and the auditor's replay,
// evidence included. Method: seeded random commands by the whole cast (mostly ones that the gate
// must refuse) on a real write path with real policy; a disk that is full or breaks at random
// moments, restarts, time that passes. One seed, one history of commands and faults (keys are new
// each time). A projector follows all the while; some of its stores are thrown away in the middle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "ledger/chain/verifier.h"
#include "projections/compare.h"
#include "projections/projector.h"
#include "projections/rows.h"
#include "replay/evidence_audit.h"
#include "replay/full.h"
#include "world.h"

namespace z5 {
namespace {

using identity::Kind;
using ledger::Answer;
using ledger::Outcome;
using support::World;

// A disk that is full, or whose sync breaks, when told so. The writer's thread asks it.
class FaultyDisk : public log::Disk {
 public:
  std::atomic<bool> full = false, broken = false;

  ssize_t pwrite(int file, const char* data, std::size_t size, off_t offset) override {
    if (!full) return Disk::pwrite(file, data, size, offset);
    errno = ENOSPC;
    return -1;
  }
  int fdatasync(int file) override {
    if (!broken) return Disk::fdatasync(file);
    errno = EIO;
    return -1;
  }
};

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed) {}

  void live(int steps) {
    for (int step = 0; step < steps; ++step) {
      fail_somehow();
      answers_[ask_something().answer]++;
      disk_.full = disk_.broken = false;
      if (world_.writer().ended()) world_.restart();
    }
  }

  World& world() { return world_; }
  int count(Answer answer) { return answers_[answer]; }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  void fail_somehow() {
    switch (pick(20)) {
      case 0:
        disk_.full = true;
        break;
      case 1:
        disk_.broken = true;
        break;
      case 2:
        world_.restart();
        break;
      case 3:
        world_.pass(std::chrono::minutes(pick(90)));
        break;
      default:
        world_.pass(std::chrono::milliseconds(pick(3'000)));
    }
  }

  // A few versions of two models: so that most of them get far.
  std::string ref() {
    return "acme/" + std::string(pick(2) ? "credit" : "fraud") + ":" + std::to_string(pick(3));
  }

  Outcome ask_something() {
    const std::string about = ref();
    const auto version = world_.writer().state().version(about);
    if (!version || pick(12) == 0)
      return world_.submit(about,
                           pick(4) ? std::vector<std::string>{} : std::vector<std::string>{"sbom"});
    switch (pick(14)) {
      case 0:
      case 1:
        return world_.stage(about);
      case 2:
      case 3:
        return world_.attach_promotion_evidence(about);
      case 4:
      case 5:
        return world_.approve(about, "sam", pick(4) ? "security" : "product");
      case 6:
      case 7:
        return world_.approve(about, "pia", "product");
      case 8:
      case 9:
        return world_.promote(about);
      case 10:
        return world_.run(Kind::Annotate, about, pick(4) ? "ci" : "sam",
                          {{"tags", {{"step", std::to_string(pick(9))}}}});
      case 11:
        return pick(3) ? quarantine(about)
                       : world_.run(Kind::Revoke, about, "rob", {{"reason", "cve-found"}});
      case 12:
        return world_.run(Kind::LiftQuarantine, about, "rob", Json::object(), {},
                          pick(3) ? std::vector<std::string>{"rae"} : std::vector<std::string>{});
      default:
        return pick(2) ? again() : world_.run(Kind::WithdrawApproval, about, "sam");
    }
  }

  Outcome quarantine(const std::string& about) {
    const Time review_by = world_.now() + std::chrono::minutes(1 + pick(60));
    return world_.run(Kind::Quarantine, about, "sam",
                      {{"reason", "drift"}, {"review_by", to_rfc3339(review_by)}});
  }

  // The very same bytes twice: the second time they have the first outcome.
  Outcome again() {
    const std::string about = ref();
    const auto version = world_.writer().state().version(about);
    if (!version) return Outcome();
    const auto request = world_.sign(world_.command(Kind::Annotate, about, version->model_digest,
                                                    {{"tags", {{"twice", "yes"}}}}),
                                     "ci");
    const Outcome first = world_.send(request);
    disk_.full = disk_.broken = false;
    if (world_.writer().ended()) world_.restart();
    const Outcome second = world_.send(request);
    if (first.answer == Answer::Accepted) {
      EXPECT_EQ(second.answer, Answer::Accepted);
      EXPECT_EQ(second.sequence, first.sequence);
    }
    return second;
  }

  std::mt19937 random_;
  FaultyDisk disk_;
  World world_{[this] {
    support::WorldOptions options;
    options.disk = &disk_;
    return options;
  }()};
  std::map<Answer, int> answers_;
};

projections::Settings settings_for(World& world, const std::string& state) {
  projections::Settings settings;
  settings.state = world.folder() + "/" + state;
  settings.trust = world.trust();
  settings.open_log = [folder = world.ledger_folder()](log::Position from) {
    return log::open_file_reader(folder, from);
  };
  settings.checkpoint_file = world.ledger_folder() + "/checkpoint";
  return settings;
}

class Simulation : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Simulation, WriterProjectionAndReplayAgree) {
  History history(GetParam());
  World& world = history.world();
  for (int life = 0; life < 3; ++life) {  // the projector is restarted between, on the same store
    auto projector = projections::Projector::start(settings_for(world, "state"));
    ASSERT_TRUE(projector.ok()) << projector.error().message;
    history.live(60);
    EXPECT_FALSE((*projector)->ended()) << (*projector)->ended()->message;
  }
  EXPECT_GT(history.count(Answer::Accepted), 20);
  EXPECT_GT(history.count(Answer::Refused), 10);

  const gate::State& writer = world.writer().state();
  auto store = projections::Store::open(world.folder() + "/state", world.trust());
  ASSERT_TRUE(store.ok()) << store.error().message;
  const auto head = projections::build(**store, settings_for(world, "state"));
  ASSERT_TRUE(head.ok()) << head.error().message;
  auto fresh = projections::Store::open(world.folder() + "/fresh", world.trust());
  ASSERT_TRUE(projections::build(**fresh, settings_for(world, "fresh")).ok());
  const auto difference = projections::first_difference(**store, **fresh);
  ASSERT_TRUE(difference.ok());
  EXPECT_EQ(*difference, std::nullopt) << **difference;

  gate::State replayed;
  chain::Verifier verifier(chain::empty_head(world.trust()));
  replay::EvidenceAudit evidence(world.evidence_folder());
  const auto reader = log::open_file_reader(world.ledger_folder());
  const auto full = replay::verify_full(
      **reader, verifier, replayed, 2,
      [&](const replay::Moment& moment) { return evidence.check(moment.entry, moment.state); });
  ASSERT_TRUE(full.ok()) << full.error().message;
  EXPECT_TRUE(verifier.finish().ok());
  EXPECT_EQ(verifier.head(), *head);
  EXPECT_GT(evidence.transitions(), 10u);

  const projections::View view = (*store)->view();
  const auto expected = writer.all_versions(), audited = replayed.all_versions();
  const auto projected = *view.versions("", "", expected.size() + 1);
  ASSERT_EQ(projected.size(), expected.size());
  ASSERT_EQ(audited.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string row = projections::write_version(*expected[i]);
    EXPECT_EQ(projections::write_version(*projected[i]), row) << expected[i]->ref;
    EXPECT_EQ(projections::write_version(*audited[i]), row) << expected[i]->ref;
    const std::string model = expected[i]->reference().name();
    EXPECT_EQ(*view.serving(model), replayed.serving(model));
    EXPECT_EQ(view.revocation(expected[i]->ref)->has_value(),
              expected[i]->stage == fb::Stage::Revoked || expected[i]->hold.has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace z5
