// SPDX-License-Identifier: Apache-2.0
// Goal: what was acknowledged is read, at once or not at all; and nothing is read from a ledger
// that turned out wrong. Method: a projector follows a ledger that grows beside it.
#include "projections/projector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger/log/file_log.h"
#include "schemas/limits.h"
#include "tests/support/governed/governed_ledger.h"

namespace z5::projections {
namespace {

using chain::sample::Folder;
using gate::sample::GovernedLedger;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kRef = "acme/credit:1.0";

class Following : public testing::Test {
 protected:
  Settings settings() {
    Settings settings;
    settings.state = folder_ / "state";
    settings.trust = ledger_.trust();
    settings.open_log = [path = folder_ / "ledger"](log::Position from) {
      return log::open_file_reader(path, from);
    };
    settings.checkpoint_file = folder_ / "ledger/checkpoint";
    return settings;
  }
  std::unique_ptr<Projector> started() {
    auto projector = Projector::start(settings());
    EXPECT_TRUE(projector.ok()) << projector.error().message;
    return std::move(*projector);
  }
  Folder folder_;
  GovernedLedger ledger_{folder_ / "ledger"};
};

TEST_F(Following, ReadsYourWrites) {
  const auto projector = started();
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t sequence = ledger_.head().size();
    ledger_.append(ledger_.submit("acme/credit:" + std::to_string(i)));
    const auto view = projector->view_with(sequence, 10s);
    ASSERT_TRUE(view.ok()) << view.error().message;
    EXPECT_NE(*view->version("acme/credit:" + std::to_string(i)), nullptr);
  }
  EXPECT_LT(projector->lag(), 10s);
}

TEST_F(Following, SaysUnavailableForWhatDoesNotCome) {
  const auto projector = started();
  const auto view = projector->view_with(ledger_.head().size(), 5ms);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code, ErrorCode::Unavailable);
}

TEST_F(Following, RevocationWakesTheListener) {
  ledger_.promote_all_the_way(kRef);
  const auto projector = started();
  ASSERT_TRUE(projector->view_with(ledger_.head().size() - 1, 10s).ok());
  std::atomic<std::uint64_t> reached = 0;
  projector->on_advance([&](const chain::Head& head) { reached = head.size(); });
  const std::uint64_t sequence = ledger_.head().size();
  EXPECT_EQ(*projector->view()->serving("acme/credit"), kRef);
  ledger_.append(ledger_.revoke(kRef));
  const auto view = projector->view_with(sequence, 10s);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ((*view->revocation(kRef))->sequence, sequence);
  EXPECT_EQ(*view->serving("acme/credit"), "");
  projector->stop();
  EXPECT_EQ(reached, sequence + 1);
}

TEST_F(Following, GoesOnWhereItStood) {
  ledger_.append(ledger_.submit(kRef));
  const std::uint64_t sequence = ledger_.head().size() - 1;
  ASSERT_TRUE(started()->view_with(sequence, 10s).ok());
  std::atomic<std::uint64_t> opened_at = 0;
  Settings again = settings();
  again.open_log = [&, open = again.open_log](log::Position from) {
    opened_at = from.sequence;
    return open(from);
  };
  const auto projector = Projector::start(again);
  ASSERT_TRUE(projector.ok());
  EXPECT_EQ(opened_at, sequence);  // reads only the last group again
  EXPECT_TRUE((*projector)->view_with(sequence, 0s).ok());
}

TEST_F(Following, RefusesEveryReadOnceTheLedgerIsWrong) {
  const auto projector = started();
  const std::uint64_t sequence = ledger_.head().size();
  gate::sample::Draft forged = ledger_.submit(kRef);
  forged.commands.clear();
  ledger_.append(std::move(forged));
  const auto view = projector->view_with(sequence, 10s);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(view.error().message, HasSubstr("entry " + std::to_string(sequence)));
  EXPECT_FALSE(projector->view().ok());
  EXPECT_EQ(projector->ended()->code, ErrorCode::Corrupt);
}

TEST_F(Following, WaitsForALogThatCannotBeReachedYet) {
  std::atomic<bool> reachable = false;
  Settings later = settings();
  later.open_log =
      [&, open = later.open_log](log::Position from) -> Result<std::unique_ptr<log::Reader>> {
    if (!reachable) return unavailable("log: not yet");
    return open(from);
  };
  const auto projector = Projector::start(later);
  ASSERT_TRUE(projector.ok());
  EXPECT_EQ((*projector)->view()->head().size(), 0u);
  reachable = true;
  EXPECT_TRUE((*projector)->view_with(0, 10s).ok());
}

// Gives out one batch; what follows is held back.
class HoldsBack : public log::Reader {
 public:
  explicit HoldsBack(std::unique_ptr<log::Reader> reader) : reader_(std::move(reader)) {}
  Status next(log::Batch& batch, std::chrono::milliseconds timeout) override {
    if (given_) return unavailable("held back");
    Z5_CHECK(reader_->next(batch, timeout));
    given_ = !batch.empty();
    return Done{};
  }
  log::Position position() const override { return reader_->position(); }

 private:
  std::unique_ptr<log::Reader> reader_;
  bool given_ = false;
};

TEST_F(Following, ReadsWhatStandsBeforeAnEntryThatIsHeldBackAndLags) {
  ledger_.append(ledger_.submit(kRef));
  Settings holding = settings();
  holding.open_log =
      [open = holding.open_log](log::Position from) -> Result<std::unique_ptr<log::Reader>> {
    Z5_TRY(auto reader, open(from));
    return std::unique_ptr<log::Reader>(std::make_unique<HoldsBack>(std::move(reader)));
  };
  auto projector = Projector::start(std::move(holding));
  ASSERT_TRUE(projector.ok()) << projector.error().message;
  const auto view = (*projector)->view_with(ledger_.head().size() - 1, 60s);
  EXPECT_TRUE(view.ok()) << view.error().message;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while ((*projector)->lag() < 3 * limits::kLogRetry && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(10ms);
  EXPECT_GE((*projector)->lag(), 3 * limits::kLogRetry) << "it called itself caught up";
}

TEST_F(Following, TwoOnOneFolderAreRefused) {
  const auto projector = started();
  const auto second = Projector::start(settings());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
  EXPECT_TRUE(Store::open(folder_ / "state", ledger_.trust(), Store::Access::ReadOnly).ok());
}

}  // namespace
}  // namespace z5::projections
