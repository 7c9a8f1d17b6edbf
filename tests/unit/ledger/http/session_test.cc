// SPDX-License-Identifier: Apache-2.0
// Goal: what a socket on loopback cannot show: callers from elsewhere, the bound on all bodies
// together, and that the cuts between packets change nothing. Method: bytes in, bytes out, no
// socket.
#include "ledger/http/session.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "tests/support/http/wire.h"

namespace z5::http {
namespace {

class HttpSession : public testing::Test {
 protected:
  HttpSession() {
    const Handler echo = [](const Request& request) { return Response{200, request.body + "."}; };
    serving.router.add("GET", "/read", echo);
    serving.router.add("POST", "/echo", echo, {Access::Open, false, limits::kMaxRequest});
    serving.authenticate = [](const Request&) -> Result<Verdict<Principal>> {
      return Verdict<Principal>(Principal{"local", true, true});
    };
    serving.metrics = std::make_unique<Metrics>(registry, serving.router.routes());
  }
  std::unique_ptr<Session> open(bool loopback = true) {
    return std::make_unique<Session>(serving, Peer{"192.0.2.1:5", loopback, std::nullopt}, date,
                                     mailbox, 1);
  }
  // Everything it says to these bytes, given `step` at a time.
  std::string talk(Session& session, std::string_view bytes, std::size_t step) {
    std::string out;
    for (; !bytes.empty() && !session.closing();
         bytes.remove_prefix(std::min(step, bytes.size()))) {
      auto next = session.received(bytes.substr(0, step));
      while (next == Session::Next::Write) {
        out += session.out();
        if (session.closing()) break;
        next = session.sent();
      }
    }
    return out;
  }

  prometheus::Registry registry;
  Serving serving;
  const std::string date = "Tue, 24 Nov 2026 08:00:00 GMT";
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>([] {});
};

TEST_F(HttpSession, LoopbackTokensStayOnThisMachine) {
  EXPECT_TRUE(talk(*open(true), get("/read"), 1'000).starts_with("HTTP/1.1 200"));
  const std::string refused = talk(*open(false), get("/read"), 1'000);
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403")) << refused;
  EXPECT_NE(refused.find("loopback-only"), std::string::npos);
}

TEST_F(HttpSession, AllBodiesTogetherAreBounded) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: z5\r\nContent-Length: 33554432\r\n\r\n";
  const std::string part(limits::kMaxRequest - 1, 'x');
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::size_t i = 0; i < limits::kMaxBuffered / limits::kMaxRequest; ++i) {
    sessions.push_back(open());
    EXPECT_EQ(talk(*sessions.back(), head + part, head.size() + part.size()), "");
  }
  auto over = open();
  EXPECT_TRUE(talk(*over, head + part, head.size() + part.size()).starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(over->closing());
  sessions.pop_back();
  EXPECT_EQ(talk(*open(), head + part, head.size() + part.size()), "");
  sessions.clear();
  EXPECT_EQ(serving.buffered.load(), 0u);
}

TEST_F(HttpSession, CutsBetweenPacketsChangeNothing) {
  const std::string requests = get("/read") + post("/echo", "a body") + "\r\n" + get("/none") +
                               post("/echo", "") + "HEAD /read HTTP/1.1\r\nHost: z5\r\n\r\n" +
                               get("/x/../y");
  auto whole = open();
  const std::string expected = talk(*whole, requests, requests.size());
  EXPECT_NE(expected.find("a body."), std::string::npos);
  EXPECT_TRUE(whole->closing() || whole->idle());
  for (const std::size_t step : {1u, 2u, 3u, 7u, 64u})
    EXPECT_EQ(talk(*open(), requests, step), expected) << step;
}

}  // namespace
}  // namespace z5::http
