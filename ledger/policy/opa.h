// SPDX-License-Identifier: Apache-2.0
// OPA in this process, through the C archive that opa/ builds. The only file pair that knows its C
// interface.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/policy/bundle.h"
#include "ledger/policy/decision.h"
#include "schemas/json.h"
#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::policy {

// "opa/1.22.2", the version that is linked.
std::string opa_version();

// A compiled bundle. Any thread; it must outlive its calls.
class CompiledBundle {
 public:
  // Invalid with file, line and reason when it does not compile; a built-in function that is not in
  // opa/gate/capabilities.json is one such reason and is named.
  static Result<CompiledBundle> compile(const Bundle& bundle);
  ~CompiledBundle();
  CompiledBundle(CompiledBundle&& other) noexcept;
  CompiledBundle& operator=(CompiledBundle&&) = delete;

  // Whether it has a rule `name` in the package.
  bool defines(Package package, std::string_view name) const;
  // The decision without the digests; refused with policy-error or policy-timeout where OPA gave no
  // answer. `input` is JSON text; `now` is the time that the policy may know; `deadline` is CPU
  // time (opa/gate/deadline.go).
  Decision decide(Package package, std::string_view input, Time now,
                  std::chrono::nanoseconds deadline) const;

 private:
  explicit CompiledBundle(std::uint64_t handle) : handle_(handle) {}

  std::uint64_t handle_;  // 0 = moved from
};

enum class TestResult { Passed, Failed, Error, Skipped };

struct TestOutcome {
  std::string name;  // "data.registry.accept_test.test_empty_input"
  TestResult result;
  std::string text;  // where it failed, why it ended, what it printed
};

// Runs the test_ rules of a bundle, sorted by name: what `z5 policy test` shows. `strict` refuses
// what `opa check --strict` refuses. Invalid when it does not compile.
Result<std::vector<TestOutcome>> run_tests(const Bundle& bundle, bool strict);

}  // namespace z5::policy
