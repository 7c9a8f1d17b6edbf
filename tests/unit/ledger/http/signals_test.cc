// SPDX-License-Identifier: Apache-2.0
// Goal: a signal reaches the main thread as a value, whichever thread the kernel picks. Method:
// signals to ourselves.
#include "ledger/http/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace z5::http {
namespace {

using std::chrono::milliseconds;

TEST(HttpSignals, EachBecomesAValue) {
  std::atomic<bool> end{false};
  std::thread unblocked([&end] {  // as the Go runtime has: started before, with every signal open
    while (!end) std::this_thread::sleep_for(milliseconds(1));
  });
  {
    Signals signals;
    EXPECT_FALSE(signals.wait_for(milliseconds(10)));
    ::kill(::getpid(), SIGHUP);
    EXPECT_EQ(signals.wait(), Signal::Reload);
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(signals.wait(), Signal::Stop);
    ::pthread_kill(unblocked.native_handle(), SIGINT);
    EXPECT_EQ(signals.wait_for(milliseconds(2'000)), Signal::Stop);
    EXPECT_FALSE(signals.wait_for(milliseconds(0)));
  }
  end = true;
  unblocked.join();
  Signals again;  // one after another is fine
  EXPECT_FALSE(again.wait_for(milliseconds(1)));
}

TEST(HttpSignalsDeathTest, TwoAtOnceIsOurMistake) {
  Signals one;
  EXPECT_DEATH(Signals(), "assertion failed");
}

}  // namespace
}  // namespace z5::http
