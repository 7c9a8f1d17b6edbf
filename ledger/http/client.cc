// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/client.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

namespace z5::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using ErrorOf = boost::system::error_code;
using Deadline = std::chrono::steady_clock::time_point;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using TlsSocket = asio::ssl::stream<Socket>;
using ResponseParser = beast::http::response_parser<beast::http::string_body>;

bool has_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != ':';
  });
}

bool is_idempotent(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_loopback(const tcp::endpoint& endpoint) { return endpoint.address().is_loopback(); }

}  // namespace

struct Client::State {
  ClientOptions options;
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;
  std::unique_ptr<Socket> plain;  // one of these two, while connected
  std::unique_ptr<TlsSocket> secure;
  beast::flat_buffer buffer;

  bool connected() const { return plain != nullptr || secure != nullptr; }
  Socket& socket() { return secure ? secure->next_layer() : *plain; }
  void disconnect() {
    plain.reset();
    secure.reset();
    buffer.clear();
  }

  // Starts one asynchronous operation and waits for it; past the deadline the socket is closed
  // under it.
  template <class Start>
  ErrorOf wait(Deadline deadline, Start start) {
    std::optional<ErrorOf> outcome;
    start([&outcome](ErrorOf ec, auto&&...) { outcome = ec; });
    io.restart();
    while (!outcome && io.run_one_until(deadline) > 0) {
    }
    if (outcome) return *outcome;
    ErrorOf ignored;
    if (connected()) socket().close(ignored);
    io.restart();
    io.run();
    return asio::error::timed_out;
  }

  std::string place() const { return fmt::format("{}:{}", options.host, options.port); }
  Status connect();
  Status shake_hands(Deadline deadline);
  bool is_stale();
  Status check(std::string_view method, std::string_view target,
               const std::vector<Field>& headers) const;
  std::string head(std::string_view method, std::string_view target,
                   const std::vector<Field>& headers, std::size_t body_size) const;
  // `answered`: whether any byte of an answer came.
  Result<ClientResponse> exchange(std::string_view method, const std::string& bytes,
                                  bool& answered);
};

Status Client::State::connect() {
  disconnect();
  const Deadline deadline = std::chrono::steady_clock::now() + options.connect_timeout;
  ErrorOf ec;
  tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(options.host, std::to_string(options.port), ec);
  if (ec) return unavailable("host " + options.host + ": " + ec.message());
  plain = std::make_unique<Socket>(io.get_executor());
  ec = wait(deadline, [&](auto done) { asio::async_connect(*plain, endpoints, std::move(done)); });
  if (ec) {
    disconnect();
    return unavailable("connect to " + place() + ": " + ec.message());
  }
  plain->set_option(tcp::no_delay(true), ec);
  if (options.tls) return shake_hands(deadline);
  const auto remote = plain->remote_endpoint(ec);
  if (!options.bearer.empty() && (ec || !is_loopback(remote))) {
    disconnect();
    return invalid(place() + " is another machine: a token is sent there over https only");
  }
  return Done{};
}

Status Client::State::shake_hands(Deadline deadline) {
  if (!tls) {
    Z5_TRY(TlsContext context, make_context(*options.tls));
    tls.emplace(context.release());
  }
  secure = std::make_unique<TlsSocket>(std::move(*plain), *tls);
  plain.reset();
  secure->set_verify_callback(asio::ssl::host_name_verification(options.host));
  ErrorOf ec;
  asio::ip::make_address(options.host, ec);
  if (ec)
    SSL_set_tlsext_host_name(secure->native_handle(),
                             options.host.c_str());  // RFC 6066: names only
  ec = wait(deadline, [&](auto done) {
    secure->async_handshake(asio::ssl::stream_base::client, std::move(done));
  });
  if (!ec) return Done{};
  const bool refused = SSL_get_verify_result(secure->native_handle()) != X509_V_OK;
  disconnect();
  const std::string what = "tls to " + place() + ": " + ec.message();
  return refused ? Status(invalid(what)) : Status(unavailable(what));
}

// Between requests a good connection has nothing to read: neither an end nor bytes that nobody
// asked for. TLS 1.3 tickets are an exception, so there only the end counts.
bool Client::State::is_stale() {
  char byte;
  const ssize_t got = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
  return got == 0 || secure == nullptr;
}

Status Client::State::check(std::string_view method, std::string_view target,
                            const std::vector<Field>& headers) const {
  if (!is_field_name(method)) return invalid("method: not a token");
  const auto strange = [](unsigned char c) { return c <= 0x20 || c >= 0x7f; };
  if (!target.starts_with('/') || std::ranges::any_of(target, strange))
    return invalid("target: not a path in ASCII");
  for (const Field& field : headers) {
    if (!is_field_name(field.name) || has_control(field.value))
      return invalid("header field: control characters");
  }
  if (has_control(options.bearer) || has_control(options.host))
    return invalid("bearer or host: control characters");
  return Done{};
}

std::string Client::State::head(std::string_view method, std::string_view target,
                                const std::vector<Field>& headers, std::size_t body_size) const {
  const bool literal_v6 = options.host.find(':') != std::string::npos;
  std::string out = fmt::format(fmt::runtime(literal_v6 ? "{} {} HTTP/1.1\r\nHost: [{}]:{}\r\n"
                                                        : "{} {} HTTP/1.1\r\nHost: {}:{}\r\n"),
                                method, target, options.host, options.port);
  if (!options.bearer.empty()) out += "Authorization: Bearer " + options.bearer + "\r\n";
  for (const Field& field : headers) out += field.name + ": " + field.value + "\r\n";
  if (!is_idempotent(method) || body_size > 0)
    out += "Content-Length: " + std::to_string(body_size) + "\r\n";
  out += "\r\n";
  return out;
}

Result<ClientResponse> Client::State::exchange(std::string_view method, const std::string& bytes,
                                               bool& answered) {
  const Deadline deadline = std::chrono::steady_clock::now() + options.request_timeout;
  ResponseParser parser;
  parser.body_limit(options.max_response);
  parser.header_limit(limits::kMaxHead);
  parser.skip(method == "HEAD");
  const auto run = [&](auto& stream) {
    ErrorOf ec = wait(deadline, [&](auto done) {
      asio::async_write(stream, asio::buffer(bytes), std::move(done));
    });
    // A server that refuses early answers and closes: its answer may be there although the write
    // failed.
    if (ec == asio::error::timed_out) return ec;
    return wait(deadline, [&](auto done) {
      beast::http::async_read(stream, buffer, parser, std::move(done));
    });
  };
  const ErrorOf ec = secure ? run(*secure) : run(*plain);
  answered = parser.got_some();
  if (ec) {
    const std::string what = place() + ": " + ec.message();
    const bool broken =
        ec.category() != beast::http::make_error_code(beast::http::error::bad_field).category() ||
        ec == beast::http::error::end_of_stream || ec == beast::http::error::partial_message;
    return broken ? unavailable(what) : invalid("answer of " + what);
  }
  auto message = parser.release();
  ClientResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    response.headers.push_back({std::move(name), std::string(field.value())});
  }
  response.body = std::move(message.body());
  if (!message.keep_alive()) disconnect();
  return response;
}

std::optional<std::string_view> ClientResponse::header(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(headers, lower_case_name, &Field::name);
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

Result<ClientOptions> parse_url(std::string_view url) {
  const std::string whole(url);
  ClientOptions options;
  if (url.starts_with("https://")) {
    options.tls.emplace();
    options.port = 443;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    options.port = 80;
    url.remove_prefix(7);
  } else {
    return invalid("url '" + whole + "': give http:// or https://");
  }
  if (url.ends_with('/')) url.remove_suffix(1);
  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return invalid("url '" + whole + "': '[' without ']'");
    options.host = url.substr(1, end - 1);
    port = url.substr(end + 1);
  } else {
    const std::size_t colon = std::min(url.find(':'), url.size());
    options.host = url.substr(0, colon);
    port = url.substr(colon);
  }
  if (!port.empty()) {
    unsigned number = 0;
    const auto digits = port.substr(1);
    const bool numeric = port.front() == ':' && !digits.empty() && digits.size() <= 5 &&
                         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (numeric) number = static_cast<unsigned>(std::stoul(std::string(digits)));
    if (number == 0 || number > 65'535)
      return invalid("url '" + whole + "': no port from 1 to 65535");
    options.port = static_cast<std::uint16_t>(number);
  }
  const auto host_letter = [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '_';
  };
  if (options.host.empty() || !std::ranges::all_of(options.host, host_letter)) {
    return invalid("url '" + whole + "': no host name or address");
  }
  return options;
}

Client::Client(ClientOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::request(std::string_view method, std::string_view target,
                                       const std::vector<Field>& headers, std::string_view body) {
  State& state = *state_;
  Z5_CHECK(state.check(method, target, headers));
  std::string bytes = state.head(method, target, headers, body.size());
  bytes += body;
  bool kept = state.connected();
  while (true) {
    if (kept && state.is_stale()) kept = false;
    if (!kept) Z5_CHECK(state.connect());
    bool answered = false;
    auto response = state.exchange(method, bytes, answered);
    if (response.ok()) return response;
    state.disconnect();
    const bool again = kept && !answered && is_idempotent(method) &&
                       response.error().code == ErrorCode::Unavailable;
    if (!again) return response;
    kept = false;
  }
}

}  // namespace z5::http
