// SPDX-License-Identifier: Apache-2.0
// Goal: nobody passes without a token of this installation, and each token only as far as it goes.
// Method: token files in a scratch directory, in memory and through a real server.
#include "ledger/http/tokens.h"

#include <gtest/gtest.h>

#include <thread>

#include "ledger/http/client.h"
#include "ledger/http/server.h"
#include "tests/support/http/scratch.h"

namespace z5::http {
namespace {

namespace fs = std::filesystem;

const std::string kSerai = "serai-token-serai-token-serai-token";

Request with(const std::string& authorization) {
  Request request;
  if (!authorization.empty()) request.headers.push_back({"authorization", authorization});
  return request;
}

TEST(HttpTokens, OneBearerTokenOfOneForm) {
  EXPECT_EQ(*bearer_token(with("Bearer abc-._~+/==")), "abc-._~+/==");
  EXPECT_EQ(*bearer_token(with("bearer abc")), "abc");
  for (const char* bad : {"", "Bearer", "Bearer ", "Bearer  abc", "Bearer a b", "Bearer a,b",
                          "Basic abc", "Bearerabc", "Bearer =", "Bearer a=b", "Bearer \xff"}) {
    EXPECT_FALSE(bearer_token(with(bad))) << bad;
  }
  Request twice = with("Bearer abc");
  twice.headers.push_back({"authorization", "Bearer abc"});
  EXPECT_FALSE(bearer_token(twice));
}

TEST(HttpTokens, FilesNameTheActor) {
  const Scratch home;
  home.write("serai", kSerai + "\n");
  const auto local = create_token(home.path(), "local");
  ASSERT_TRUE(local.ok());
  EXPECT_EQ(local->size(), 43u);
  EXPECT_EQ(fs::status(home.path() / "local").permissions(), static_cast<fs::perms>(0600));
  EXPECT_EQ(create_token(home.path(), "local").error().code, ErrorCode::Conflict);
  EXPECT_EQ(create_token(home.path(), "../x").error().code, ErrorCode::Invalid);
  home.write(".swp", "not read");
  const auto tokens = Tokens::open(home.path());
  ASSERT_TRUE(tokens.ok()) << tokens.error().message;
  EXPECT_EQ(*(*tokens)->find(with("Bearer " + kSerai)), (Principal{"serai", false, false}));
  EXPECT_EQ(*(*tokens)->find(with("Bearer " + *local)), (Principal{"local", true, true}));
  EXPECT_EQ((*tokens)->find(with("")).error().rule, "not-authenticated");
  EXPECT_EQ((*tokens)->find(with("Bearer " + kSerai.substr(1))).error().rule, "unknown-token");
  EXPECT_EQ((*tokens)->find(with("Bearer " + sha256(kSerai).hex())).error().rule, "unknown-token");
}

TEST(HttpTokens, RefusesFilesThatOthersCanUse) {
  const auto problem = [](const std::string& name, const std::string& text, int mode) {
    const Scratch home;
    home.write(name, text, mode);
    const auto tokens = Tokens::open(home.path());
    return tokens.ok() ? std::string() : tokens.error().message;
  };
  EXPECT_EQ(problem("serai", kSerai, 0600), "");
  EXPECT_EQ(problem("serai", kSerai, 0400), "");
  EXPECT_NE(problem("serai", kSerai, 0640).find("chmod 600"), std::string::npos);
  EXPECT_NE(problem("serai", kSerai, 0604).find("chmod 600"), std::string::npos);
  EXPECT_NE(problem("serai", kSerai, 0620).find("chmod 600"), std::string::npos);
  EXPECT_NE(problem("serai", "short", 0600).find("32"), std::string::npos);
  EXPECT_NE(problem("serai", "", 0600), "");
  EXPECT_NE(problem("serai", kSerai + "\n" + kSerai, 0600), "");
  EXPECT_NE(problem("serai", std::string(600, 'x'), 0600), "");
  EXPECT_NE(problem("Serai!", kSerai, 0600).find("slug"), std::string::npos);
  const Scratch home;
  home.write("serai", kSerai);
  home.write("other", kSerai);
  EXPECT_FALSE(Tokens::open(home.path()).ok());  // whose token it is cannot be told
  fs::remove(home.path() / "other");
  fs::create_symlink(home.path() / "serai", home.path() / "other");
  EXPECT_FALSE(Tokens::open(home.path()).ok());
  EXPECT_FALSE(Tokens::open(home.path() / "missing").ok());
}

TEST(HttpTokens, NewAndRemovedFilesAreSeen) {
  const Scratch home;
  home.write("serai", kSerai);
  const auto tokens = *Tokens::open(home.path());
  const std::string fresh = *create_token(home.path(), "fresh");
  EXPECT_FALSE(
      tokens->find(with("Bearer " + fresh)).ok());  // within the second: not looked at again
  std::this_thread::sleep_for(limits::kTokenRescan);
  EXPECT_EQ(tokens->find(with("Bearer " + fresh))->actor, "fresh");
  fs::remove(home.path() / "serai");
  std::this_thread::sleep_for(limits::kTokenRescan);
  EXPECT_FALSE(tokens->find(with("Bearer " + kSerai)).ok());
  home.write("serai", kSerai, 0644);
  EXPECT_FALSE(tokens->reload().ok());
  EXPECT_FALSE(tokens->find(with("Bearer " + kSerai)).ok());
  EXPECT_TRUE(tokens->find(with("Bearer " + fresh)).ok());
}

class HttpAuth : public testing::Test {
 protected:
  void start(Authenticator authenticate) {
    Router router;
    const Handler who = [](const Request& request) {
      return Response{200, request.principal ? request.principal->actor : "nobody"};
    };
    router.add("GET", "/v1/read", who);
    router.add("POST", "/v1/write", who);
    router.add("POST", "/v1/verify", who, {Access::Authenticated, true});
    router.add("POST", "/v1/commands", who, {Access::Open});
    ServerOptions options;
    options.authenticate = std::move(authenticate);
    auto started = Server::start(std::move(options), std::move(router));
    ASSERT_TRUE(started.ok());
    server = std::move(*started);
  }
  ClientResponse ask(const std::string& method, const std::string& target,
                     const std::string& token) {
    ClientOptions options;
    options.port = server->port();
    options.bearer = token;
    auto response = Client(options).request(method, target, {}, method == "POST" ? "{}" : "");
    EXPECT_TRUE(response.ok());
    return response.ok() ? *response : ClientResponse{};
  }

  std::unique_ptr<Server> server;
};

TEST_F(HttpAuth, Matrix) {
  const Scratch home;
  home.write("serai", kSerai);
  const std::string local = *create_token(home.path(), "local");
  start(authenticate_with(*Tokens::open(home.path())));
  struct Row {
    const char* method;
    const char* target;
    int none, wrong, read_only, full;
  };
  for (const Row& row :
       {Row{"GET", "/v1/read", 401, 401, 200, 200}, Row{"HEAD", "/v1/read", 401, 401, 200, 200},
        Row{"POST", "/v1/write", 401, 401, 403, 200}, Row{"POST", "/v1/verify", 401, 401, 200, 200},
        Row{"POST", "/v1/commands", 200, 200, 200, 200}, Row{"GET", "/healthz", 200, 200, 200, 200},
        Row{"GET", "/readyz", 200, 200, 200, 200}, Row{"GET", "/metrics", 200, 200, 200, 200}}) {
    EXPECT_EQ(ask(row.method, row.target, "").status, row.none) << row.method << row.target;
    EXPECT_EQ(ask(row.method, row.target, std::string(43, 'x')).status, row.wrong)
        << row.method << row.target;
    EXPECT_EQ(ask(row.method, row.target, local).status, row.read_only) << row.method << row.target;
    EXPECT_EQ(ask(row.method, row.target, kSerai).status, row.full) << row.method << row.target;
  }
  const ClientResponse refused = ask("GET", "/v1/read", "");
  EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
  EXPECT_TRUE(refused.body.starts_with("{\"refusal\":[{\"reason\":")) << refused.body;
  EXPECT_NE(refused.body.find("\"rule\":\"not-authenticated\""), std::string::npos);
  EXPECT_NE(ask("POST", "/v1/write", local).body.find("\"rule\":\"read-only\""), std::string::npos);
  EXPECT_EQ(ask("GET", "/v1/read", kSerai).body, "serai");
}

TEST_F(HttpAuth, WithoutAuthenticatorOrWhenItFailsNobodyPasses) {
  start(nullptr);
  EXPECT_EQ(ask("GET", "/v1/read", kSerai).status, 503);
  start([](const Request&) -> Result<Verdict<Principal>> {
    return unavailable("the issuer's keys are not there");
  });
  EXPECT_EQ(ask("GET", "/v1/read", kSerai).status, 503);
  EXPECT_EQ(ask("POST", "/v1/commands", "").status, 200);
}

}  // namespace
}  // namespace z5::http
