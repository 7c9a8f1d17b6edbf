// SPDX-License-Identifier: Apache-2.0
// The answer that comes later: a handler that cannot answer at once keeps the Responder and calls
// it from any thread, while no server thread waits. What crosses the threads is a value in a
// Mailbox; nothing of a connection is shared, so a Responder may outlive its connection and its
// server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "ledger/http/message.h"

namespace z5::http {

// Answers on their way to one server thread. Many put, that one thread takes. It holds at most one
// answer per open request, so it is bounded by the number of connections.
class Mailbox {
 public:
  struct Answer {
    std::uint64_t connection;
    Response response;
  };

  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  // Wakes the owner only when the box was empty, so a whole group of answers costs one wake-up.
  // Dropped when closed.
  void put(Answer answer);
  std::vector<Answer> take();
  // After this returns, wake is never called again.
  void close();

 private:
  std::mutex mutex_;  // guards the rest
  std::function<void()> wake_;
  std::vector<Answer> answers_;
};

class Responder {
 public:
  Responder(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection)
      : mailbox_(std::move(mailbox)), connection_(connection) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder();  // never called: the client gets 500, so that no request hangs

  // Once; any thread; does not block on the network. A second call is a programming error (assert).
  void operator()(Response response);

 private:
  std::shared_ptr<Mailbox> mailbox_;  // none after the call
  std::uint64_t connection_;
};

}  // namespace z5::http
