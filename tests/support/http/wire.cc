// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http/wire.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace z5::http {

using SteadyClock = std::chrono::steady_clock;

Wire::Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), read_(std::move(other.read_)), ended_(other.ended_) {}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server closed: its answer tells
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string Wire::answer(Milliseconds time) {
  const auto deadline = SteadyClock::now() + time;
  while (true) {
    const std::size_t end = read_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t at = read_.find("Content-Length: ");
      const std::size_t size = end + 4 + (at < end ? std::stoul(read_.substr(at + 16)) : 0);
      if (read_.size() >= size) {
        std::string one = read_.substr(0, size);
        read_.erase(0, size);
        return one;
      }
    }
    if (!more(deadline)) return std::exchange(read_, {});
  }
}

int Wire::status(Milliseconds time) {
  const std::string text = answer(time);
  return text.starts_with("HTTP/1.1 ") ? std::stoi(text.substr(9, 3)) : 0;
}

bool Wire::closed(Milliseconds time) {
  const auto deadline = SteadyClock::now() + time;
  while (more(deadline)) {
  }
  return ended_ && read_.empty();
}

bool Wire::more(SteadyClock::time_point deadline) {
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now());
  pollfd wanted{fd_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return false;
  char buffer[16'384];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  read_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

std::string get(std::string_view target, std::string_view more) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: z5\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view more) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: z5\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

}  // namespace z5::http
