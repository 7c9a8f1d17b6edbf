// SPDX-License-Identifier: Apache-2.0
// Goal: nothing is loaded without a fresh permit for this host, and no byte of the folder differs.
// Method: a service that is honest until a test bends one thing; a real folder.
#include "consumers/guard/guard.h"

#include <gtest/gtest.h>

#include "tests/unit/consumers/guard/fake_service.h"

namespace z5::guard {
namespace {

namespace fs = std::filesystem;
using fake::write_file;

constexpr const char* kRef = "acme/credit:1.0";

class GuardCheck : public testing::Test {
 protected:
  std::string outcome(Guard& guard, const std::string& model = kRef,
                      const std::string& ignore = "") {
    const auto checked = guard.check(model, host_.model().string(), ignore);
    if (checked.ok()) return "0";
    return std::to_string(static_cast<int>(checked.error().exit)) + " " +
           checked.error().reasons.front().rule;
  }
  std::string outcome() {
    Guard guard = host_.guard();
    return outcome(guard);
  }
  fake::Host host_;
};

TEST_F(GuardCheck, TheHonestCase) {
  Guard guard = host_.guard();
  EXPECT_EQ(outcome(guard), "0");
  EXPECT_EQ(outcome(guard, "acme/credit@serving"), "0");
  EXPECT_EQ(outcome(guard, "acme/credit:1.1"), "4 permit-ref");
  EXPECT_EQ(outcome(guard, "credit"), "2 model");
}

TEST_F(GuardCheck, EveryChangeOfTheFolder) {
  Guard guard = host_.guard();
  const fs::path weights = host_.model() / "weights/model.onnx";
  std::string bytes(100'000, 'w');
  bytes[99'999] = 'W';
  write_file(weights, bytes);
  EXPECT_EQ(outcome(guard), "4 model-bytes");
  write_file(weights, std::string(100'001, 'w'));
  EXPECT_EQ(outcome(guard), "4 model-bytes");
  fs::remove(weights);
  EXPECT_EQ(outcome(guard), "4 model-bytes");
  write_file(weights, std::string(100'000, 'w'));
  EXPECT_EQ(outcome(guard), "0");
  write_file(host_.model() / "extra.txt", "x");
  EXPECT_EQ(outcome(guard), "4 model-bytes");
  EXPECT_EQ(outcome(guard, kRef, "extra.txt"), "0");
  fs::remove(host_.model() / "extra.txt");
  fs::rename(weights, host_.root() / "elsewhere");
  fs::create_symlink(host_.root() / "elsewhere", weights);
  EXPECT_EQ(outcome(guard), "4 model-bytes");
  fs::remove(weights);
  fs::rename(host_.root() / "elsewhere", weights);
  EXPECT_EQ(outcome(guard), "0");
  fs::create_directory_symlink(host_.root(), host_.model() / "more");
  EXPECT_EQ(outcome(guard), "4 model-bytes");
}

TEST_F(GuardCheck, WhatTheServiceSaysIsNotBelieved) {
  Guard guard = host_.guard();
  const auto bent = [&](auto change) {
    host_.change = change;
    const std::string out = outcome(guard);
    host_.change = [](verify::Permit&) {};
    return out;
  };
  EXPECT_EQ(bent([](auto& p) { p.nonce = std::string(64, '0'); }), "4 permit-nonce");
  EXPECT_EQ(bent([](auto& p) { p.audience = "other"; }), "4 permit-audience");
  EXPECT_EQ(bent([](auto& p) { p.environment = fb::Environment::Canary; }), "4 permit-environment");
  EXPECT_EQ(bent([](auto& p) { p.ledger.genesis = sha256("other"); }), "4 permit-ledger");
  EXPECT_EQ(bent([](auto& p) { p.policy_digest = sha256("other"); }), "4 permit-policy");
  EXPECT_EQ(bent([](auto& p) { p.stage = fb::Stage::Staging; }), "4 permit-stage");
  EXPECT_EQ(bent([](auto& p) { p.not_after = p.issued_at; }), "4 permit-expired");
  EXPECT_EQ(bent([](auto& p) { p.model_digest = sha256("other"); }), "4 manifest-digest");
  host_.manifest_text = host_.manifest().text() + "\n";
  EXPECT_EQ(outcome(guard), "4 manifest-digest");
  host_.manifest_text = "../evil";
  EXPECT_EQ(bent([](auto& p) { p.model_digest = sha256("../evil"); }), "4 manifest-malformed");
  host_.manifest_text.clear();
  host_.forge = true;
  EXPECT_EQ(outcome(guard), "4 signature-invalid");
  host_.forge = false;
  EXPECT_EQ(outcome(guard), "0");
}

TEST_F(GuardCheck, ANoOfTheServiceKeepsItsReasons) {
  Guard guard = host_.guard();
  host_.instead =
      http::refusal_response(403, {{"revoked", "acme/credit:1.0 is Revoked"}, {"stage", "x"}});
  EXPECT_EQ(outcome(guard), "1 revoked");
  host_.instead = http::error_response(503, "behind");
  EXPECT_EQ(outcome(guard), "3 unavailable");
  host_.instead = http::refusal_response(401, {{"unknown-token", "x"}});
  EXPECT_EQ(outcome(guard), "1 unknown-token");
  host_.instead = http::error_response(400, "malformed");
  EXPECT_EQ(outcome(guard), "2 unavailable");
  host_.instead = http::Response{.status = 200, .body = "{}"};
  EXPECT_EQ(outcome(guard), "4 answer-malformed");
  host_.instead = http::Response{.status = 200, .body = "{\"permit\":{}}"};
  EXPECT_EQ(outcome(guard), "4 bundle-media-type");
  host_.stop();
  EXPECT_EQ(outcome(guard), "3 service-unavailable");
}

TEST_F(GuardCheck, AServiceThatWentBackIsFoundOut) {
  EXPECT_EQ(outcome(), "0");
  host_.change = [](auto& p) { p.seen.size = 41; };
  EXPECT_EQ(outcome(), "4 older-than-seen");
  host_.change = [](auto& p) { p.seen.root = sha256("another root"); };
  EXPECT_EQ(outcome(), "4 older-than-seen");
  host_.change = [](auto& p) { p.seen = {43, sha256("root of 43")}; };
  EXPECT_EQ(outcome(), "0");
  host_.change = [](auto&) {};
  EXPECT_EQ(outcome(), "4 older-than-seen");
  write_file(host_.home() / "heads/guard-server.json", "{}");
  EXPECT_EQ(outcome().substr(0, 1), "2") << "a damaged file is not passed over";
}

TEST_F(GuardCheck, WithoutConfigurationTheFirstPermitSaysWhoThisHostIs) {
  host_.more_config = "";
  host_.change = [](auto& p) { p.environment = fb::Environment::Canary; };
  EXPECT_EQ(outcome(), "0");
  host_.change = [](auto&) {};
  EXPECT_EQ(outcome(), "4 older-than-seen") << "a permit for production where canary was";
}

TEST_F(GuardCheck, APermitThatRanOutWhileHashingIsAskedForAgain) {
  Guard guard(host_.settings(), [this] {
    const Time now = host_.now;
    if (host_.asked == 1)
      host_.now = fake::kNow + limits::kPermitLife;  // after the first permit was verified
    return now;
  });
  EXPECT_EQ(outcome(guard), "0");
  EXPECT_EQ(host_.asked, 2);
}

TEST_F(GuardCheck, SettingsAreRefusedByName) {
  const auto problem = [&](const SettingsRequest& request) {
    const auto settings = load_settings(request);
    return settings.ok() ? std::string() : settings.error().message;
  };
  static_cast<void>(host_.settings());  // writes guard.toml
  const std::string home = host_.home().string();
  EXPECT_EQ(problem({home, "", "server", ""}), "");
  EXPECT_NE(problem({home, "", "", ""}).find("actor"), std::string::npos);
  EXPECT_NE(problem({home, "", "nobody", ""}).find("tokens/nobody"), std::string::npos);
  EXPECT_NE(problem({"", "", "server", ""}).find("--home"), std::string::npos);
  EXPECT_NE(problem({home, "", "server", sha256("x").text()}).find("no policy bundle"),
            std::string::npos);
  host_.more_config = "colour = \"red\"\n";
  write_file(host_.home() / "guard.toml", host_.more_config);
  EXPECT_NE(problem({home, "", "server", ""}).find("colour"), std::string::npos);
  fs::remove(host_.home() / "guard.toml");
  EXPECT_NE(problem({home, "", "server", ""}).find("no permit service runs"), std::string::npos);
  write_file(host_.home() / "guard.toml", "service = \"" + host_.url() + "\"\n");
  write_file(host_.home() / "policy" / host_.policy().hex() / "registry/extra.rego", "package x\n");
  const auto bent = load_settings({home, "", "server", ""});
  ASSERT_FALSE(bent.ok());
  EXPECT_EQ(bent.error().code, ErrorCode::Corrupt) << bent.error().message;
}

}  // namespace
}  // namespace z5::guard
