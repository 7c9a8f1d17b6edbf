// SPDX-License-Identifier: Apache-2.0
// Goal: one call is one JSON line, and no caller can make the log grow without bound. Method: read
// the file back.
#include "ledger/http/service_log.h"

#include <gtest/gtest.h>

#include "schemas/json.h"
#include "schemas/limits.h"
#include "tests/support/http/scratch.h"

namespace z5::http {
namespace {

std::vector<Json> lines(const std::filesystem::path& file) {
  std::vector<Json> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto json = parse_json(line);
    EXPECT_TRUE(json.ok()) << line;
    if (json.ok()) out.push_back(*json);
  }
  return out;
}

TEST(HttpServiceLog, OneLineAMessage) {
  const Scratch home;
  const auto file = home.path() / "ledger.log";
  const auto log = *ServiceLog::open("z5-ledger", file);
  log->info("started", {{"port", 7501}, {"sequence", std::uint64_t{12}}, {"ready", true}});
  log->error("refused", {{"ref", "a\nb\"\x01\xff"}, {"long", std::string(10'000, 'x')}});
  const auto written = lines(file);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0]["level"], "info");
  EXPECT_EQ(written[0]["service"], "z5-ledger");
  EXPECT_EQ(written[0]["message"], "started");
  EXPECT_EQ(written[0]["port"], 7501);
  EXPECT_EQ(written[0]["sequence"], 12);
  EXPECT_EQ(written[0]["ready"], true);
  EXPECT_TRUE(written[0]["time"].get<std::string>().ends_with("Z"));
  EXPECT_EQ(written[1]["ref"], "a\nb\"\x01\xef\xbf\xbd");
  EXPECT_LE(written[1].dump().size(), limits::kLogLine);
  EXPECT_EQ(std::filesystem::status(file).permissions(), static_cast<std::filesystem::perms>(0600));
  EXPECT_FALSE(ServiceLog::open("x", home.path()).ok());
}

TEST(HttpServiceLog, WarningsAreLimitedPerMessage) {
  const Scratch home;
  const auto file = home.path() / "log";
  const auto log = *ServiceLog::open("z5-ledger", file);
  for (int i = 0; i < 10'000; ++i) log->warning("bad request", {{"number", i}});
  log->warning("something else");
  EXPECT_EQ(lines(file).size(), limits::kLogWarningsPerMinute + 1);
}

TEST(HttpServiceLog, FilesAreBounded) {
  const Scratch home;
  const auto log = *ServiceLog::open("z5-ledger", home.path() / "log");
  const std::string text(limits::kLogLine / 4, 'x');
  for (std::size_t i = 0; i < limits::kLogFileBytes * (limits::kLogFiles + 3) / text.size(); ++i) {
    log->error("full", {{"text", text}});
  }
  std::size_t size = 0;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(home.path())) {
    size += entry.file_size();
    ++files;
  }
  EXPECT_EQ(files, limits::kLogFiles + 1);
  EXPECT_LE(size, limits::kLogFileBytes * (limits::kLogFiles + 1));
}

}  // namespace
}  // namespace z5::http
