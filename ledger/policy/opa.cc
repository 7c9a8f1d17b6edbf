// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/opa.h"

#include <cstdlib>
#include <memory>
#include <utility>

#include "ledger/policy/opa/abi.h"

namespace z5::policy {
namespace {

z5_opa_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

// The text of an answer, whose memory is freed here.
std::string take(const z5_opa_answer& answer) {
  const std::unique_ptr<char, decltype(&std::free)> owner(answer.data, &std::free);
  return std::string(answer.data, answer.size);
}

std::vector<z5_opa_file> files_of(const Bundle& bundle) {
  std::vector<z5_opa_file> files;
  for (const auto& [path, content] : bundle.files()) files.push_back({bytes(path), bytes(content)});
  return files;
}

Result<TestResult> outcome_of(std::string_view text) {
  if (text == "pass") return TestResult::Passed;
  if (text == "fail") return TestResult::Failed;
  if (text == "error") return TestResult::Error;
  if (text == "skip") return TestResult::Skipped;
  return invalid("opa: an unknown test result");
}

}  // namespace

std::string opa_version() { return take(z5_opa_version()); }

Result<CompiledBundle> CompiledBundle::compile(const Bundle& bundle) {
  std::vector<z5_opa_file> files = files_of(bundle);
  const z5_opa_answer answer = z5_opa_prepare(files.data(), files.size());
  std::string reason = take(answer);
  if (answer.status != Z5_OPA_OK) return invalid("bundle: " + std::move(reason));
  return CompiledBundle(answer.handle);
}

CompiledBundle::~CompiledBundle() {
  if (handle_ != 0) z5_opa_release(handle_);
}

CompiledBundle::CompiledBundle(CompiledBundle&& other) noexcept
    : handle_(std::exchange(other.handle_, 0)) {}

bool CompiledBundle::defines(Package package, std::string_view name) const {
  const std::string rule = "data." + std::string(package_name(package)) + "." + std::string(name);
  return z5_opa_defines(handle_, bytes(rule)) != 0;
}

Decision CompiledBundle::decide(Package package, std::string_view input, Time now,
                                std::chrono::nanoseconds deadline) const {
  const z5_opa_answer answer =
      z5_opa_evaluate(handle_, bytes(package_name(package)), bytes(permitting_rule(package)),
                      bytes(input), now.ns, deadline.count());
  const std::string text = take(answer);
  if (answer.status == Z5_OPA_TIMEOUT) return refused("policy-timeout", text);
  if (answer.status != Z5_OPA_OK) return refused("policy-error", text);
  const auto document = parse_json(text);
  if (!document.ok()) return refused("policy-error", document.error().message);
  return judge(package, *document);
}

Result<std::vector<TestOutcome>> run_tests(const Bundle& bundle, bool strict) {
  std::vector<z5_opa_file> files = files_of(bundle);
  const z5_opa_answer answer = z5_opa_test(files.data(), files.size(), strict ? 1 : 0);
  const std::string text = take(answer);
  if (answer.status != Z5_OPA_OK) return invalid("bundle: " + text);
  Z5_TRY(const Json document, parse_json(text));
  std::vector<TestOutcome> outcomes;
  for (const Json& item : document) {
    Z5_TRY(std::string name, json_string(item, "name", "test"));
    Z5_TRY(const std::string result, json_string(item, "result", "test"));
    Z5_TRY(const TestResult outcome, outcome_of(result));
    Z5_TRY(std::string detail, json_string(item, "text", "test"));
    outcomes.push_back({std::move(name), outcome, std::move(detail)});
  }
  return outcomes;
}

}  // namespace z5::policy
