// SPDX-License-Identifier: Apache-2.0
// The one HTTP client of the project, for talking to Z5's own services: blocking, one kept
// connection, deadlines. It follows no redirect and asks no proxy. One thread at a time; a second
// thread wants a second Client.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/http/message.h"
#include "ledger/http/tls.h"
#include "schemas/limits.h"
#include "schemas/result.h"

namespace z5::http {

struct ClientOptions {
  std::string host = "127.0.0.1";  // name or IP address; with TLS the certificate must be for it
  std::uint16_t port = 0;
  std::optional<ClientTls> tls = {};  // none: plain HTTP
  std::string bearer = {};            // token for Authorization; empty: none
  // TLS handshake included; the look-up of a name is not.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds request_timeout =
      std::chrono::seconds(70);                     // beyond the server's kAnswerTimeout
  std::size_t max_response = limits::kMaxResponse;  // bytes of a body
};

struct ClientResponse {
  int status = 0;
  std::vector<Field> headers;  // names in lower case
  std::string body;

  std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

// "http://host:port" or "https://host[:port]", nothing after it but one '/'. Invalid otherwise.
// https sets `tls`.
Result<ClientOptions> parse_url(std::string_view url);

class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Any status is an answer. A kept connection that the server has closed is replaced before
  // anything is sent; GET and HEAD are sent once more if it breaks later. Unavailable: no
  // connection, no answer in time, or the connection broke; for other methods the outcome is then
  // unknown. Invalid: a bad target or field, a bearer token over plain HTTP to another machine, TLS
  // files or a server certificate that do not hold, an answer that is malformed or too large.
  Result<ClientResponse> request(std::string_view method, std::string_view target,
                                 const std::vector<Field>& headers = {},
                                 std::string_view body = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace z5::http
