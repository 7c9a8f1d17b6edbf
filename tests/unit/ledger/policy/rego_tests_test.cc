// SPDX-License-Identifier: Apache-2.0
// Goal: `z5 policy test` says what failed. Method: a bundle with a test of each outcome. (The
// default bundles' own tests run in ledger/policy/opa/gate.)
#include <gtest/gtest.h>

#include "ledger/policy/opa.h"

namespace z5::policy {
namespace {

using Outcome = TestResult;

TEST(RegoTests, EachOutcomeIsTold) {
  const Bundle bundle =
      Bundle::make({{"a.rego", "package a\nallow if input.x\n"},
                    {"a_test.rego",
                     "package a_test\nimport data.a\n"
                     "test_pass if a.allow with input as {\"x\": true}\n"
                     "test_fail if {\n  print(\"seen\")\n  a.allow with input as {}\n}\n"
                     "test_error if 1 / 0 == 1\n"
                     "todo_test_later if false\n"}})
          .value();
  const auto outcomes = run_tests(bundle, false);
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  ASSERT_EQ(outcomes->size(), 4u);
  EXPECT_EQ((*outcomes)[0].name, "data.a_test.test_error");
  EXPECT_EQ((*outcomes)[0].result, Outcome::Error);
  EXPECT_NE((*outcomes)[0].text.find("divide by zero"), std::string::npos) << (*outcomes)[0].text;
  EXPECT_EQ((*outcomes)[1].result, Outcome::Failed);
  EXPECT_NE((*outcomes)[1].text.find("seen"), std::string::npos) << (*outcomes)[1].text;
  EXPECT_EQ((*outcomes)[2].result, Outcome::Passed);
  EXPECT_EQ((*outcomes)[3].result, Outcome::Skipped);
}

TEST(RegoTests, StrictRefusesWhatOpaCheckDoes) {
  const Bundle bundle = Bundle::make({{"a.rego", "package a\nf(x) := 1 if { y := 2 }\n"}}).value();
  EXPECT_TRUE(run_tests(bundle, false).ok());
  EXPECT_FALSE(run_tests(bundle, true).ok());
  EXPECT_FALSE(
      run_tests(Bundle::make({{"a.rego", "package a\nallow := time.now_ns()\n"}}).value(), false)
          .ok());
}

}  // namespace
}  // namespace z5::policy
