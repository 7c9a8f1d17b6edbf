// SPDX-License-Identifier: Apache-2.0
// Goal: the client takes only whole answers from the right server, and never sends a command twice
// by itself. Method: our server, TLS with certificates made here, and a server that answers by
// hand.
#include "ledger/http/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "ledger/http/server.h"
#include "tests/support/http/certificate.h"
#include "tests/support/http/scratch.h"
#include "tests/support/http/wire.h"

namespace z5::http {
namespace {

using std::chrono::milliseconds;

// Answers each connection with fixed bytes after the first bytes of a request came; counts
// connections.
class Script {
 public:
  explicit Script(std::function<void(int fd, int connection)> play) : play_(std::move(play)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd))
        play_(fd, connections++);
    });
  }
  ~Script() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  static bool take(int fd) {
    char buffer[4'096];
    return ::recv(fd, buffer, sizeof buffer, 0) > 0;
  }
  static void say(int fd, std::string_view bytes) {
    (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  std::uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  std::function<void(int, int)> play_;
  int listener_;
  std::thread thread_;
};

ClientOptions to(std::uint16_t port) {
  ClientOptions options;
  options.port = port;
  options.connect_timeout = milliseconds(2'000);
  options.request_timeout = milliseconds(2'000);
  return options;
}

std::unique_ptr<Server> serve(ServerOptions options = {}) {
  Router router;
  router.add("POST", "/echo", [](const Request& request) { return Response{200, request.body}; },
             {Access::Open});
  router.add("GET", "/who",
             [](const Request& request) {
               return Response{200,
                               request.client_key ? request.client_key->hex() : "no certificate"};
             },
             {Access::Open});
  auto started = Server::start(std::move(options), std::move(router));
  EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
  return std::move(*started);
}

TEST(HttpClient, Urls) {
  const auto plain = parse_url("http://127.0.0.1:7501/");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 7501);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(parse_url("https://z5.example")->port, 443);
  EXPECT_TRUE(parse_url("https://z5.example")->tls);
  EXPECT_EQ(parse_url("http://[::1]:80")->host, "::1");
  for (const char* bad : {"", "ftp://x", "127.0.0.1:7501", "http://", "http://:1",
                          "http://x:", "http://x:0", "http://x:65536", "http://x:1x",
                          "http://x/path", "http://u@x", "http://x\r\ny", "http://[::1"}) {
    EXPECT_FALSE(parse_url(bad).ok()) << bad;
  }
}

TEST(HttpClient, KeepsItsConnection) {
  const auto server = serve();
  Client client(to(server->port()));
  for (const std::size_t size : {0u, 1u, 100'000u, 1'000'000u}) {
    const auto response =
        client.request("POST", "/echo", {{"X-Test", "a"}}, std::string(size, 'x'));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body.size(), size);
  }
  EXPECT_EQ(client.request("HEAD", "/who")->header("content-length"), "14");
  EXPECT_EQ(client.request("GET", "/who")->body, "no certificate");
  EXPECT_EQ(client.request("GET", "/none")->status, 404);
  EXPECT_EQ(server->connections(), 1u);
}

TEST(HttpClient, AStaleConnectionIsReplaced) {
  ServerOptions options;
  options.idle_timeout = milliseconds(100);
  const auto server = serve(std::move(options));
  Client client(to(server->port()));
  for (const char* method :
       {"POST", "GET", "POST"}) {  // closed by the server before anything was sent: safe for all
    const auto response =
        client.request(method, std::string_view(method) == "GET" ? "/who" : "/echo", {}, "");
    EXPECT_TRUE(response.ok());
    for (int i = 0; i < 2'000 && server->connections() > 0; ++i)
      std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST(HttpClient, OnlyIdempotentRequestsAreSentAgain) {
  Script script(
      [](int fd,
         int connection) {  // answers once, then breaks the kept connection after the next request
        Script::take(fd);
        Script::say(fd,
                    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(connection));
        Script::take(fd);
      });
  Client client(to(script.port));
  EXPECT_EQ(client.request("GET", "/")->body, "0");
  EXPECT_EQ(client.request("GET", "/")->body, "1");
  EXPECT_EQ(client.request("POST", "/").error().code, ErrorCode::Unavailable);
  EXPECT_EQ(script.connections, 2);
}

TEST(HttpClient, BadAnswers) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, ErrorCode>> cases = {
      {"", ErrorCode::Unavailable},
      {"HTTP/1.1 200 OK\r\nContent-Le", ErrorCode::Unavailable},
      {ok + "Content-Length: 5\r\n\r\nabc", ErrorCode::Unavailable},
      {"SSH-2.0-x\r\n\r\n", ErrorCode::Invalid},
      {ok + "Content-Length: x\r\n\r\n", ErrorCode::Invalid},
      {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", ErrorCode::Invalid},
      {ok + "Content-Length: 2000\r\n\r\n", ErrorCode::Invalid},
      {ok + "X: " + std::string(20'000, 'x') + "\r\n\r\n", ErrorCode::Invalid},
  };
  for (const auto& [bytes, code] : cases) {
    Script script([&bytes](int fd, int) {
      Script::take(fd);
      Script::say(fd, bytes);
    });
    ClientOptions options = to(script.port);
    options.max_response = 1'000;
    const auto response = Client(options).request("POST", "/");
    ASSERT_FALSE(response.ok()) << bytes;
    EXPECT_EQ(response.error().code, code) << response.error().message;
  }
  Script redirect([](int fd, int) {
    Script::take(fd);
    Script::say(fd,
                "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(Client(to(redirect.port)).request("GET", "/")->status, 302);
  EXPECT_EQ(redirect.connections, 1);
}

TEST(HttpClient, Timeouts) {
  Script silent([](int fd, int) {
    Script::take(fd);
    Script::take(fd);  // until the client closes
  });
  ClientOptions options = to(silent.port);
  options.request_timeout = milliseconds(200);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Client(options).request("GET", "/").error().code, ErrorCode::Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(1'500));
  const std::uint16_t closed_port = [] { return Script([](int, int) {}).port; }();
  EXPECT_EQ(Client(to(closed_port)).request("GET", "/").error().code, ErrorCode::Unavailable);
}

TEST(HttpClient, NeverSendsWhatCouldSplitARequest) {
  const auto server = serve();
  Client client(to(server->port()));
  EXPECT_FALSE(client.request("GET", "/who HTTP/1.1\r\nX: y").ok());
  EXPECT_FALSE(client.request("GET", "who").ok());
  EXPECT_FALSE(client.request("GE T", "/who").ok());
  EXPECT_FALSE(client.request("GET", "/who", {{"X", "a\r\nY: b"}}).ok());
  EXPECT_FALSE(client.request("GET", "/who", {{"X: y\r\nZ", "a"}}).ok());
  ClientOptions options = to(server->port());
  options.bearer = "a\r\nX: y";
  EXPECT_FALSE(Client(options).request("GET", "/who").ok());
}

TEST(HttpClient, Tls) {
  const Scratch home;
  const TestCertificate server_side =
      make_certificate(home.path(), "server", "IP:127.0.0.1,DNS:localhost");
  const TestCertificate elsewhere =
      make_certificate(home.path(), "elsewhere", "DNS:elsewhere.example");
  ServerOptions options;
  options.address = "0.0.0.0";  // allowed, with TLS
  options.tls = ServerTls{server_side.certificate_file, server_side.key_file, "", false};
  const auto server = serve(std::move(options));
  ClientOptions good = to(server->port());
  good.tls = ClientTls{server_side.certificate_file, "", ""};
  good.bearer = "token";
  Client client(good);
  for (const std::size_t size : {10u, 1'000'000u, 0u}) {
    const auto response = client.request("POST", "/echo", {}, std::string(size, 'x'));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body.size(), size);
  }
  EXPECT_EQ(server->connections(), 1u);
  good.host = "localhost";
  EXPECT_TRUE(Client(good).request("GET", "/who").ok());

  ClientOptions untrusted = to(server->port());
  untrusted.tls = ClientTls{elsewhere.certificate_file, "", ""};
  EXPECT_EQ(Client(untrusted).request("GET", "/who").error().code, ErrorCode::Invalid);
  untrusted.tls = ClientTls{(home.path() / "missing").string(), "", ""};
  EXPECT_EQ(Client(untrusted).request("GET", "/who").error().code, ErrorCode::Invalid);
  EXPECT_FALSE(Client(to(server->port())).request("GET", "/who").ok());  // plain HTTP to a TLS port

  ServerOptions other;
  other.tls = ServerTls{elsewhere.certificate_file, elsewhere.key_file, "", false};
  const auto wrong_name = serve(std::move(other));
  ClientOptions trusting = to(wrong_name->port());
  trusting.tls =
      ClientTls{elsewhere.certificate_file, "", ""};  // the anchor is right, the name is not
  EXPECT_EQ(Client(trusting).request("GET", "/who").error().code, ErrorCode::Invalid);
}

TEST(HttpClient, MutualTls) {
  const Scratch home;
  const TestCertificate server_side = make_certificate(home.path(), "server", "IP:127.0.0.1");
  const TestCertificate guard = make_certificate(home.path(), "guard", "DNS:guard.example");
  const TestCertificate stranger =
      make_certificate(home.path(), "stranger", "DNS:stranger.example");
  for (const bool required : {false, true}) {
    ServerOptions options;
    options.tls = ServerTls{server_side.certificate_file, server_side.key_file,
                            guard.certificate_file, required};
    const auto server = serve(std::move(options));
    ClientOptions known = to(server->port());
    known.tls = ClientTls{server_side.certificate_file, guard.certificate_file, guard.key_file};
    Client client(known);
    EXPECT_EQ(client.request("GET", "/who")->body, guard.spki.hex());
    ClientOptions unknown = known;
    unknown.tls =
        ClientTls{server_side.certificate_file, stranger.certificate_file, stranger.key_file};
    EXPECT_FALSE(Client(unknown).request("GET", "/who").ok());
    ClientOptions without = known;
    without.tls = ClientTls{server_side.certificate_file, "", ""};
    const auto answer = Client(without).request("GET", "/who");
    EXPECT_EQ(answer.ok(), !required);
    if (answer.ok()) {
      EXPECT_EQ(answer->body, "no certificate");
    }
  }
}

TEST(HttpClient, WrongTlsFilesStopTheServer) {
  const Scratch home;
  const TestCertificate one = make_certificate(home.path(), "one", "IP:127.0.0.1");
  const TestCertificate two = make_certificate(home.path(), "two", "IP:127.0.0.1");
  const auto code = [](ServerTls tls) {
    ServerOptions options;
    options.tls = std::move(tls);
    const auto started = Server::start(std::move(options), Router());
    return started.ok() ? "" : started.error().message;
  };
  EXPECT_EQ(code({one.certificate_file, one.key_file, "", false}), "");
  EXPECT_NE(code({one.certificate_file, two.key_file, "", false}).find("two.key"),
            std::string::npos);
  EXPECT_NE(code({home.path() / "none", one.key_file, "", false}).find("none"), std::string::npos);
  EXPECT_NE(code({one.certificate_file, one.key_file, one.key_file, false}).find("client CA"),
            std::string::npos);
  EXPECT_NE(code({one.certificate_file, one.key_file, "", true}).find("client_ca_file"),
            std::string::npos);
}

}  // namespace
}  // namespace z5::http
