// SPDX-License-Identifier: Apache-2.0
// The HTTP/1.1 side of one connection without its socket: bytes in, bytes out, one request at a
// time, answers in the order of the requests (pipelining, RFC 9112 section 9.3.2). Owned by one
// server thread; not shared.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/http/head.h"
#include "ledger/http/message.h"
#include "ledger/http/metrics.h"
#include "ledger/http/responder.h"
#include "ledger/http/router.h"
#include "ledger/http/service_log.h"

namespace z5::http {

// What all connections of a server share: constant while it serves, but for what is atomic or locks
// itself.
struct Serving {
  Router router;
  Authenticator authenticate;  // none: whatever is not Open is refused
  std::size_t max_body = limits::kMaxRequest;
  std::unique_ptr<Metrics> metrics;
  ServiceLog* log = nullptr;             // none: nothing is logged
  std::atomic<std::size_t> buffered{0};  // bytes of bodies in hand
};

// The other end, as the transport knows it.
struct Peer {
  std::string address;  // "address:port"
  bool is_loopback = false;
  std::optional<Digest> client_key;
};

class Session {
 public:
  enum class Next {
    Read,   // give received() what comes
    Write,  // send out(), then sent() unless closing()
    Wait,   // a handler answers later: answered() or timed_out()
  };

  // `serving` and `date` (an IMF-fixdate, kept current) outlive the session.
  Session(Serving& serving, Peer peer, const std::string& date, std::shared_ptr<Mailbox> mailbox,
          std::uint64_t id);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Next received(std::string_view bytes);
  Next sent();
  Next answered(Response response);
  Next timed_out();  // 408 while reading, 503 while waiting; closes
  void drain() { draining_ = true; }

  bool idle() const { return in_.empty() && !has_head_; }  // between two requests
  bool closing() const { return closing_; }                // after out() nothing follows
  const std::string& out() const { return out_; }

 private:
  using Clock = std::chrono::steady_clock;

  Next advance();
  Next take_head(std::size_t size);
  Next take_body();
  Next run();
  Next refuse(const Response& response);
  // Whether this caller may use the route; the answer if not.
  std::optional<Response> turn_away(const Route& route);
  void forget_body();

  Serving& serving_;
  const Peer peer_;
  const std::string& date_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::uint64_t id_;

  std::string in_;           // received, not consumed
  std::size_t scanned_ = 0;  // of in_: no head ends before here
  std::string out_;
  Request request_;
  Framing framing_;
  const Route* route_ = nullptr;
  bool has_head_ = false;
  bool waiting_ = false;  // a handler has the request
  bool interim_ = false;  // out_ is 100 Continue
  bool closing_ = false;
  bool draining_ = false;
  std::size_t counted_ = 0;  // of Serving::buffered
  Clock::time_point began_;
};

}  // namespace z5::http
