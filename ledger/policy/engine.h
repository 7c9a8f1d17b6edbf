// SPDX-License-Identifier: Apache-2.0
// The gate's third question, "is it enough": a bundle is asked about an input, and the answer is a
// Decision. The same bundle and input give the same decision, at any time and on any machine: the
// only time that a policy knows is input.now. Any thread; an Engine keeps compiled bundles and the
// decisions of packages whose inputs repeat.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "ledger/policy/bundle.h"
#include "ledger/policy/decision.h"
#include "ledger/policy/input_schema.h"
#include "ledger/policy/opa.h"
#include "ledger/policy/recent.h"
#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/limits.h"
#include "schemas/result.h"

namespace z5::policy {

// The packages of each kind of bundle.
std::span<const Package> registry_packages();
std::span<const Package> authz_packages();

class Engine {
 public:
  struct Options {
    // CPU time of one evaluation; compiling comes before it.
    std::chrono::nanoseconds deadline = limits::kPolicyDeadline;
    std::size_t memo = limits::kPolicyMemo;
    std::size_t prepared = limits::kPreparedPolicies;
  };
  Engine() : Engine(Options{}) {}
  explicit Engine(const Options& options);

  // Whether the bundle compiles and has a permitting rule and deny in each of the packages: before
  // it is activated. Invalid with file and line, or with the rule that is missing.
  Status check(const Bundle& bundle, std::span<const Package> packages);

  // Every failure is a refusal (decision.h). Decisions of authz and download are memoised, but for
  // errors and timeouts, which may be of the moment.
  Decision evaluate(Package package, const Bundle& bundle, const Json& input);

 private:
  struct Question {
    Package package;
    Digest policy;
    Digest input;
    bool operator==(const Question&) const = default;
  };
  struct HashQuestion {
    std::size_t operator()(const Question& question) const noexcept {
      return std::hash<Digest>{}(question.input) ^ std::hash<Digest>{}(question.policy) ^
             static_cast<std::size_t>(question.package);
    }
  };

  Result<std::shared_ptr<const CompiledBundle>> compiled(const Bundle& bundle);
  Decision decide(Package package, const Bundle& bundle, const Json& input,
                  const std::string& text);

  const std::chrono::nanoseconds deadline_;
  const std::string version_;
  const InputSchemas schemas_;
  std::mutex
      compiling_;  // one at a time, so that threads that need the same bundle compile it once
  Recent<Digest, std::shared_ptr<const CompiledBundle>> compiled_;
  Recent<Question, Decision, HashQuestion> memo_;
};

}  // namespace z5::policy
