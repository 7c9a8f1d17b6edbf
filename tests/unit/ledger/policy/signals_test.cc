// SPDX-License-Identifier: Apache-2.0
// Goal: signals that a service handles do what they did without Go's runtime. Method: a process for
// each, which has evaluated a policy.
#include "ledger/policy/signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "ledger/policy/engine.h"
#include "tests/unit/ledger/policy/example_inputs.h"

namespace z5::policy {
namespace {

using namespace std::chrono_literals;

// Go's runtime lives in this process; signals that a service handles must still do what they did.
TEST(PolicySignalDeathTest, StayWithTheHost) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto evaluate_and = [](auto&& then) {
    Engine engine({.deadline = 10s});
    if (!engine.evaluate(Package::Authz, default_authz_bundle(), example_authz()).allowed)
      std::exit(9);
    then();
    std::exit(0);
  };
  EXPECT_EXIT(evaluate_and([] { std::raise(SIGTERM); }), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(evaluate_and([] { std::raise(SIGPIPE); }), ::testing::KilledBySignal(SIGPIPE), "");
  EXPECT_EXIT(evaluate_and([] {
                std::signal(SIGTERM, [](int) { std::_Exit(3); });
                std::raise(SIGTERM);
              }),
              ::testing::ExitedWithCode(3), "");
  EXPECT_EXIT(evaluate_and([] {
                std::signal(SIGPIPE, SIG_IGN);
                std::raise(SIGPIPE);
                std::_Exit(4);
              }),
              ::testing::ExitedWithCode(4), "");
}

TEST(PolicySignals, HandlersGetTheFlag) {
  const auto old = std::signal(SIGUSR1, [](int) {});
  put_handlers_on_alternate_stack();
  struct sigaction action = {};
  sigaction(SIGUSR1, nullptr, &action);
  EXPECT_NE(action.sa_flags & SA_ONSTACK, 0);
  sigaction(SIGUSR2, nullptr, &action);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
  EXPECT_EQ(action.sa_flags & SA_ONSTACK, 0);
  std::signal(SIGUSR1, old);
}

}  // namespace
}  // namespace z5::policy
