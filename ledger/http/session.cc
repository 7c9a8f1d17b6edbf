// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/session.h"

#include <algorithm>
#include <exception>

#include "ledger/http/target.h"

namespace z5::http {
namespace {

constexpr std::size_t kKeepCapacity = 64u << 10;  // buffers that grew beyond this are given back

bool is_token_start(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

Session::Session(Serving& serving, Peer peer, const std::string& date,
                 std::shared_ptr<Mailbox> mailbox, std::uint64_t id)
    : serving_(serving),
      peer_(std::move(peer)),
      date_(date),
      mailbox_(std::move(mailbox)),
      id_(id) {}

Session::~Session() { forget_body(); }

Session::Next Session::received(std::string_view bytes) {
  in_.append(bytes);
  return advance();
}

Session::Next Session::sent() {
  if (interim_) {
    interim_ = false;
    out_.clear();
    return advance();
  }
  if (out_.capacity() > kKeepCapacity) out_ = {};
  out_.clear();
  return in_.empty() ? Next::Read : advance();
}

Session::Next Session::timed_out() {
  if (waiting_) {
    closing_ = true;
    return answered(error_response(
        503, "no answer in time: the outcome is unknown, send the same bytes again"));
  }
  return refuse(error_response(408, "the request did not arrive in time"));
}

Session::Next Session::advance() {
  if (has_head_) return take_body();
  while (in_.starts_with("\r\n")) in_.erase(0, 2);  // RFC 9112 section 2.2
  if (in_.empty()) return Next::Read;
  if (in_ != "\r" && !is_token_start(in_.front()))
    return refuse(error_response(400, "this is not HTTP"));
  const std::size_t end = in_.find("\r\n\r\n", scanned_ < 3 ? 0 : scanned_ - 3);
  if (std::min(end, in_.size()) > limits::kMaxHead) {
    return refuse(error_response(
        431, "the request head is larger than " + std::to_string(limits::kMaxHead) + " bytes"));
  }
  if (end == std::string::npos) {
    scanned_ = in_.size();
    return Next::Read;
  }
  return take_head(end + 4);
}

Session::Next Session::take_head(std::size_t size) {
  began_ = Clock::now();
  request_ = {};
  request_.peer = peer_.address;
  request_.peer_is_loopback = peer_.is_loopback;
  request_.client_key = peer_.client_key;
  auto framing = parse_head(std::string_view(in_).substr(0, size), request_);
  in_.erase(0, size);
  scanned_ = 0;
  if (!framing.ok()) return refuse(error_response(framing.error().status, framing.error().message));
  framing_ = *framing;
  has_head_ = true;

  auto target = parse_target(request_.target);
  if (!target.ok()) return refuse(error_response(400, target.error().message));
  request_.query = std::move(target->query);
  Router::Match match = serving_.router.find(request_.method, target->segments);
  if (match.route == nullptr) {
    if (match.allow.empty()) return refuse(error_response(404, "no such path"));
    Response response = error_response(405, "this path takes " + match.allow);
    response.headers.push_back({"Allow", match.allow});
    return refuse(response);
  }
  route_ = match.route;
  request_.params = std::move(match.params);
  if (const auto no = turn_away(*route_)) return refuse(*no);
  const std::size_t limit = std::min(route_->options.max_body, serving_.max_body);
  if (framing_.body_length > limit) {
    return refuse(
        error_response(413, "the body is larger than " + std::to_string(limit) + " bytes"));
  }
  return take_body();
}

std::optional<Response> Session::turn_away(const Route& route) {
  if (route.options.access == Access::Open) return std::nullopt;
  if (!serving_.authenticate) return error_response(503, "this server has no authenticator");
  auto verdict = serving_.authenticate(request_);
  if (!verdict.ok()) return error_response(verdict.error());
  if (!verdict->ok()) return refusal_response(401, {verdict->error()});
  const Principal& principal = **verdict;
  if (principal.loopback_only && !peer_.is_loopback) {
    return refusal_response(403, {{"loopback-only", "this token is for callers on this machine"}});
  }
  const bool reads = route.options.reads || route.method == "GET";
  if (principal.read_only && !reads) {
    return refusal_response(403, {{"read-only", "this token may only read"}});
  }
  request_.principal = principal;
  return std::nullopt;
}

Session::Next Session::take_body() {
  const std::size_t take = std::min(framing_.body_length - request_.body.size(), in_.size());
  if (take > 0) {
    counted_ += take;
    if (serving_.buffered.fetch_add(take) + take > limits::kMaxBuffered) {
      return refuse(error_response(503, "too many large requests at once"));
    }
    request_.body.append(in_, 0, take);
    in_.erase(0, take);
  }
  if (request_.body.size() == framing_.body_length) return run();
  if (in_.capacity() > kKeepCapacity) in_ = {};
  if (!framing_.expect_continue) return Next::Read;
  framing_.expect_continue = false;
  interim_ = true;
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  return Next::Write;
}

Session::Next Session::run() {
  try {
    if (route_->handler) return answered(route_->handler(request_));
    waiting_ = true;
    route_->async_handler(request_,
                          Responder(mailbox_, id_));  // dropped when it throws: 500 arrives by mail
    return Next::Wait;
  } catch (const std::exception& problem) {
    if (serving_.log != nullptr) {
      serving_.log->error("a handler threw",
                          {{"route", route_->pattern}, {"what", problem.what()}});
    }
  }
  if (!route_->handler) return Next::Wait;
  return answered(error_response(500, "the handler failed"));
}

// What is left of the body would have to be read before the next request: the connection ends
// instead.
Session::Next Session::refuse(const Response& response) {
  if (!has_head_ || request_.body.size() < framing_.body_length) closing_ = true;
  return answered(response);
}

Session::Next Session::answered(Response response) {
  const bool head_only = request_.method == "HEAD" && has_head_;
  closing_ = closing_ || draining_ || !has_head_ || !framing_.keep_alive;
  const auto time = has_head_ ? Clock::now() - began_ : Clock::duration{};
  serving_.metrics->count(route_, response.status, time);
  out_.clear();
  write_response(out_, response, date_, !closing_, head_only);
  forget_body();
  has_head_ = false;
  waiting_ = false;
  route_ = nullptr;
  return Next::Write;
}

void Session::forget_body() {
  serving_.buffered.fetch_sub(counted_);
  counted_ = 0;
  request_.body = {};
}

}  // namespace z5::http
