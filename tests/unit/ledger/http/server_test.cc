// SPDX-License-Identifier: Apache-2.0
// Goal: the server answers what is well-formed, once and in order, and refuses the rest without
// harm. Method: real sockets on loopback, bytes written by hand.
#include "ledger/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>

#include "tests/support/http/wire.h"

namespace z5::http {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

constexpr RouteOptions kOpen{Access::Open};

class HttpServer : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    Router router;
    router.add(
        "GET", "/v1/echo/{word}",
        [](const Request& request) {
          return Response{200, request.param("word") + "|" +
                                   std::string(request.query_value("q").value_or("-"))};
        },
        kOpen);
    router.add("POST", "/v1/echo",
               [](const Request& request) {
                 return Response{200, request.body, "application/octet-stream"};
               },
               {Access::Open, false, 4u << 20});
    router.add(
        "GET", "/v1/throws", [](const Request&) -> Response { throw std::runtime_error("no"); },
        kOpen);
    router.add(
        "GET", "/v1/inject",
        [](const Request& request) {
          return Response{
              200,
              "x",
              "text/plain",
              "no-store",
              {{"X-Name", std::string(request.query_value("q").value_or("")) + "\r\nX-Evil: 1"}}};
        },
        kOpen);
    auto started = Server::start(std::move(options), std::move(router));
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = std::move(*started);
  }
  int status_of(std::string_view bytes) {
    Wire wire(server->port());
    wire.send(bytes);
    return wire.status();
  }

  std::unique_ptr<Server> server;
};

TEST_F(HttpServer, RoutesAndParameters) {
  start();
  Wire wire(server->port());
  wire.send(get("/v1/echo/a%20b?q=1+2"));
  const std::string answer = wire.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\nContent-Length: 7\r\n\r\na b|1 2")) << answer;
  EXPECT_NE(answer.find("Content-Type: application/json\r\nCache-Control: no-store\r\n"),
            std::string::npos);
  wire.send("HEAD /v1/echo/abc HTTP/1.1\r\nHost: z5\r\n\r\n");
  wire.send(get("/v1/nowhere"));
  // The answer to HEAD has the length of the body, and no body: the next answer follows at once.
  std::string both = wire.answer(milliseconds(300));
  both += wire.answer(milliseconds(300));
  EXPECT_NE(both.find("Content-Length: 5\r\n\r\nHTTP/1.1 404 Not Found"), std::string::npos)
      << both;
  EXPECT_EQ(status_of(get("/v1/ECHO/a")), 404);
  Wire other(server->port());
  other.send("DELETE /v1/echo HTTP/1.1\r\nHost: z5\r\n\r\n");
  const std::string refused = other.answer();
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 405")) << refused;
  EXPECT_NE(refused.find("Allow: POST\r\n"), std::string::npos);
  EXPECT_NE(refused.find("{\"error\":{\"code\":\"method-not-allowed\""), std::string::npos);
}

TEST_F(HttpServer, TraversalIsRefused) {
  start();
  for (const char* target :
       {"/v1/..%2f", "/v1/../v1/echo/a", "/v1/%2e%2e/echo/a", "/v1/echo/%252e%252e%252f",
        "/v1/echo/a%2fb", "/v1/echo/a%00", "/v1/echo/a%0d%0ab", "/v1//echo/a", "/v1/echo/a\\b",
        "http://z5/v1/echo/a", "*"}) {
    EXPECT_EQ(status_of(get(target)), 400) << target;
  }
}

TEST_F(HttpServer, KeepAliveAndPipelining) {
  start();
  Wire wire(server->port());
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += get("/v1/echo/" + std::to_string(i)) + post("/v1/echo", std::string(i, 'x'));
  many.insert(0, "\r\n");  // RFC 9112 section 2.2
  wire.send(many);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(wire.answer().ends_with("\r\n\r\n" + std::to_string(i) + "|-"));
    EXPECT_TRUE(wire.answer().ends_with("\r\n\r\n" + std::string(i, 'x')));
  }
  wire.send(get("/v1/echo/last", "Connection: close\r\n") + get("/v1/echo/never"));
  EXPECT_NE(wire.answer().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(wire.closed());
  Wire old(server->port());
  old.send("GET /v1/echo/a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.status(), 200);
  EXPECT_TRUE(old.closed());
}

TEST_F(HttpServer, ByteByByte) {
  start();
  Wire wire(server->port());
  for (const char c : post("/v1/echo", "slow but whole") + get("/v1/echo/next")) {
    wire.send({&c, 1});
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_TRUE(wire.answer().ends_with("slow but whole"));
  EXPECT_TRUE(wire.answer().ends_with("next|-"));
}

TEST_F(HttpServer, MalformedRequests) {
  start();
  const std::string line = "POST /v1/echo HTTP/1.1\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET /v1/echo/a HTTP/2.0\r\nHost: z5\r\n\r\n", 505},
      {"GET /v1/echo/a HTTP/0.9\r\nHost: z5\r\n\r\n", 505},
      {"GET /v1/echo/a HTTX/1.1\r\nHost: z5\r\n\r\n", 505},
      {"GET /v1/echo/a\r\nHost: z5\r\n\r\n", 400},
      {"GET  /v1/echo/a HTTP/1.1\r\nHost: z5\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\nHost: z5\n\n\r\n\r\n", 505},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\nX: a\r\n b\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost : z5\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\nX: a\nY: b\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\nX: a\rY: b\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\nX: a\0b\r\n\r\n"s, 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\n: b\r\n\r\n", 400},
      {"GET /v1/echo/a HTTP/1.1\r\nHost: z5\r\nExpect: 200-ok\r\n\r\n", 400},
      {line + "Host: z5\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 400},
      {line + "Host: z5\r\nContent-Length: 1, 1\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: -1\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: +1\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: 0x1\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length:\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: 99999999999999999999999\r\n\r\nx", 400},
      {line + "Host: z5\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {line + "Host: z5\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {line + "Host: z5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
      {line + "Host: z5\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 411},
      {line + "Host: z5\r\nTransfer-Encoding: xchunked\r\n\r\n", 411},
      {"\x16\x03\x01\x02"s, 400},
      {"<html>", 400},
      {"\0\0\0\0"s, 400},
  };
  for (const auto& [bytes, status] : cases) {
    Wire wire(server->port());
    wire.send(bytes);
    wire.send(get("/v1/echo/smuggled"));
    EXPECT_EQ(wire.status(), status) << bytes;
    EXPECT_TRUE(wire.closed()) << bytes;  // nothing after it is taken for a request
  }
}

TEST_F(HttpServer, SizeLimits) {
  ServerOptions options;
  options.max_body = 1u << 20;
  start(std::move(options));
  const std::string whole(1u << 20, 'x');
  Wire wire(server->port());
  wire.send(post("/v1/echo", whole));
  EXPECT_TRUE(wire.answer().ends_with(whole));
  wire.send(post("/v1/echo",
                 whole + whole));  // the answer must survive that the rest is still being sent
  EXPECT_EQ(wire.status(), 413);
  EXPECT_TRUE(wire.closed());
  EXPECT_EQ(
      status_of(
          "POST /v1/echo HTTP/1.1\r\nHost: z5\r\nContent-Length: 18446744073709551615\r\n\r\n"),
      413);
  EXPECT_EQ(status_of(get("/v1/echo/a", "X: " + std::string(limits::kMaxHead, 'x') + "\r\n")), 431);
  EXPECT_EQ(status_of("GET /" + std::string(limits::kMaxHead * 2, 'x')), 431);
  std::string fields;
  for (std::size_t i = 0; i < limits::kMaxHeaderFields; ++i) fields += "X: y\r\n";
  EXPECT_EQ(status_of(get("/v1/echo/a", fields)), 431);
  EXPECT_EQ(status_of(get("/v1/echo/a", fields.substr(6))), 200);
}

TEST_F(HttpServer, ExpectContinueIsAnsweredBeforeTheBody) {
  start();
  Wire wire(server->port());
  wire.send(
      "POST /v1/echo HTTP/1.1\r\nHost: z5\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.send("body");
  EXPECT_TRUE(wire.answer().ends_with("body"));
  wire.send(
      "POST /v1/nowhere HTTP/1.1\r\nHost: z5\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.status(), 404);
  EXPECT_TRUE(wire.closed());
}

TEST_F(HttpServer, HandlerFailuresStayInside) {
  start();
  Wire wire(server->port());
  wire.send(get("/v1/throws") + get("/v1/inject?q=a"));
  EXPECT_EQ(wire.status(), 500);
  const std::string answer = wire.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500")) << answer;
  EXPECT_EQ(answer.find("X-Evil"), std::string::npos);
}

TEST_F(HttpServer, ProbesAndMetrics) {
  ServerOptions options;
  std::atomic<bool> ready = false;
  options.ready = [&ready]() -> Status {
    if (ready) return Done{};
    return unavailable("replaying: 7 of 9");
  };
  start(std::move(options));
  EXPECT_EQ(status_of(get("/healthz")), 200);
  Wire wire(server->port());
  wire.send(get("/readyz"));
  const std::string answer = wire.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503"));
  EXPECT_NE(answer.find("replaying: 7 of 9"), std::string::npos);
  ready = true;
  wire.send(get("/readyz") + get("/v1/echo/x") + get("/v1/none") + get("/metrics"));
  EXPECT_EQ(wire.status(), 200);
  EXPECT_EQ(wire.status(), 200);
  EXPECT_EQ(wire.status(), 404);
  const std::string text = wire.answer();
  EXPECT_NE(
      text.find("z5_http_requests_total{code=\"2xx\",method=\"GET\",route=\"/v1/echo/{word}\"} 1"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("z5_http_requests_total{code=\"4xx\",method=\"\",route=\"\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("z5_http_request_seconds_count{method=\"GET\",route=\"/v1/echo/{word}\"} 1"),
            std::string::npos);
}

TEST_F(HttpServer, RefusesToStart) {
  const auto problem = [](const std::string& address, std::uint16_t port = 0) {
    ServerOptions options;
    options.address = address;
    options.port = port;
    auto started = Server::start(std::move(options), Router());
    return started.ok() ? std::string() : started.error().message;
  };
  EXPECT_NE(problem("0.0.0.0").find("TLS certificate"), std::string::npos);
  EXPECT_NE(problem("::").find("TLS certificate"), std::string::npos);
  EXPECT_NE(problem("192.0.2.1").find("TLS certificate"), std::string::npos);
  EXPECT_NE(problem("localhost").find("no IP address"), std::string::npos);
  EXPECT_EQ(problem("127.0.0.2"), "");
  start();
  EXPECT_NE(problem("127.0.0.1", server->port()).find("in use"), std::string::npos);
}

// Random damage to good requests: every connection gets an answer of ours or a close, and the
// server lives.
TEST_F(HttpServer, RandomDamage) {
  ServerOptions options;
  options.read_timeout = milliseconds(200);
  start(std::move(options));
  std::mt19937 random(5);
  const std::string good =
      post("/v1/echo", "0123456789", "X-One: two\r\nConnection: keep-alive\r\n");
  const std::string_view letters = "\r\n :/%.?#\0\t\xff\x80,;AZaz09-";
  std::vector<std::pair<std::string, Wire>> sent;
  for (int round = 0; round < 900; ++round) {
    std::string bytes = good;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.insert(at, 1, letters[random() % letters.size()]);
          break;
        case 2:
          bytes.erase(at, 1 + random() % 8);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 32));
          break;
      }
    }
    sent.emplace_back(bytes, Wire(server->port()));
    sent.back().second.send(bytes);
  }
  const std::set<int> expected = {200, 400, 404, 405, 408, 411, 413, 431, 505};
  for (auto& [bytes, wire] : sent) EXPECT_TRUE(expected.contains(wire.status())) << bytes;
  EXPECT_EQ(status_of(get("/healthz")), 200);
}

}  // namespace
}  // namespace z5::http
