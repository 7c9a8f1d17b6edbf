// SPDX-License-Identifier: Apache-2.0
// Goal: only a clear yes is a yes. Method: the default bundles on whole inputs and on inputs with
// one member changed, and small bundles that misbehave in each way.
#include "ledger/policy/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/ledger/policy/example_inputs.h"

namespace z5::policy {
namespace {

using namespace std::chrono_literals;

const Bundle& registry() {
  static const Bundle bundle = default_registry_bundle();
  return bundle;
}

Bundle single(const std::string& rego,
              const std::string& manifest = "{\"roots\": [\"registry\"]}") {
  return Bundle::make({{"registry/authz.rego", rego}, {".manifest", manifest}}).value();
}

std::string rules(const Decision& decision) {
  std::string text;
  for (const Refusal& refusal : decision.reasons) text += (text.empty() ? "" : " ") + refusal.rule;
  return text;
}

std::string answer_of(const std::string& body) {
  Engine engine({.deadline = 10s});
  const Decision decision =
      engine.evaluate(Package::Authz, single("package registry.authz\n" + body), example_authz());
  return decision.allowed ? "allowed" : rules(decision);
}

TEST(PolicyEngine, DefaultBundlesLetWholeInputsThrough) {
  Engine engine({.deadline = 10s});
  EXPECT_TRUE(engine.check(registry(), registry_packages()).ok());
  EXPECT_TRUE(engine.check(default_authz_bundle(), authz_packages()).ok());
  const std::vector<std::pair<Package, Json>> inputs = {
      {Package::Accept, example_accept()},   {Package::Stage, example_stage()},
      {Package::Promote, example_promote()}, {Package::Download, example_download()},
      {Package::Revoke, example_revoke()},
  };
  for (const auto& [package, input] : inputs) {
    const Decision decision = engine.evaluate(package, registry(), input);
    EXPECT_TRUE(decision.allowed) << package_name(package) << ": " << rules(decision);
    EXPECT_TRUE(decision.reasons.empty());
    EXPECT_EQ(decision.policy, registry().digest());
    EXPECT_EQ(decision.input, sha256(canonical_json(input)));
    EXPECT_TRUE(decision.engine.starts_with("opa/1.22.")) << decision.engine;
  }
  EXPECT_TRUE(engine.evaluate(Package::Authz, default_authz_bundle(), example_authz()).allowed);
}

TEST(PolicyEngine, RefusalsNameRulesInOrder) {
  Engine engine({.deadline = 10s});
  Json input = example_promote();
  input["approvals"] = Json::array();
  input["facts"]["fairness"]["result"] = "FAIL";
  input["facts"]["model_card"]["risks"] = false;
  input["facts"]["model_card"]["limits"] = false;
  const Decision decision = engine.evaluate(Package::Promote, registry(), input);
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(rules(decision),
            "approval-product approval-security fairness model-card-complete model-card-complete");
  EXPECT_EQ(decision.reasons[3].reason, "the model card has no section: limits");
}

TEST(PolicyEngine, AnInputWithoutARequiredFieldIsNotAsked) {
  Engine engine({.deadline = 10s});
  const std::vector<std::tuple<Package, Json, const char*>> cases = {
      {Package::Accept, example_accept(), "/sbom/has_blocking_cves"},
      {Package::Stage, example_stage(), "/sbom/has_blocking_cves"},
      {Package::Promote, example_promote(), "/approvals/0/person"},
      {Package::Promote, example_promote(), "/facts/sbom/has_blocking_cves"},
      {Package::Download, example_download(), "/revoke"},
      {Package::Download, example_download(), "/hold"},
      {Package::Download, example_download(), "/now"},
      {Package::Revoke, example_revoke(), "/reason"},
      {Package::Authz, example_authz(), "/quorum/needed"},
  };
  for (const auto& [package, input, pointer] : cases) {
    const Json::json_pointer at(pointer);
    for (const Json& wrong : {Json(), Json(7), Json("x")}) {
      Json changed = input;
      if (wrong.is_null())
        changed[at.parent_pointer()].erase(at.back());
      else if (at.back() == "reason" || at.back() == "person")
        changed[at] = Json::array();
      else if (at.back() == "needed")
        changed[at] = -1;
      else
        changed[at] = wrong;
      const Decision decision = engine.evaluate(package, registry(), changed);
      EXPECT_EQ(rules(decision), "policy-input") << pointer << " " << changed[at.parent_pointer()];
      EXPECT_NE(decision.reasons[0].reason.find(at.back()), std::string::npos)
          << decision.reasons[0].reason;
    }
  }
  for (const Json& input : {Json(), Json::array(), Json::object(), Json("x")}) {
    EXPECT_EQ(rules(engine.evaluate(Package::Accept, registry(), input)), "policy-input");
  }
  Json fraction = example_accept();
  fraction["facts"]["slo"]["availability"] = 0.5;
  EXPECT_EQ(rules(engine.evaluate(Package::Accept, registry(), fraction)), "policy-input");
}

TEST(PolicyEngine, OnlyAClearYesIsAYes) {
  EXPECT_EQ(answer_of("allow := true\ndeny := set()\n"), "allowed");
  EXPECT_EQ(answer_of("allow := true\ndeny := []\n"), "allowed");
  EXPECT_EQ(answer_of("allow := false\ndeny := set()\n"), "policy-denied");
  EXPECT_EQ(answer_of("allow := true\n"), "policy-undefined");
  EXPECT_EQ(answer_of("deny := set()\n"), "policy-undefined");
  EXPECT_EQ(answer_of("permit := true\ndeny := set()\n"), "policy-undefined");
  EXPECT_EQ(answer_of("allow if input.no\ndeny := set()\n"), "policy-undefined");
  EXPECT_EQ(answer_of("allow := true\ndeny := set() if input.no\n"), "policy-undefined");
  for (const char* value : {"1", "\"true\"", "null", "[true]", "{}"}) {
    EXPECT_EQ(answer_of(std::string("allow := ") + value + "\ndeny := set()\n"), "policy-undefined")
        << value;
  }
  for (const char* value : {"{}", "false", "\"\"", "null", "0"}) {
    EXPECT_EQ(answer_of(std::string("allow := true\ndeny := ") + value + "\n"), "policy-undefined")
        << value;
  }
  EXPECT_EQ(answer_of("allow := true\ndeny contains \"too-bad\"\n"), "too-bad");
  EXPECT_EQ(answer_of("allow := true\ndeny contains \"Too bad.\"\n"), "policy-denied");
  EXPECT_EQ(answer_of("allow := true\ndeny contains {\"rule\": \"r\", \"reason\": \"x\"}\n"), "r");
  for (const char* element :
       {"{\"rule\": \"r\"}", "{\"rule\": \"No Slug\", \"reason\": \"x\"}", "7", "{}", "null"}) {
    EXPECT_EQ(answer_of(std::string("allow := true\ndeny contains ") + element + "\n"),
              "policy-denied")
        << element;
  }
}

TEST(PolicyEngine, ManyReasonsAreCutAndCounted) {
  Engine engine({.deadline = 10s});
  const Bundle bundle = single(
      "package registry.authz\nallow := true\n"
      "deny contains {\"rule\": \"r\", \"reason\": sprintf(\"%d\", [i])} if some i in "
      "numbers.range(1, 1000)\n");
  const Decision decision = engine.evaluate(Package::Authz, bundle, example_authz());
  EXPECT_EQ(decision.reasons.size(), limits::kMaxPolicyReasons);
  EXPECT_EQ(decision.reasons.back().reason, "and 937 more reasons");
}

TEST(PolicyEngine, FailuresRefuse) {
  EXPECT_EQ(answer_of("allow := 1 / 0 == 1\ndeny := set()\n"), "policy-error");  // a built-in fails
  EXPECT_EQ(answer_of("allow := true\nallow := false\ndeny := set()\n"),
            "policy-error");  // does not compile
  EXPECT_EQ(answer_of("allow := x if some x in [true, false]\ndeny := set()\n"),
            "policy-error");  // two values
  EXPECT_EQ(answer_of("allow := \n"), "policy-error");
}

TEST(PolicyEngine, BuiltInsAreAnAllowList) {
  Engine engine({.deadline = 10s});
  for (const auto& [name, call] : std::vector<std::pair<std::string, std::string>>{
           {"http.send", "http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1/\"})"},
           {"opa.runtime", "opa.runtime()"},
           {"time.now_ns", "time.now_ns()"},
           {"rand.intn", "rand.intn(\"x\", 3)"},
           {"uuid.rfc4122", "uuid.rfc4122(\"x\")"},
           {"net.lookup_ip_addr", "net.lookup_ip_addr(\"localhost\")"},
           {"io.jwt.decode_verify", "io.jwt.decode_verify(\"x\", {})"},
           {"io.jwt.encode_sign", "io.jwt.encode_sign({}, {}, {})"},
           {"crypto.x509.parse_and_verify_certificates",
            "crypto.x509.parse_and_verify_certificates(\"x\")"},
           {"json.match_schema", "json.match_schema({}, {})"},
           {"rego.parse_module", "rego.parse_module(\"x\", \"package x\")"},
           {"time.clock", "time.clock([0, \"America/Sao_Paulo\"])"},
           {"yaml.unmarshal", "yaml.unmarshal(\"x\")"}}) {
    const Bundle bundle =
        single("package registry.authz\nallow := true\ndeny contains \"x\" if " + call + " == 1\n");
    const Status status = engine.check(bundle, authz_packages());
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_NE(status.error().message.find(name), std::string::npos) << status.error().message;
    EXPECT_NE(status.error().message.find("registry/authz.rego:3"), std::string::npos)
        << status.error().message;
  }
}

TEST(PolicyEngine, CheckWantsEveryRule) {
  Engine engine({.deadline = 10s});
  const auto why = [&](const std::string& rego) {
    const Status status = engine.check(single("package registry.authz\n" + rego), authz_packages());
    return status.ok() ? "ok" : status.error().message;
  };
  EXPECT_EQ(why("allow := true\ndeny := set()\n"), "ok");
  EXPECT_EQ(why("allow := true\n"), "bundle: registry.authz.deny: no such rule");
  EXPECT_EQ(why("default allow := false\ndenny contains \"x\"\n"),
            "bundle: registry.authz.deny: no such rule");
  EXPECT_EQ(why("deny contains \"x\"\n"), "bundle: registry.authz.allow: no such rule");
  EXPECT_FALSE(engine.check(default_authz_bundle(), registry_packages()).ok());
  // A version of the language that is neither 0 nor 1, and a module outside of the manifest's
  // roots.
  EXPECT_FALSE(engine.check(single("package registry.authz\n", "{\"rego_version\": 2}"), {}).ok());
  EXPECT_FALSE(engine.check(single("package other\n"), {}).ok());
}

TEST(PolicyEngine, ADeadlineEndsAnEvaluation) {
  const Bundle slow = single(
      "package registry.authz\nallow := true\n"
      "deny contains \"x\" if {\n  some a in numbers.range(1, 100000)\n  some b in "
      "numbers.range(1, 100000)\n"
      "  a * b == -1\n}\n");
  Engine engine({.deadline = 20ms});
  ASSERT_TRUE(engine.check(slow, authz_packages())
                  .ok());  // compiled before, so the time below is the evaluation's
  const auto begin = std::chrono::steady_clock::now();
  const Decision decision = engine.evaluate(Package::Authz, slow, example_authz());
  EXPECT_EQ(rules(decision), "policy-timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(PolicyEngine, MemoGivesTheSameDecision) {
  Engine engine({.deadline = 10s, .memo = 2, .prepared = 1});
  const Bundle authz = default_authz_bundle();
  Json input = example_authz();
  const Decision first = engine.evaluate(Package::Authz, authz, input);
  EXPECT_EQ(engine.evaluate(Package::Authz, authz, input), first);
  // One member changed is another question; so are another bundle and another package.
  input["actor"]["roles"] = {"submitter@other"};
  EXPECT_FALSE(engine.evaluate(Package::Authz, authz, input).allowed);
  const Bundle closed = single("package registry.authz\nallow := false\ndeny := set()\n");
  EXPECT_FALSE(engine.evaluate(Package::Authz, closed, example_authz()).allowed);
  EXPECT_TRUE(
      engine.evaluate(Package::Authz, authz, example_authz()).allowed);  // evicted and asked again
}

// What bundles/README.md tells a newcomer: one more file, and the package refuses more.
TEST(PolicyEngine, ARuleIsAddedByAFile) {
  Engine engine({.deadline = 10s});
  auto files = registry().files();
  files["registry/license.rego"] =
      "package registry.accept\n"
      "deny contains {\"rule\": \"license\", \"reason\": \"the model card names no licence\"} if "
      "{\n"
      "  object.get(input, [\"facts\", \"model_card\", \"license\"], \"\") == \"\"\n}\n";
  const Bundle stricter = Bundle::make(std::move(files)).value();
  EXPECT_NE(stricter.digest(), registry().digest());
  Json input = example_accept();
  EXPECT_TRUE(engine.evaluate(Package::Accept, stricter, input).allowed);
  input["facts"]["model_card"].erase("license");
  EXPECT_TRUE(engine.evaluate(Package::Accept, registry(), input).allowed);
  EXPECT_EQ(rules(engine.evaluate(Package::Accept, stricter, input)), "license");
}

TEST(PolicyEngine, TheTimeIsTheInputs) {
  Engine engine({.deadline = 10s});
  Json input = example_promote();
  EXPECT_TRUE(engine.evaluate(Package::Promote, registry(), input).allowed);
  input["now"] = "2026-11-24T10:00:00.000000001Z";
  EXPECT_EQ(rules(engine.evaluate(Package::Promote, registry(), input)), "ticket-window");
  input["now"] = "yesterday";
  EXPECT_EQ(rules(engine.evaluate(Package::Promote, registry(), input)), "policy-input");
}

TEST(PolicyEngine, ThreadsShareOneEngine) {
  Engine engine({.deadline = 60s, .memo = 8, .prepared = 2});
  const Bundle authz = default_authz_bundle();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        Json accept = example_accept();
        accept["ref"] = "acme/fraud:" + std::to_string(t) + "." + std::to_string(i);
        const bool pass = (t + i) % 2 == 0;
        if (!pass) accept["security_decision"] = "FAIL";
        if (engine.evaluate(Package::Accept, registry(), accept).allowed != pass) ++wrong;
        Json asks = example_authz();
        asks["model"] = "acme/m" + std::to_string(i % 16);
        if (!pass) asks["tenant"] = "other";
        if (engine.evaluate(Package::Authz, authz, asks).allowed != pass) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace z5::policy
