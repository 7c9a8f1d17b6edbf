// SPDX-License-Identifier: Apache-2.0
// A raw socket for tests: sends any bytes, well-formed or not, and reads answers. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace z5::http {

class Wire {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kLong{5'000};

  explicit Wire(std::uint16_t port);  // of 127.0.0.1; a failure to connect fails the test
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&&) = delete;
  ~Wire();

  void send(std::string_view bytes);
  // One answer with its Content-Length body; what came so far when the time passed or the server
  // closed.
  std::string answer(Milliseconds time = kLong);
  // The status of the next answer, or 0.
  int status(Milliseconds time = kLong);
  // Whether the server closed within that time, with nothing more to read.
  bool closed(Milliseconds time = kLong);

 private:
  bool more(std::chrono::steady_clock::time_point deadline);

  int fd_;
  std::string read_;
  bool ended_ = false;
};

// Whole requests; `more` is further header lines, each with its CRLF.
std::string get(std::string_view target, std::string_view more = {});
std::string post(std::string_view target, std::string_view body, std::string_view more = {});

}  // namespace z5::http
