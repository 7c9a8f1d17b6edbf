// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/head.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>

#include "schemas/limits.h"

namespace z5::http {
namespace {

namespace beast = boost::beast;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

// Beast's grammar, writing straight into a Request: no second copy of the fields.
class Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(Request& request) : request_(request) {}
  int version() const { return version_; }

 private:
  using View = beast::string_view;
  using ErrorCode = beast::error_code;

  void on_request_impl(beast::http::verb, View method, View target, int version,
                       ErrorCode&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    version_ = version;
  }
  void on_field_impl(beast::http::field, View name, View value, ErrorCode& ec) override {
    if (request_.headers.size() == limits::kMaxHeaderFields) {
      ec = beast::http::error::header_limit;
      return;
    }
    request_.headers.push_back(
        {lower_case({name.data(), name.size()}), {value.data(), value.size()}});
  }
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View, ErrorCode&) override { return 0; }
  void on_finish_impl(ErrorCode&) override {}

  Request& request_;
  int version_ = 0;
};

BadHead bad(int status, std::string message) { return {status, std::move(message)}; }

// A line that continues the one before (obs-fold, RFC 9112 section 5.2), which Beast would join.
bool has_folded_line(std::string_view text) {
  return text.find("\r\n ") != std::string_view::npos ||
         text.find("\r\n\t") != std::string_view::npos;
}

Expected<std::size_t, BadHead> body_length(const Request& request) {
  std::size_t length = 0;
  int seen = 0;
  for (const Field& field : request.headers) {
    if (field.name == "transfer-encoding") {
      return bad(411, "Transfer-Encoding is not taken: send Content-Length");
    }
    if (field.name != "content-length") continue;
    if (++seen > 1) return bad(400, "Content-Length stands twice");
    const char* end = field.value.data() + field.value.size();
    const auto [stop, error] = std::from_chars(field.value.data(), end, length);
    if (error != std::errc() || stop != end || field.value.front() == '-') {
      return bad(400, "Content-Length is not a decimal number");
    }
  }
  return length;
}

}  // namespace

Expected<Framing, BadHead> parse_head(std::string_view text, Request& request) {
  if (has_folded_line(text)) return bad(400, "a folded header line");
  Parser parser(request);
  parser.skip(true);  // the head only: the body is framed by body_length() alone
  parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
  beast::error_code ec;
  const std::size_t used = parser.put({text.data(), text.size()}, ec);
  if (ec == beast::http::error::header_limit) return bad(431, "too many header fields");
  if (ec == beast::http::error::bad_version)
    return bad(505, "the version is not HTTP/1.0 or HTTP/1.1");
  if (ec) return bad(400, "malformed request head: " + ec.message());
  if (!parser.is_header_done() || used != text.size()) return bad(400, "malformed request head");

  Z5_TRY(const std::size_t length, body_length(request));
  const auto hosts = std::ranges::count(request.headers, "host", &Field::name);
  if (hosts > 1 || (hosts == 0 && parser.version() == 11)) return bad(400, "Host must stand once");
  Framing framing{length, parser.keep_alive(), false};
  if (const auto expect = request.header("expect")) {
    if (lower_case(*expect) != "100-continue") return bad(400, "an unknown Expect");
    framing.expect_continue = parser.version() == 11;
  }
  return framing;
}

}  // namespace z5::http
