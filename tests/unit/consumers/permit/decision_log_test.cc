// SPDX-License-Identifier: Apache-2.0
// Goal: every decision is on disk within the bound, in a chain that shows what was changed; a disk
// that fails is told, and no line is lost or doubled. Method: real files, a disk that fails on cue.
#include "consumers/permit/decision_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "schemas/limits.h"
#include "world.h"

namespace z5::permit {
namespace {

namespace fs = std::filesystem;

struct MoodyDisk : log::Disk {
  std::atomic<int> failing_syncs = 0;
  std::atomic<int> syncs = 0;
  int fdatasync(int file) override {
    ++syncs;
    if (failing_syncs > 0 && failing_syncs-- > 0) {
      errno = EIO;
      return -1;
    }
    return log::Disk::fdatasync(file);
  }
};

class Decisions : public testing::Test {
 protected:
  std::unique_ptr<DecisionLog> open() {
    auto log = DecisionLog::open(path(), disk_);
    if (!log.ok()) {
      ADD_FAILURE() << log.error().message;
      std::abort();
    }
    return std::move(*log);
  }
  std::string path() const { return folder_.path() + "/decisions"; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(path())) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string text() const {
    std::ostringstream out;
    for (const fs::path& file : files()) out << std::ifstream(file).rdbuf();
    return out.str();
  }
  void write(const fs::path& file, const std::string& bytes) { std::ofstream(file) << bytes; }

  support::TemporaryFolder folder_;
  MoodyDisk disk_;
};

TEST_F(Decisions, GoOnAfterARestart) {
  for (int run = 0; run < 3; ++run) {
    auto log = open();
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(log->add(R"("outcome":"permitted")").ok());
  }
  EXPECT_EQ(*verify_decisions(path()), 30u);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(Decisions, AreOnDiskWithinTheBound) {
  auto log = open();
  EXPECT_TRUE(log->add(R"("outcome":"permitted")").ok());
  const auto until = std::chrono::steady_clock::now() + limits::kDecisionBuffer;
  while (disk_.syncs == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_GE(disk_.syncs, 1);
}

TEST_F(Decisions, AnyChangedByteShows) {
  {
    auto log = open();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(log->add(R"("outcome":"permitted")").ok());
  }
  const std::string good = text();
  const fs::path file = files().front();
  const std::size_t last_line = good.rfind('\n', good.size() - 2) + 1;
  for (std::size_t i = 0; i < last_line; ++i) {
    std::string bent = good;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    write(file, bent);
    EXPECT_FALSE(verify_decisions(path()).ok()) << i;
  }
  const std::size_t second = good.find('\n') + 1, third = good.find('\n', second) + 1;
  write(file, good.substr(0, second) + good.substr(third));
  EXPECT_FALSE(verify_decisions(path()).ok()) << "a line taken out";
  write(file, good);
  EXPECT_EQ(*verify_decisions(path()), 5u);
}

TEST_F(Decisions, ATornTailIsCut) {
  open()->add(R"("outcome":"permitted")").ok();
  const std::string good = text();
  for (const std::size_t keep :
       {std::size_t{0}, std::size_t{1}, good.size() / 2, good.size() - 1}) {
    write(files().front(), good + good.substr(0, keep));
    open()->add(R"("outcome":"refused")").ok();
    EXPECT_EQ(*verify_decisions(path()), 2u) << keep;
    write(files().front(), good);
  }
  write(files().front(), good.substr(0, good.size() / 2));  // nothing whole is left
  open()->add(R"("outcome":"refused")").ok();
  EXPECT_EQ(*verify_decisions(path()), 1u);
}

TEST_F(Decisions, AFailingDiskIsToldAndLosesNothing) {
  auto log = open();
  EXPECT_TRUE(log->add(R"("outcome":"first")").ok());
  while (disk_.syncs == 0) std::this_thread::yield();
  disk_.failing_syncs = 3;
  EXPECT_TRUE(log->add(R"("outcome":"second")").ok());
  while (log->writable().ok()) std::this_thread::yield();
  EXPECT_FALSE(log->add(R"("outcome":"not taken")").ok());
  while (!log->writable().ok()) std::this_thread::yield();
  EXPECT_TRUE(log->add(R"("outcome":"third")").ok());
  log.reset();
  EXPECT_EQ(*verify_decisions(path()), 3u);
  EXPECT_EQ(text().find("not taken"), std::string::npos);
}

TEST_F(Decisions, OneProcessWrites) {
  const auto log = open();
  const auto second = DecisionLog::open(path(), disk_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
}

TEST_F(Decisions, ABrokenLastFileIsRefused) {
  open()->add(R"("outcome":"permitted")").ok();
  write(files().front(), text() + "{\"number\":7}\n");
  const auto again = DecisionLog::open(path(), disk_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace z5::permit
