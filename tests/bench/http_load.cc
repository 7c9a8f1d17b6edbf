// SPDX-License-Identifier: Apache-2.0
#include "http_load.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "bench.h"
#include "schemas/encoding.h"

namespace z5::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void no_delay(int socket) {
  const int one = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

// Length of the HTTP message at the start of `bytes`, 0 while it is not whole.
std::size_t message_size(const std::string& bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::size_t at = bytes.find("ontent-Length: ");
  Z5_ASSERT(at != std::string::npos && at < head);
  const std::size_t size = head + 4 + std::stoul(bytes.substr(at + 15, 12));
  return bytes.size() >= size ? size : 0;
}

void send_all(int socket, const std::string& bytes) {
  Z5_ASSERT(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

// Reads what is there into `bytes`; false when the peer has closed.
bool receive(int socket, std::string& bytes) {
  char buffer[16384];
  const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  bytes.append(buffer, static_cast<std::size_t>(got));
  return true;
}

void watch(int poll, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  Z5_ASSERT(::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) == 0);
}

}  // namespace

Load load(std::uint16_t port, const std::string& target, const std::string& body, int connections, double seconds) {
  using Clock = std::chrono::steady_clock;
  const std::string request =
      fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", target, body.size(), body);
  const int poll = ::epoll_create1(0);
  struct Connection {
    std::string bytes;
    Clock::time_point since;
  };
  std::map<int, Connection> open;
  for (int i = 0; i < connections; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    Z5_ASSERT(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    no_delay(socket);
    watch(poll, socket);
    open[socket].since = Clock::now();
    send_all(socket, request);
  }
  Waits waits;
  std::uint64_t answers = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    epoll_event events[64];
    const int ready = ::epoll_wait(poll, events, 64, 1000);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[i].data.fd;
      Connection& connection = open[socket];
      Z5_ASSERT(receive(socket, connection.bytes));
      const std::size_t size = message_size(connection.bytes);
      if (size == 0) continue;
      Z5_ASSERT(connection.bytes.compare(9, 3, "200") == 0);
      connection.bytes.erase(0, size);
      const auto now = Clock::now();
      waits.add(std::chrono::duration<double, std::milli>(now - connection.since).count());
      connection.since = now;
      ++answers;
      send_all(socket, request);
    }
  }
  const double per_second = static_cast<double>(answers) / seconds_since(start);
  for (const auto& [socket, connection] : open) ::close(socket);
  ::close(poll);
  return {per_second, waits.quantile(0.5), waits.quantile(0.99)};
}

Load load_bare_signer(const keys::PrivateKey& key, const std::string& body, int connections, double seconds) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  Z5_ASSERT(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(listener, 64) == 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::atomic<bool> stop{false};
  std::thread server([&] {
    const int poll = ::epoll_create1(0);
    watch(poll, listener);
    std::map<int, std::string> open;
    const std::string text(700, 't');
    while (!stop) {
      epoll_event events[64];
      const int ready = ::epoll_wait(poll, events, 64, 50);
      for (int i = 0; i < ready; ++i) {
        const int socket = events[i].data.fd;
        if (socket == listener) {
          const int fresh = ::accept(listener, nullptr, nullptr);
          no_delay(fresh);
          watch(poll, fresh);
          continue;
        }
        std::string& bytes = open[socket];
        if (!receive(socket, bytes)) {
          ::close(socket);
          open.erase(socket);
          continue;
        }
        const std::size_t request = message_size(bytes);
        if (request == 0) continue;
        bytes.erase(0, request);
        const std::string answer = text + to_base64(key.sign(text));
        send_all(socket, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", answer.size(), answer));
      }
    }
    ::close(poll);
  });
  const Load measured = load(ntohs(address.sin_port), "/", body, connections, seconds);
  stop = true;
  server.join();
  ::close(listener);
  return measured;
}

}  // namespace z5::bench
