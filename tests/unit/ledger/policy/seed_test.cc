// SPDX-License-Identifier: Apache-2.0
// Goal: the three policies of the contract (R124-R141) are in the default bundle with their exact
// truth tables. Method: every combination of absent, right and wrong members, answered by the
// contract's own v0 text (seed_v0, a bundle whose .manifest says so), by the default v1 bundle, and
// by the conditions written in C++.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "ledger/policy/bundle.h"
#include "ledger/policy/opa.h"
#include "schemas/json.h"

namespace z5::policy {
namespace {

using namespace std::chrono_literals;
using Value = std::optional<Json>;  // nothing = absent

struct Member {
  Json::json_pointer at;
  std::vector<Value> values;
};

const Value kAbsent;
const std::vector<Value> kBoolean = {kAbsent, Value(true), Value(false)};

std::vector<Value> texts(std::initializer_list<const char*> values) {
  std::vector<Value> result = {kAbsent};
  for (const char* value : values) result.emplace_back(Json(value));
  return result;
}

// The default bundle has more to refuse; this package shows one of its rules alone.
CompiledBundle default_rule(const std::string& rule) {
  auto files = default_registry_bundle().files();
  files["probe.rego"] =
      "package registry.authz\ndefault allow := false\nallow if data." + rule + "\ndeny := set()\n";
  return CompiledBundle::compile(Bundle::make(std::move(files)).value()).value();
}

CompiledBundle contract() {
  const auto bundle = bundle_from_directory(Z5_SOURCE_DIR "/tests/unit/ledger/policy/seed_v0");
  return CompiledBundle::compile(bundle.value()).value();
}

bool is(const Json& input, const char* at, const Json& wanted) {
  const Json::json_pointer pointer(at);
  return input.contains(pointer) && input[pointer] == wanted;
}

void expect_equal_tables(Package package, const std::string& rule,
                         const std::vector<Member>& members, std::size_t combinations,
                         const std::function<bool(const Json&)>& expected) {
  const CompiledBundle v0 = contract();
  const CompiledBundle v1 = default_rule(rule);
  std::size_t count = 0, allowed = 0;
  std::function<void(std::size_t, const Json&)> visit = [&](std::size_t i, const Json& input) {
    if (i < members.size()) {
      for (const Value& value : members[i].values) {
        Json next = input;
        if (value) next[members[i].at] = *value;
        visit(i + 1, next);
      }
      return;
    }
    ++count;
    const std::string text = input.dump();
    const bool wanted = expected(input);
    allowed += wanted ? 1 : 0;
    ASSERT_EQ(v0.decide(package, text, {}, 10s).allowed, wanted) << text;
    ASSERT_EQ(v1.decide(Package::Authz, text, {}, 10s).allowed, wanted) << text;
  };
  visit(0, Json::object());
  EXPECT_EQ(count, combinations);
  EXPECT_GT(allowed, 0u);
}

TEST(ContractPolicy, Accept) {
  const std::vector<Member> members = {
      {Json::json_pointer("/security_decision"), texts({"PASS", "FAIL"})},
      {Json::json_pointer("/signatures/model_valid"), kBoolean},
      {Json::json_pointer("/attestation/present"), kBoolean},
      {Json::json_pointer("/sbom/has_blocking_cves"), kBoolean},
      {Json::json_pointer("/model_card/present"), kBoolean},
      {Json::json_pointer("/dataset/snapshot_present"), kBoolean},
  };
  expect_equal_tables(Package::Accept, "registry.accept.allow", members, 729,
                      [](const Json& input) {
                        return is(input, "/security_decision", "PASS") &&
                               is(input, "/signatures/model_valid", true) &&
                               is(input, "/attestation/present", true) &&
                               !is(input, "/sbom/has_blocking_cves", true) &&
                               is(input, "/model_card/present", true) &&
                               is(input, "/dataset/snapshot_present", true);
                      });
}

TEST(ContractPolicy, Promote) {
  const std::vector<Member> members = {
      {Json::json_pointer("/stage_from"), texts({"Staging", "Candidate"})},
      {Json::json_pointer("/stage_to"), texts({"Approved", "Staging"})},
      {Json::json_pointer("/canary/result"), texts({"PROCEED", "HALT"})},
      {Json::json_pointer("/policies/bound"), kBoolean},
      {Json::json_pointer("/signatures/model_valid"), kBoolean},
      {Json::json_pointer("/attestation/present"), kBoolean},
  };
  expect_equal_tables(
      Package::Promote, "registry.promote.allow", members, 729, [](const Json& input) {
        return is(input, "/stage_from", "Staging") && is(input, "/stage_to", "Approved") &&
               is(input, "/canary/result", "PROCEED") && is(input, "/policies/bound", true) &&
               is(input, "/signatures/model_valid", true) &&
               is(input, "/attestation/present", true);
      });
}

TEST(ContractPolicy, Download) {
  const std::vector<Member> members = {
      {Json::json_pointer("/stage"), texts({"Staging", "Approved", "Candidate"})},
      {Json::json_pointer("/signatures/model_valid"), kBoolean},
      {Json::json_pointer("/revoke"), kBoolean},
      {Json::json_pointer("/policy_digest"), texts({"a", "b"})},
      {Json::json_pointer("/runtime/policy_digest"), texts({"a", "b"})},
  };
  expect_equal_tables(
      Package::Download, "registry.download.permit", members, 324, [](const Json& input) {
        const bool digests =
            (is(input, "/policy_digest", "a") && is(input, "/runtime/policy_digest", "a")) ||
            (is(input, "/policy_digest", "b") && is(input, "/runtime/policy_digest", "b"));
        return (is(input, "/stage", "Staging") || is(input, "/stage", "Approved")) &&
               is(input, "/signatures/model_valid", true) && !is(input, "/revoke", true) && digests;
      });
}

}  // namespace
}  // namespace z5::policy
