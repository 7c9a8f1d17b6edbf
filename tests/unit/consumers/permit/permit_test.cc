// SPDX-License-Identifier: Apache-2.0
// Goal: a permit only while everything holds; each reason for a no, by name; a no that is not sure
// is no permit. Method: a real ledger whose people change one thing after another.
#include "consumers/permit/permit.h"

#include "consumers/permit/report.h"
#include "tests/unit/consumers/permit/serving_world.h"

namespace z5::permit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

class PermitPath : public testing::Test {
 protected:
  verify::PermitBindings bindings(const std::string& model = kRef) const {
    return {.services = services_,
            .ledger = {w_.world.trust().origin, w_.world.trust().genesis},
            .model = model,
            .nonce = w_.request().nonce,
            .audience = "z6",
            .environment = fb::Environment::Production,
            .policies = policies_,
            .now = w_.world.now()};
  }
  ServingWorld w_;
  std::vector<keys::PublicKey> services_{w_.key().public_key()};
  std::vector<Digest> policies_{policy::default_registry_bundle().digest()};
};

TEST_F(PermitPath, IsSignedForTheOneWhoAsked) {
  w_.promote();
  for (const std::string model : {"acme/credit:1.0", "acme/credit@serving"}) {
    const auto bundle = w_.ask("server", model);
    ASSERT_TRUE(bundle.ok()) << ServingWorld::said(bundle);
    const auto permit = verify::verify_permit(*bundle, bindings(model));
    ASSERT_TRUE(permit.ok()) << permit.error().rule << " " << permit.error().reason;
    EXPECT_EQ(permit->ref, kRef);
    EXPECT_EQ(permit->model_digest, w_.world.model().digest());
    EXPECT_EQ(permit->not_after - permit->issued_at, limits::kPermitLife);
    EXPECT_GT(permit->seen.size, permit->sequence);
  }
}

TEST_F(PermitPath, StagesAndEnvironments) {
  w_.must(w_.world.submit(kRef));
  EXPECT_THAT(w_.said("server"), HasSubstr("stage"));
  EXPECT_THAT(w_.said("canary-server"), HasSubstr("stage"));
  EXPECT_EQ(w_.said("server", "acme/credit@serving"), "not-authorised");
  w_.must(w_.world.stage(kRef));
  EXPECT_EQ(w_.said("server"), "environment");
  EXPECT_EQ(w_.said("canary-server"), "");
}

TEST_F(PermitPath, WhoMayAsk) {
  w_.promote();
  for (const char* nobody : {"ana", "ci", "z5-permit", "nobody", "local", ""}) {
    EXPECT_EQ(w_.said(nobody), "not-authorised") << nobody;
  }
  // What does not exist and what one may not see look the same.
  EXPECT_EQ(w_.said("server", "acme/credit:9.9"), "not-authorised");
  EXPECT_EQ(w_.said("server", "other/credit:1.0"), "not-authorised");
  EXPECT_EQ(w_.said("server", "other/credit@serving"), "not-authorised");
  w_.retire("server", w_.world.cast().keys.at("server").public_key(), "departure");
  EXPECT_EQ(w_.said("server"), "not-authorised");
}

TEST_F(PermitPath, RevocationAndQuarantine) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");
  w_.must(
      w_.world.run(Kind::Quarantine, kRef, "rob",
                   {{"reason", "drift"}, {"review_by", to_rfc3339(w_.world.now() + hours(24))}}));
  EXPECT_EQ(w_.said(), "hold");
  w_.must(w_.world.run(Kind::LiftQuarantine, kRef, "rob", Json::object(), {}, {"rae"}));
  EXPECT_EQ(w_.said(), "");
  w_.must(w_.world.run(Kind::Revoke, kRef, "rob", {{"reason", "cve-found"}}));
  EXPECT_EQ(w_.said(), "revoked environment stage");
}

TEST_F(PermitPath, TheRuntimesPolicyIsTheBoundOne) {
  w_.promote();
  const auto with = [&](std::vector<Digest> policies) {
    PermitRequest request = w_.request();
    request.policies = std::move(policies);
    return ServingWorld::said(w_.permits->answer("server", request));
  };
  EXPECT_EQ(with({}), "policy-digest");
  EXPECT_EQ(with({sha256("other"), policy::default_authz_bundle().digest()}), "policy-digest");
  EXPECT_EQ(with({policy::default_registry_bundle().digest()}), "");
}

TEST_F(PermitPath, AWithdrawnPolicyPermitsNothing) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");
  auto files = policy::default_registry_bundle().files();
  files["registry/none.rego"] = "# the next version\npackage registry.none\n";
  const auto next = *policy::Bundle::make(files);
  std::vector<support::Document> documents;
  for (const Bytes& bytes : policy::documents(next)) documents.push_back({"bundle", bytes});
  w_.admin(Kind::ActivatePolicy, next.digest(),
           {{"registry", next.digest().text()}, {"authz", ""}, {"withdraw_previous", false}},
           documents);
  EXPECT_EQ(w_.said(), "") << "the bound bundle decides, not the active one";
  // Back to the first, and the second withdrawn: nothing is bound to it.
  const auto first = policy::default_registry_bundle();
  w_.admin(Kind::ActivatePolicy, first.digest(),
           {{"registry", first.digest().text()}, {"authz", ""}, {"withdraw_previous", true}});
  EXPECT_EQ(w_.said(), "");
  w_.admin(Kind::ActivatePolicy, next.digest(),
           {{"registry", next.digest().text()}, {"authz", ""}, {"withdraw_previous", true}});
  EXPECT_EQ(w_.said(), "policy-withdrawn");
}

TEST_F(PermitPath, TrustOfTodayCountsAtOnce) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");  // and is memoised
  // Retired by rotation: what it signed before stands.
  w_.world.pass(std::chrono::seconds(1));
  w_.retire("builder", w_.world.cast().vouchers.builder.public_key(), "rotation");
  EXPECT_EQ(w_.said(), "");
  // Compromised since before the model was recorded: void, within the same minute.
  w_.retire("model-signer", w_.world.cast().vouchers.model_signer.public_key(), "compromise",
            w_.world.now() - hours(48));
  const std::string rules = w_.said();
  EXPECT_THAT(rules, HasSubstr("revoked"));
  EXPECT_THAT(rules, HasSubstr("model-signature"));
  EXPECT_THAT(rules, HasSubstr("signer-void"));
}

TEST_F(PermitPath, AttestationIsNeeded) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");
  w_.retire("builder", w_.world.cast().vouchers.builder.public_key(), "compromise",
            w_.world.now() - hours(48));
  EXPECT_THAT(w_.said(), HasSubstr("attestation"));
}

// R38, R103: what was attached after the approval counts at the next request, without any command
// about the stage; and what clears it counts, too.
TEST_F(PermitPath, EvidenceThatDecaysIsRefusedAtOnce) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");  // and is memoised
  const auto find = [&](const std::string& severity) {
    w_.world.pass(std::chrono::seconds(1));
    w_.must(w_.world.attach(kRef, {support::scan_finding(w_.world.model(), w_.world.cast().vouchers,
                                                         w_.world.now(), severity)}));
  };
  find("critical");
  EXPECT_EQ(w_.said(), "blocking-cves");
  find("low");
  EXPECT_EQ(w_.said(), "");
  w_.must(w_.world.attach(
      kRef, {{"attestation",
              support::attest("urn:z5:predicate:fairness:v1", {{"result", "FAIL"}},
                              w_.world.model().digest(), w_.world.cast().vouchers.evaluator)}}));
  EXPECT_EQ(w_.said(), "fairness");
}

// The bound bundle's data: a hold, ages at the request's minute, conditions.
TEST_F(PermitPath, TheBoundBundleSaysHowDecayStops) {
  const Digest policy =
      w_.world.activate({{"on_decay", "quarantine"}, {"max_age", {{"scan", "48h"}}}});
  w_.promote();
  const auto said = [&] {
    PermitRequest request = w_.request();
    request.policies = {policy};
    return ServingWorld::said(w_.permits->answer("server", request));
  };
  EXPECT_EQ(said(), "");  // its scan was made 24 h before
  w_.world.pass(hours(24));
  EXPECT_EQ(said(), "") << "closed end";
  w_.world.pass(std::chrono::minutes(1));
  EXPECT_EQ(said(), "evidence-age");
  w_.must(w_.world.attach(kRef, {support::scan_finding(w_.world.model(), w_.world.cast().vouchers,
                                                       w_.world.now(), "")}));
  EXPECT_EQ(said(), "");
  w_.must(w_.world.attach(
      kRef, {support::record_with("scdr", "[{text: retrain, due: '2026-11-27T00:00:00Z'}]")}));
  EXPECT_EQ(said(), "");
  w_.world.pass(hours(24));
  EXPECT_EQ(said(), "condition-overdue");
  w_.must(w_.world.attach(kRef, {support::record_with("scdr", "[]")}));
  EXPECT_EQ(said(), "");
  w_.must(w_.world.attach(kRef, {support::scan_finding(w_.world.model(), w_.world.cast().vouchers,
                                                       w_.world.now(), "high")}));
  EXPECT_EQ(said(), "hold blocking-cves");
  const auto view = w_.projector->view();
  EXPECT_TRUE((*view->revocation(kRef))->hold);
  EXPECT_EQ((*view->revocation(kRef))->reason, "blocking-cves");
}

TEST_F(PermitPath, DamagedEvidenceIsNoPermitOnceTheMemoRanOut) {
  w_.promote();
  EXPECT_EQ(w_.said(), "");
  const std::string hex = w_.world.model().digest().hex();
  const std::string path = w_.world.evidence_folder() + "/sha256/" + hex.substr(0, 2) + "/" + hex;
  std::filesystem::rename(path, path + ".gone");
  EXPECT_EQ(w_.said(), "");
  w_.world.pass(limits::kMemoLife);
  EXPECT_EQ(w_.said(), "503");
  EXPECT_EQ(w_.said(), "503") << "an error is not memoised as a no, nor as a yes";
  std::filesystem::rename(path + ".gone", path);
  EXPECT_EQ(w_.said(), "");
}

TEST_F(PermitPath, AServiceThatIsNotEnrolledAnyMoreSignsNothing) {
  w_.promote();
  EXPECT_TRUE(w_.permits->ready().ok());
  w_.retire("z5-permit", w_.key().public_key(), "rotation");
  EXPECT_EQ(w_.said(), "503");
  EXPECT_FALSE(w_.permits->ready().ok());
}

TEST_F(PermitPath, WithoutDecisionLogNoPermit) {
  w_.promote();
  w_.disk.fails = true;
  EXPECT_EQ(w_.said(), "") << "within the buffer's time the failure is not known yet";
  std::string said;
  for (int i = 0; i < 100 && said != "503"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    said = w_.said();
  }
  EXPECT_EQ(said, "503");
  EXPECT_FALSE(w_.permits->ready().ok());
  w_.disk.fails = false;
  for (int i = 0; i < 100 && !said.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    said = w_.said();
  }
  EXPECT_EQ(said, "");
}

TEST_F(PermitPath, EveryDecisionIsInTheLog) {
  w_.promote();
  EXPECT_EQ(w_.said("server"), "");
  EXPECT_EQ(w_.said("ana"), "not-authorised");
  EXPECT_EQ(w_.said("server", "acme/credit:9"), "not-authorised");
  w_.decisions.reset();
  EXPECT_EQ(*verify_decisions(w_.folder.path() + "/decisions"), 3u);
  w_.decisions = *DecisionLog::open(w_.folder.path() + "/decisions");
}

TEST_F(PermitPath, AnEntryThatHasNotArrivedIsWaitedForElsewhere) {
  w_.promote();
  PermitRequest request = w_.request();
  request.min_sequence = 1'000'000;
  EXPECT_EQ(ServingWorld::said(w_.permits->answer("server", request)), "503");
}

TEST(PermitLag, AProjectionBehindItsBoundAnswersNothing) {
  ServingWorld w(std::chrono::milliseconds(1500));
  w.promote();
  EXPECT_EQ(w.said(), "");
  w.projector->stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(1600));
  EXPECT_EQ(w.said(), "503");
}

TEST_F(PermitPath, TheReportNamesEachDocument) {
  w_.promote();
  const auto view = w_.projector->view();
  const auto version = *view->version(kRef);
  auto report = verification_report(*view, *version, w_.world.store(), w_.world.bundles(), w_.key(),
                                    w_.world.now());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ((*report)["stage"], "Approved");
  EXPECT_EQ((*report)["documents"].size(), version->documents.size());
  for (const Json& document : (*report)["documents"])
    EXPECT_TRUE(document["counts"]) << document.dump();
  EXPECT_EQ((*report)["download"]["production"]["permitted"], true);
  EXPECT_EQ((*report)["facts_digest"], version->facts.text());

  w_.retire("model-signer", w_.world.cast().vouchers.model_signer.public_key(), "compromise",
            w_.world.now() - hours(48));
  const auto later = w_.projector->view();
  report = verification_report(*later, **later->version(kRef), w_.world.store(), w_.world.bundles(),
                               w_.key(), w_.world.now());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ((*report)["revoked"], true);
  EXPECT_EQ((*report)["download"]["production"]["permitted"], false);
  int uncounted = 0;
  for (const Json& document : (*report)["documents"]) uncounted += document["counts"] ? 0 : 1;
  EXPECT_EQ(uncounted, 1);
}

TEST(PermitRequestForm, IsReadStrictly) {
  const auto problem = [](const std::string& body) {
    const auto request = parse_permit_request(body);
    return request.ok() ? std::string() : request.error().message;
  };
  const std::string nonce(32, 'a'), digest = sha256("x").text();
  const auto body = [&](const std::string& more, const std::string& model = "a/b:1",
                        const std::string& n = "") {
    return R"({"model":")" + model + R"(","nonce":")" + (n.empty() ? nonce : n) +
           R"(","runtime":{"policy_digests":[)" + more + "]}}";
  };
  EXPECT_EQ(problem(body("")), "");
  EXPECT_EQ(problem(body('"' + digest + '"')), "");
  EXPECT_EQ(problem(body("", "a/b@serving")), "");
  EXPECT_THAT(problem(body("", "a/b")), HasSubstr("model"));
  EXPECT_THAT(problem(body("", "../b:1")), HasSubstr("model"));
  EXPECT_THAT(problem(body("1")), HasSubstr("policy_digests"));
  EXPECT_NE(problem(body("\"sha256:00\"")), "");
  std::string many;
  for (int i = 0; i < 9; ++i) many += (i ? ",\"" : "\"") + digest + "\"";
  EXPECT_THAT(problem(body(many)), HasSubstr("more than 8"));
  EXPECT_THAT(problem(body("", "a/b:1", std::string(30, 'a'))), HasSubstr("nonce"));
  EXPECT_THAT(problem(body("", "a/b:1", std::string(130, 'a'))), HasSubstr("nonce"));
  EXPECT_THAT(problem(body("", "a/b:1", std::string(32, 'A'))), HasSubstr("nonce"));
  EXPECT_THAT(
      problem(R"({"model":"a/b:1","nonce":"x","runtime":{"policy_digests":[]},"audience":"x"})"),
      HasSubstr("audience"));
  EXPECT_NE(problem("{"), "");
  EXPECT_NE(problem(R"({"model":"a/b:1"})"), "");
  EXPECT_NE(
      problem(R"({"model":"a/b:1","model":"a/c:1","nonce":"","runtime":{"policy_digests":[]}})"),
      "");
}

}  // namespace
}  // namespace z5::permit
