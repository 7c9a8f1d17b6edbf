// SPDX-License-Identifier: Apache-2.0
// Goal: time and other threads do no harm: slow clients, late answers, a stop with requests in
// hand, too many connections. Method: real sockets on loopback, short deadlines, answers from the
// test's own thread.
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>

#include "ledger/http/server.h"
#include "tests/support/http/wire.h"

namespace z5::http {
namespace {

using std::chrono::milliseconds;

constexpr RouteOptions kOpen{Access::Open};

// Keeps Responders until the test answers them from its own thread.
class Pending {
 public:
  void add(Responder responder) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(responder));
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  bool await(std::size_t count) {
    for (int i = 0; i < 5'000 && size() < count; ++i) std::this_thread::sleep_for(milliseconds(1));
    return size() == count;
  }
  void answer_all(const std::string& body) {
    const std::lock_guard lock(mutex_);
    for (Responder& responder : waiting_) responder(Response{200, body});
    waiting_.clear();
  }
  void drop_all() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<Responder> waiting_;
};

class HttpServerLife : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    Router router;
    router.add(
        "GET", "/v1/echo/{word}",
        [](const Request& request) { return Response{200, request.param("word") + "|-"}; }, kOpen);
    router.add(
        "POST", "/v1/echo", [](const Request& request) { return Response{200, request.body}; },
        kOpen);
    router.add_async(
        "POST", "/v1/later",
        [this](Request& request, Responder responder) {
          const std::string body = std::move(request.body);
          if (body == "inline") return responder(Response{201, "at once"});
          pending.add(std::move(responder));
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

  Pending pending;
  std::unique_ptr<Server> server;
};

TEST_F(HttpServerLife, SlowAndIdleClientsAreLetGo) {
  ServerOptions options;
  options.idle_timeout = milliseconds(300);
  options.read_timeout = milliseconds(400);
  start(std::move(options));
  Wire idle(server->port());
  Wire slow(server->port());
  Wire body(server->port());
  body.send("POST /v1/echo HTTP/1.1\r\nHost: z5\r\nContent-Length: 4\r\n\r\nab");
  const auto began = std::chrono::steady_clock::now();
  const std::string head = get("/v1/echo/a");
  for (std::size_t i = 0;
       i < head.size() && std::chrono::steady_clock::now() - began < milliseconds(700); ++i) {
    slow.send(head.substr(i, 1));  // a trickle does not extend the deadline
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(slow.status(), 408);
  EXPECT_EQ(body.status(), 408);
  EXPECT_TRUE(idle.closed(milliseconds(100)));
  EXPECT_TRUE(slow.closed());
}

TEST_F(HttpServerLife, AnswersFromAnotherThread) {
  start();
  std::vector<Wire> wires;
  for (int i = 0; i < 500; ++i) {  // far more than threads
    wires.emplace_back(server->port());
    wires.back().send(post("/v1/later", "x") + get("/v1/echo/after"));
  }
  ASSERT_TRUE(pending.await(500));
  EXPECT_EQ(wires[0].status(milliseconds(50)), 0);
  std::thread writer([this] { pending.answer_all("done"); });
  writer.join();
  for (Wire& wire : wires) {
    EXPECT_TRUE(wire.answer().ends_with("done"));
    EXPECT_TRUE(wire.answer().ends_with("after|-"));  // in the order of the requests
  }
  EXPECT_EQ(status_of(post("/v1/later", "inline")), 201);
}

TEST_F(HttpServerLife, ADroppedOrLateAnswerEndsTheRequest) {
  ServerOptions options;
  options.answer_timeout = milliseconds(300);
  start(std::move(options));
  Wire dropped(server->port());
  dropped.send(post("/v1/later", "x"));
  ASSERT_TRUE(pending.await(1));
  pending.drop_all();
  EXPECT_EQ(dropped.status(), 500);
  Wire late(server->port());
  late.send(post("/v1/later", "x"));
  EXPECT_EQ(late.status(), 503);
  EXPECT_TRUE(late.closed());
  pending.answer_all("too late");
  EXPECT_EQ(status_of(get("/v1/echo/a")), 200);
}

TEST_F(HttpServerLife, ClientThatLeavesWhileItsAnswerIsMade) {
  start();
  {
    Wire wire(server->port());
    wire.send(post("/v1/later", "x"));
    ASSERT_TRUE(pending.await(1));
  }
  pending.answer_all("for nobody");
  EXPECT_EQ(status_of(get("/v1/echo/a")), 200);
}

TEST_F(HttpServerLife, StopFinishesWhatIsInHand) {
  start();
  Wire idle(server->port());
  idle.send(get("/v1/echo/a"));
  EXPECT_EQ(idle.status(), 200);
  Wire busy(server->port());
  busy.send(post("/v1/later", "x") + get("/v1/echo/never"));
  Wire half(server->port());
  half.send("POST /v1/echo HTTP/1.1\r\nHost: z5\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(pending.await(1));
  auto stopped = std::async(std::launch::async, [this] { server->stop(std::chrono::seconds(20)); });
  EXPECT_TRUE(idle.closed());
  half.send("cd");
  const std::string last = half.answer();
  EXPECT_NE(last.find("Connection: close"), std::string::npos) << last;
  EXPECT_TRUE(last.ends_with("abcd"));
  EXPECT_EQ(stopped.wait_for(milliseconds(100)), std::future_status::timeout);
  pending.answer_all("still answered");
  EXPECT_TRUE(busy.answer().ends_with("still answered"));
  EXPECT_TRUE(busy.closed());  // the pipelined request was not begun
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(5)),
            std::future_status::ready);  // the linger is bounded
}

TEST_F(HttpServerLife, StopIsBoundedAndRespondersOutliveTheServer) {
  start();
  Wire busy(server->port());
  busy.send(post("/v1/later", "x"));
  ASSERT_TRUE(pending.await(1));
  const auto began = std::chrono::steady_clock::now();
  server->stop(milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_TRUE(busy.closed());
  server.reset();
  pending.answer_all("nobody listens");
}

TEST_F(HttpServerLife, ConnectionsAreLimited) {
  ServerOptions options;
  options.max_connections = 1'000;
  start(std::move(options));
  std::vector<Wire> wires;
  for (int i = 0; i < 1'000; ++i) {
    wires.emplace_back(server->port());
    wires.back().send(get("/v1/echo/a"));
  }
  for (Wire& wire : wires) EXPECT_EQ(wire.status(), 200);
  EXPECT_EQ(server->connections(), 1'000u);
  EXPECT_EQ(Wire(server->port()).status(), 503);
  wires.pop_back();
  for (int i = 0; i < 2'000 && server->connections() == 1'000; ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(status_of(get("/v1/echo/a")), 200);
}

}  // namespace
}  // namespace z5::http
