// SPDX-License-Identifier: Apache-2.0
// Goal: a child runs only while its model may be loaded; its exit code is handed on.
// Method: real children of /bin/sh under the honest service that changes its mind.
#include "consumers/guard/watch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "consumers/guard/seen.h"
#include "tests/unit/consumers/guard/fake_service.h"

namespace z5::guard {
namespace {

class WatchChild : public testing::Test {
 protected:
  int run(const std::string& script, std::function<void(int)> after_check = [](int) {}) {
    Guard guard = host_.guard();
    int checks = 0;
    return watch(guard, {.model = "acme/credit:1.0",
                         .directory = host_.model().string(),
                         .ignore = "",
                         .command = {"/bin/sh", "-c", script},
                         .every = std::chrono::seconds(0),
                         .stop = [&] { return stop_; },
                         .told = [&](const auto&) { after_check(++checks); }});
  }
  std::string marker() const { return (host_.root() / "marker").string(); }
  bool stop_ = false;
  fake::Host host_;
};

TEST_F(WatchChild, HandsOnTheExitCode) {
  EXPECT_EQ(run("exit 0"), 0);
  EXPECT_EQ(run("exit 17"), 17);
  EXPECT_EQ(run("kill -KILL $$"), 128 + 9);
}

TEST_F(WatchChild, DoesNotStartWhatIsNotPermitted) {
  host_.instead = http::refusal_response(403, {{"revoked", "x"}});
  EXPECT_EQ(run("echo > " + marker()), 1);
  EXPECT_FALSE(std::filesystem::exists(marker()));
}

TEST_F(WatchChild, EndsTheChildOnANo) {
  const std::string script =
      "trap 'echo > " + marker() + "; exit 5' TERM; while :; do sleep 0.05; done";
  EXPECT_EQ(run(script,
                [&](int checks) {
                  if (checks == 20) host_.instead = http::refusal_response(403, {{"revoked", "x"}});
                }),
            1);
  EXPECT_TRUE(std::filesystem::exists(marker()));
}

TEST_F(WatchChild, EndsTheChildWhenAByteChanges) {
  EXPECT_EQ(run("while :; do sleep 0.05; done",
                [&](int checks) {
                  if (checks == 3) fake::write_file(host_.model() / "config.json", "[]");
                }),
            4);
}

TEST_F(WatchChild, LivesOnUntilThePermitRunsOut) {
  int unavailable = 0;
  EXPECT_EQ(run("while :; do sleep 0.05; done",
                [&](int checks) {
                  if (checks == 2) host_.instead = http::error_response(503, "behind");
                  if (checks > 2 && ++unavailable == 5)
                    host_.now = fake::kNow + limits::kPermitLife;
                }),
            3);
  EXPECT_GE(unavailable, 5);
}

TEST_F(WatchChild, StopsWhenAsked) {
  EXPECT_EQ(run("trap 'exit 7' TERM; while :; do sleep 0.05; done",
                [&](int checks) { stop_ = checks == 20; }),
            7);
}

TEST_F(WatchChild, ExecuteReplacesTheProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(execute({"/bin/sh", "-c", "exit $#", "sh", "a", "b c", ""}));
    ::_exit(99);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(execute({"/nonexistent/program"}).exit, Exit::Usage);
}

}  // namespace
}  // namespace z5::guard
