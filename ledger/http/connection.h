// SPDX-License-Identifier: Apache-2.0
// One accepted socket, plain or TLS, around its Session; and the event loop that owns it. Private
// to server.cc (Asio headers). Everything here belongs to the loop's thread; only the Mailbox is
// reached from others.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>

#include "ledger/http/server.h"
#include "ledger/http/session.h"

namespace z5::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorOf = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using TlsSocket = asio::ssl::stream<Socket>;

// A connection as its loop sees it.
class Link {
 public:
  virtual ~Link() = default;
  virtual void start() = 0;
  virtual void answer(Response response) = 0;
  virtual void sweep(SteadyClock::time_point now) = 0;  // acts when its deadline has passed
  virtual void drain() = 0;                             // ends after what is in hand
  virtual void close() = 0;
};

struct Loop {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer tick{io};
  std::unordered_map<std::uint64_t, std::shared_ptr<Link>> links;
  std::shared_ptr<Mailbox> mailbox;
  std::string date;  // IMF-fixdate, renewed by the tick
  bool draining = false;
  std::atomic<std::size_t>* connections = nullptr;  // of the server

  void remove(std::uint64_t id) {
    if (links.erase(id) > 0) connections->fetch_sub(1);
  }
};

template <class Stream>
class Connection final : public Link, public std::enable_shared_from_this<Connection<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsSocket>;
  enum class Phase { Handshake, Idle, Reading, Waiting, Writing, Lingering, Closed };

 public:
  template <class... Context>
  Connection(Loop& loop, Serving& serving, const ServerOptions& options, std::uint64_t id,
             Peer peer, Socket socket, Context&... context)
      : loop_(loop),
        serving_(serving),
        options_(options),
        id_(id),
        peer_(std::move(peer)),
        stream_(std::move(socket), context...) {}

  void start() override {
    enter(Phase::Handshake, options_.read_timeout);
    if constexpr (kTls) {
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](ErrorOf ec) { self->on_handshake(ec); });
    } else {
      begin();
    }
  }

  void answer(Response response) override {
    if (phase_ == Phase::Waiting) step(session_->answered(std::move(response)));
  }

  void sweep(SteadyClock::time_point now) override {
    if (now < deadline_) return;
    if (phase_ == Phase::Reading || phase_ == Phase::Waiting) return step(session_->timed_out());
    close();
  }

  void drain() override {
    if (session_) session_->drain();
    if (phase_ == Phase::Idle || phase_ == Phase::Handshake) close();
  }

  void close() override {
    if (phase_ == Phase::Closed) return;
    phase_ = Phase::Closed;
    ErrorOf ignored;
    lowest().close(ignored);
    loop_.remove(id_);  // may be the last owner but for the caller
  }

 private:
  using Next = Session::Next;

  Socket& lowest() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void enter(Phase phase, Milliseconds time) {
    phase_ = phase;
    deadline_ = SteadyClock::now() + time;
  }

  void on_handshake(ErrorOf ec) {
    if (phase_ == Phase::Closed) return;
    if (ec) {
      if (serving_.log != nullptr) {
        serving_.log->warning("tls handshake failed",
                              {{"peer", peer_.address}, {"reason", ec.message()}});
      }
      return close();
    }
    if constexpr (kTls) peer_.client_key = peer_key(stream_.native_handle());
    begin();
  }

  void begin() {
    session_.emplace(serving_, peer_, loop_.date, loop_.mailbox, id_);
    step(Next::Read);
  }

  void step(Next next) {
    switch (next) {
      case Next::Read:
        if (session_->idle()) {
          if (loop_.draining) return close();
          enter(Phase::Idle, options_.idle_timeout);
        } else if (phase_ != Phase::Reading) {  // one deadline for the whole request: a trickle
                                                // does not extend it
          enter(Phase::Reading, options_.read_timeout);
        }
        return read();
      case Next::Wait:
        return enter(Phase::Waiting, options_.answer_timeout);
      case Next::Write:
        return write();
    }
  }

  void read() {
    if (reading_) return;
    reading_ = true;
    stream_.async_read_some(asio::buffer(buffer_),
                            [self = this->shared_from_this()](ErrorOf ec, std::size_t size) {
                              self->on_read(ec, size);
                            });
  }

  void on_read(ErrorOf ec, std::size_t size) {
    reading_ = false;
    if (phase_ == Phase::Closed) return;
    if (phase_ == Phase::Idle || phase_ == Phase::Reading) {
      return ec ? close() : step(session_->received({buffer_.data(), size}));
    }
    if (ec && phase_ == Phase::Lingering) return close();
    if (!ec && phase_ == Phase::Lingering) read();  // thrown away
  }

  void write() {
    enter(Phase::Writing, options_.write_timeout);
    asio::async_write(
        stream_, asio::buffer(session_->out()),
        [self = this->shared_from_this()](ErrorOf ec, std::size_t) { self->on_written(ec); });
  }

  void on_written(ErrorOf ec) {
    if (phase_ == Phase::Closed) return;
    if (ec) return close();
    if (session_->closing()) return linger();
    step(session_->sent());
  }

  // A close while unread bytes lie in the socket is a reset, which can take the answer from the
  // peer before it has read it (RFC 9112 section 9.6): say the end, then read on for a moment.
  void linger() {
    enter(Phase::Lingering, limits::kLinger);
    if constexpr (kTls) {
      if (reading_) return close();
      stream_.async_shutdown([self = this->shared_from_this()](ErrorOf) { self->close(); });
    } else {
      ErrorOf ignored;
      stream_.shutdown(tcp::socket::shutdown_send, ignored);
      read();
    }
  }

  Loop& loop_;
  Serving& serving_;
  const ServerOptions& options_;
  const std::uint64_t id_;
  Peer peer_;
  Stream stream_;
  Phase phase_ = Phase::Handshake;
  SteadyClock::time_point deadline_;
  bool reading_ = false;
  std::optional<Session> session_;
  std::array<char, 8'192> buffer_;
};

}  // namespace z5::http
