// SPDX-License-Identifier: Apache-2.0
// Goal: a client is led to the writer of the ledger only where its own configuration goes, and
// once. Method: two servers, one of which says that another one leads.
#include "consumers/cli/installation.h"

#include <gtest/gtest.h>

#include "ledger/http/server.h"

namespace z5::cli {
namespace {

class CliPeers : public testing::Test {
 protected:
  static std::unique_ptr<http::Server> serve(std::function<http::Response()> answer) {
    http::Router router;
    router.add("POST", "/v1/commands",
               [answer = std::move(answer)](const http::Request&) { return answer(); },
               {.access = http::Access::Open});
    return std::move(*http::Server::start({}, std::move(router)));
  }
  static http::Response standby(const std::string& leader) {
    http::Response response = http::refusal_response(503, {{"standby", "another"}});
    Json body = *parse_json(response.body);
    body["leader"] = leader;
    response.body = body.dump();
    return response;
  }
  static http::ClientOptions options_of(const http::Server& server) {
    http::ClientOptions options;
    options.port = server.port();
    return options;
  }
  static std::string url_of(const http::Server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
  }

  int asked_ = 0;
  std::unique_ptr<http::Server> leader_ = serve([this] {
    ++asked_;
    return http::Response{.status = 201, .body = "{\"sequence\":\"1\"}"};
  });
};

TEST_F(CliPeers, FollowsToALeaderThatIsConfigured) {
  const std::string leader = url_of(*leader_);
  const auto other = serve([leader] { return standby(leader); });
  Service service(options_of(*other), {{leader, options_of(*leader_)}});
  const auto answer = service.post("/v1/commands", "{}");
  ASSERT_TRUE(answer.ok() && answer->ok());
  EXPECT_EQ(asked_, 1);
}

TEST_F(CliPeers, FollowsNoOtherAddress) {
  const std::string leader = url_of(*leader_);
  const auto other = serve([leader] { return standby(leader); });
  for (const Service::Peers& peers :
       {Service::Peers{}, Service::Peers{{leader + "/", options_of(*leader_)}}}) {
    Service service(options_of(*other), peers);
    const auto answer = service.post("/v1/commands", "{}");
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::Unavailable);
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(CliPeers, FollowsOnce) {
  std::string self;
  int asked = 0;
  const auto other = serve([&] {
    ++asked;
    return standby(self);
  });
  self = url_of(*other);
  Service service(options_of(*other), {{self, options_of(*other)}});
  EXPECT_FALSE(service.post("/v1/commands", "{}").ok());
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace z5::cli
