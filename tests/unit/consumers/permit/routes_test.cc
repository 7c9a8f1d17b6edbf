// SPDX-License-Identifier: Apache-2.0
// Goal: the HTTP face says what schemas/openapi.yaml says, to those who may hear it.
// Method: both services' routers against the file; a real server and client on the story's ledger.
#include "consumers/permit/routes.h"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>

#include "consumers/verify/revocations.h"
#include "consumers/verify/summary.h"
#include "ledger/http/client.h"
#include "ledger/http/server.h"
#include "ledger/routes.h"
#include "tests/unit/consumers/permit/serving_world.h"

namespace z5::permit {
namespace {

using http::Field;
using testing::HasSubstr;

// Whoever writes "Bearer <actor>" is that actor.
Result<Verdict<http::Principal>> believe(const http::Request& request) {
  const auto header = request.header("authorization").value_or("");
  if (!header.starts_with("Bearer "))
    return Verdict<http::Principal>(Refusal{"not-authenticated", "no token"});
  const std::string actor(header.substr(7));
  return Verdict<http::Principal>(http::Principal{actor, actor == "local", actor == "local"});
}

class PermitRoutes : public testing::Test {
 protected:
  PermitRoutes() {
    server_ = std::move(*http::Server::start(
        {.threads = 2, .authenticate = believe, .ready = [this] { return w_.permits->ready(); }},
        make_routes(parts())));
  }
  ~PermitRoutes() override { server_->stop(); }

  Parts parts() {
    return {*w_.projector,
            *w_.permits,
            lists_,
            room_,
            w_.world.bundles(),
            w_.world.store(),
            *log_,
            w_.key(),
            std::chrono::seconds(10),
            [this] { return w_.world.now(); }};
  }
  http::ClientResponse send(const std::string& method, const std::string& target,
                            const std::string& actor, const std::string& body = "") {
    http::Client client({.port = server_->port(), .bearer = actor});
    auto response = client.request(method, target, {}, body);
    EXPECT_TRUE(response.ok()) << (response.ok() ? "" : response.error().message);
    return response.ok() ? *response : http::ClientResponse{};
  }
  http::ClientResponse get(const std::string& target, const std::string& actor = "local") {
    return send("GET", target, actor);
  }
  Json json(const std::string& target, const std::string& actor = "local") {
    const auto response = get(target, actor);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return response.status == 200 ? *parse_json(response.body) : Json();
  }
  std::string permit_request(const std::string& more = "") const {
    return R"({"model":"acme/credit:1.0","nonce":"00112233445566778899aabbccddeeff","runtime":{"policy_digests":[")" +
           policy::default_registry_bundle().digest().text() + "\"]}" + more + "}";
  }

  ServingWorld w_;
  std::unique_ptr<http::ServiceLog> log_ = *http::ServiceLog::open("test", "");
  RevocationLists lists_{w_.key()};
  WaitingRoom room_{*w_.projector, std::chrono::seconds(10)};
  std::unique_ptr<http::Server> server_;
};

std::set<std::string> routes_of(const http::Router& router) {
  std::set<std::string> out;
  for (const http::Route& route : router.routes()) {
    std::string pattern = route.pattern;
    if (const auto rest = pattern.find("...}"); rest != std::string::npos) pattern.erase(rest, 3);
    out.insert(route.method + " " + pattern);
  }
  return out;
}

std::set<std::string> routes_in_contract(const std::string& service) {
  std::set<std::string> out;
  const YAML::Node contract = YAML::LoadFile(std::string(Z5_SOURCE_DIR) + "/schemas/openapi.yaml");
  for (const auto& path : contract["paths"]) {
    for (const auto& method : path.second) {
      const std::string name = method.first.as<std::string>();
      if (name == "parameters") continue;
      for (const auto& tag : method.second["tags"]) {
        if (tag.as<std::string>() != service) continue;
        EXPECT_TRUE(method.second["summary"]) << path.first;
        EXPECT_TRUE(method.second["responses"]) << path.first;
        out.insert((name == "get" ? "GET " : "POST ") + path.first.as<std::string>());
      }
    }
  }
  // Those of every server (ledger/http), which no router lists.
  for (const char* probe : {"GET /healthz", "GET /readyz", "GET /metrics"})
    EXPECT_EQ(out.erase(probe), 1u) << probe;
  return out;
}

TEST_F(PermitRoutes, AreThoseOfTheContract) {
  EXPECT_EQ(routes_of(make_routes(parts())), routes_in_contract("permit"));
  EXPECT_EQ(routes_of(ledger::make_routes({}, *log_)), routes_in_contract("ledger"));
}

TEST_F(PermitRoutes, PermitOverHttp) {
  w_.promote();
  const auto yes = send("POST", "/v1/permits", "server", permit_request());
  ASSERT_EQ(yes.status, 200) << yes.body;
  const Json answer = *parse_json(yes.body);
  const std::vector<keys::PublicKey> services{w_.key().public_key()};
  const std::vector<Digest> policies{policy::default_registry_bundle().digest()};
  const auto permit = verify::verify_permit(
      answer["permit"].dump(), {.services = services,
                                .ledger = {w_.world.trust().origin, w_.world.trust().genesis},
                                .model = kRef,
                                .nonce = "00112233445566778899aabbccddeeff",
                                .audience = "z6",
                                .environment = fb::Environment::Production,
                                .policies = policies,
                                .now = w_.world.now()});
  ASSERT_TRUE(permit.ok()) << permit.error().reason;
  const auto manifest = get(permit->manifest_url(), "server");
  EXPECT_EQ(manifest.status, 200);
  EXPECT_EQ(sha256(manifest.body), permit->model_digest);

  EXPECT_EQ(send("POST", "/v1/permits", "server", "{").status, 400);
  EXPECT_EQ(send("POST", "/v1/permits", "local", permit_request()).status, 403);
  const auto no = send("POST", "/v1/permits", "ci", permit_request());
  EXPECT_EQ(no.status, 403);
  EXPECT_EQ((*parse_json(no.body))["refusal"][0]["rule"], "not-authorised");
  EXPECT_EQ(send("POST", "/v1/permits", "", permit_request()).status, 401);
}

TEST_F(PermitRoutes, ReadYourWrites) {
  w_.promote();
  const std::uint64_t size = w_.projector->view()->head().size();
  // One that is on its way is waited for; one that does not come is 503 after a second.
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(w_.world.run(Kind::Annotate, kRef, "ci", {{"tags", {{"a", "b"}}}}).sequence, size);
  });
  EXPECT_EQ(get("/v1/status?min_sequence=1").status, 200);
  EXPECT_EQ(json("/v1/versions/acme/credit/1.0?min_sequence=" + std::to_string(size))["sequence"],
            size);
  later.join();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(get("/v1/versions/acme/credit/1.0?min_sequence=99999").status, 503);
  EXPECT_GE(std::chrono::steady_clock::now() - start, limits::kReadYourWrite);
  EXPECT_EQ(get("/v1/versions?min_sequence=-1").status, 400);
  EXPECT_EQ(
      send("POST", "/v1/permits", "server", permit_request(R"(,"min_sequence":99999)")).status,
      503);
  EXPECT_EQ(send("POST", "/v1/permits", "server", permit_request(R"(,"min_sequence":2)")).status,
            200);
}

TEST_F(PermitRoutes, ShowsAVersion) {
  w_.promote();
  const Json version = json("/v1/versions/acme/credit/1.0");
  EXPECT_EQ(version["stage"], "Approved");
  EXPECT_EQ(version["hold"], nullptr);
  EXPECT_EQ(version["serving"], true);
  EXPECT_EQ(version["run_id"], support::kRunId);
  EXPECT_EQ(version["dataset"], support::kDataset);
  EXPECT_EQ(version["model_digest"], w_.world.model().digest().text());
  EXPECT_EQ(version["policy_digest"], policy::default_registry_bundle().digest().text());
  EXPECT_EQ(version["approvers"].size(), 2u);
  EXPECT_EQ(version["tags"]["team"], "risk");
  EXPECT_THAT(version["sbom_ref"].get<std::string>(), HasSubstr("sha256:"));
  EXPECT_EQ(json("/v1/serving/acme/credit")["ref"], kRef);
  EXPECT_EQ(json("/v1/versions?tenant=acme")["versions"][0]["ref"], kRef);
  const Json trail = json("/v1/versions/acme/credit/1.0/trail");
  EXPECT_EQ(trail["entries"][0]["event"], "VersionSubmitted");
  const Json page = json("/v1/versions/acme/credit/1.0/trail?limit=2");
  EXPECT_EQ(page["entries"].size(), 2u);
  EXPECT_EQ(json("/v1/versions/acme/credit/1.0/trail?limit=1000&after=" +
                 page["next"].get<std::string>())["entries"]
                .size(),
            trail["entries"].size() - 2);
}

TEST_F(PermitRoutes, WhatOneMayNotSeeLooksAbsent) {
  w_.promote();
  for (const char* target :
       {"/v1/versions/acme/credit/1.0", "/v1/versions/acme/credit/1.0/trail",
        "/v1/serving/acme/credit", "/v1/versions/acme/credit/1.0/manifest",
        "/v1/versions/acme/credit/1.0/release/release_notes", "/v1/versions?tenant=acme",
        "/v1/pending?tenant=acme", "/v1/revocations?tenant=acme"}) {
    const auto stranger = get(target, "nobody");
    EXPECT_EQ(stranger.status, 403) << target;
    std::string other = target;
    other.replace(other.find("acme"), 4, "none");
    EXPECT_EQ(get(other, "server").body, stranger.body) << other;
    EXPECT_EQ(get(target, "server").status, 200) << target;
    EXPECT_EQ(get(target, "").status, 401) << target;
  }
  for (const char* target : {"/v1/versions", "/v1/pending", "/v1/revocations"}) {
    EXPECT_EQ(get(target, "server").status, 403) << "all tenants: " << target;
    EXPECT_EQ(get(target, "local").status, 200) << target;
  }
  EXPECT_EQ(get("/v1/versions/acme/credit/..", "server").status, 400);
  EXPECT_EQ(get("/v1/versions/acme/cre%2Fdit/1.0", "server").status, 400);
}

TEST_F(PermitRoutes, ReleaseAndEvidence) {
  w_.promote();
  const std::string base = "/v1/versions/acme/credit/1.0";
  EXPECT_EQ((*parse_json(get(base + "/release/release_manifest").body))["ref"], kRef);
  EXPECT_THAT(get(base + "/release/release_notes").body, HasSubstr("# acme/credit:1.0"));
  EXPECT_EQ(get(base + "/release/dashboards_links").status, 200);
  EXPECT_EQ(get(base + "/release/other").status, 404);
  const std::string manifest = get(base + "/release/policy_snapshot").body;
  EXPECT_THAT(manifest, HasSubstr("  registry/registry/download.rego\n"));
  for (std::size_t begin = 0; begin < manifest.size(); begin = manifest.find('\n', begin) + 1) {
    const std::string path = manifest.substr(begin + 66, manifest.find('\n', begin) - begin - 66);
    const auto file = get(base + "/release/policy_snapshot/" + path);
    EXPECT_EQ(file.status, 200) << path;
    EXPECT_EQ(sha256(file.body).hex(), manifest.substr(begin, 64)) << path;
  }
  EXPECT_EQ(get(base + "/release/policy_snapshot/registry").status, 404);
  for (const Json& document : json(base)["documents"]) {
    const std::string digest = document["digest"];
    EXPECT_EQ(sha256(get(base + "/evidence/" + digest).body).text(), digest);
  }
  EXPECT_EQ(get(base + "/evidence/" + w_.world.trust().genesis.text()).status, 404);
  EXPECT_EQ(get(base + "/evidence/" + policy::default_registry_bundle().digest().text()).status,
            404)
      << "stored, but not named";
}

TEST_F(PermitRoutes, PendingSaysWhichApprovalIsMissing) {
  w_.must(w_.world.submit(kRef));
  EXPECT_TRUE(json("/v1/pending")["pending"].empty());
  w_.must(w_.world.stage(kRef));
  EXPECT_EQ(json("/v1/pending")["pending"][0]["lacks"], Json({"security", "product"}));
  w_.must(w_.world.attach_promotion_evidence(kRef));
  w_.must(w_.world.approve(kRef, "sam", "security"));
  EXPECT_TRUE(json("/v1/pending?role=security")["pending"].empty());
  EXPECT_EQ(json("/v1/pending?role=product&tenant=acme", "server")["pending"][0]["ref"], kRef);
  EXPECT_EQ(get("/v1/pending?role=boss").status, 400);
}

TEST_F(PermitRoutes, RevocationsAreSigned) {
  w_.promote();
  const std::vector<keys::PublicKey> services{w_.key().public_key()};
  const auto list = [&](const std::string& tenant) {
    const auto response = get("/v1/revocations" + (tenant.empty() ? "" : "?tenant=" + tenant));
    auto verified = verify::verify_revocations(response.body,
                                               {services,
                                                {w_.world.trust().origin, w_.world.trust().genesis},
                                                tenant,
                                                w_.projector->view()->head().size(),
                                                w_.world.now()});
    EXPECT_TRUE(verified.ok()) << (verified.ok() ? "" : verified.error().reason);
    return verified.ok() ? *verified : verify::RevocationList{};
  };
  EXPECT_TRUE(list("").versions.empty());
  w_.must(w_.world.run(Kind::Revoke, kRef, "rob", {{"reason", "cve-found"}}));
  ASSERT_EQ(list("").versions.size(), 1u);
  EXPECT_EQ(list("acme").find(kRef)->reason, "cve-found");
  EXPECT_TRUE(list("acm").versions.empty());
  EXPECT_TRUE(list("zebra").versions.empty());
}

TEST_F(PermitRoutes, VerificationOverHttp) {
  w_.promote();
  const auto response =
      send("POST", "/v1/verifications", "local", R"({"model":"acme/credit@serving"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json report = *parse_json(response.body);
  EXPECT_EQ(report["ref"], kRef);
  const std::vector<keys::PublicKey> services{w_.key().public_key()};
  const auto summary =
      verify::verify_summary(report["summary"].dump(), services, w_.world.model().digest());
  ASSERT_TRUE(summary.ok()) << summary.error().reason;
  EXPECT_TRUE(summary->passed);
  EXPECT_EQ(send("POST", "/v1/verifications", "nobody", R"({"model":"acme/credit:1.0"})").status,
            403);
  EXPECT_EQ(send("POST", "/v1/verifications", "local", R"({"model":"acme/credit"})").status, 400);
}

TEST_F(PermitRoutes, PolicyAndStatus) {
  const Json policy = json("/v1/policy", "server");
  EXPECT_EQ(policy["registry"], policy::default_registry_bundle().digest().text());
  const Json bundle = json("/v1/policy/" + policy["registry"].get<std::string>(), "server");
  std::map<std::string, Bytes> files;
  for (const auto& [path, content] : bundle["files"].items())
    files[path] = *from_base64(content.get<std::string>());
  EXPECT_EQ(policy::Bundle::make(files)->digest().text(), policy["registry"]);
  EXPECT_EQ(get("/v1/policy/" + sha256("x").text()).status, 404);
  EXPECT_EQ(get("/v1/policy", "nobody").status, 403);
  EXPECT_EQ(json("/v1/status")["genesis"], w_.world.trust().genesis.text());
  const auto checkpoint = get("/v1/checkpoint");
  EXPECT_EQ(checkpoint.status, 200);
  EXPECT_TRUE(chain::verify_checkpoint(checkpoint.body, w_.world.trust()).ok());
}

}  // namespace
}  // namespace z5::permit
