// SPDX-License-Identifier: Apache-2.0
// Goal: an instance that is not the writer says so, with who is, on every route, and shows nothing
// of its own that may be old. Method: the routes on a real server, with nobody at the desk.
#include "ledger/routes.h"

#include <gtest/gtest.h>

#include "ledger/http/client.h"
#include "ledger/http/server.h"
#include "tests/support/world.h"

namespace z5::ledger {
namespace {

class StandbyRoutes : public testing::Test {
 protected:
  StandbyRoutes() {
    const Office office{.desk = [this] { return desk_; }, .leader = [this] { return leader_; }};
    http::ServerOptions options;
    options.authenticate = [](const http::Request&) -> Result<Verdict<http::Principal>> {
      return Verdict<http::Principal>(http::Principal{"local", true, true});
    };
    server_ = std::move(*http::Server::start(std::move(options), make_routes(office, *log_)));
  }
  ~StandbyRoutes() override { server_->stop(); }

  http::ClientResponse send(const std::string& method, const std::string& target) {
    http::ClientOptions options;
    options.port = server_->port();
    http::Client client(options);
    return *client.request(method, target, {}, method == "POST" ? "{}" : "");
  }

  std::unique_ptr<http::ServiceLog> log_ = std::move(*http::ServiceLog::open("test", ""));
  std::shared_ptr<const Desk> desk_;
  std::string leader_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(StandbyRoutes, NameTheLeader) {
  leader_ = "https://a.example:7501";
  for (const auto& [method, target] :
       {std::pair("POST", "/v1/commands"), std::pair("GET", "/v1/checkpoint"),
        std::pair("GET", "/v1/versions/acme/model/1/view")}) {
    const auto answer = send(method, target);
    EXPECT_EQ(answer.status, 503) << target;
    const Json body = *parse_json(answer.body);
    EXPECT_EQ(body["leader"], leader_) << target;
    EXPECT_EQ(body["refusal"][0]["rule"], "standby") << target;
    EXPECT_EQ(body["refusal"][0]["reason"], "https://a.example:7501 writes this ledger now");
  }
}

TEST_F(StandbyRoutes, NameNobodyWhereNobodyIsKnown) {
  const auto answer = send("POST", "/v1/commands");
  EXPECT_EQ(answer.status, 503);
  EXPECT_FALSE(parse_json(answer.body)->contains("leader"));
}

TEST_F(StandbyRoutes, ServeWhenElectedAndStopServingWhenNot) {
  support::World world;
  desk_ = std::make_shared<Desk>(world.intake(), world.writer(), world.bundles());
  EXPECT_EQ(send("GET", "/v1/checkpoint").body, world.writer().checkpoint());
  EXPECT_EQ(send("POST", "/v1/commands").status, 400);
  desk_.reset();
  EXPECT_EQ(send("GET", "/v1/checkpoint").status, 503);
}

}  // namespace
}  // namespace z5::ledger
