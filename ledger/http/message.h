// SPDX-License-Identifier: Apache-2.0
// One HTTP request as a handler sees it, and the answer that it gives (RFC 9110). Values; no
// threads, no sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::http {

struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

// Who asks, as the Authenticator found out. The server enforces both limits before a handler runs.
struct Principal {
  std::string actor;
  bool read_only = false;      // only GET, HEAD and routes registered with `reads`
  bool loopback_only = false;  // only from this machine
  bool operator==(const Principal&) const = default;
};

struct Request {
  std::string method;          // "GET", "POST", …; HEAD runs the GET handler
  std::string target;          // as sent, for logs; handlers use params and query
  std::vector<Field> params;   // {name} segments of the route, decoded once (target.h)
  std::vector<Field> query;    // in order, decoded once; names may repeat
  std::vector<Field> headers;  // names in lower case; never CR, LF or NUL
  std::string body;            // exactly Content-Length bytes
  std::string peer;            // "address:port"
  bool peer_is_loopback = false;
  std::optional<Digest> client_key;  // SHA-256 of the SPKI of a verified client certificate (mTLS)
  std::optional<Principal> principal;  // set on every route that is not Open

  // The parameter of the route's pattern; a name that the pattern lacks is a programming error
  // (assert).
  const std::string& param(std::string_view name) const;
  // The first value of that name, or none.
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

// Finds out who asks, from the head alone (the body is not read yet). A refusal is 401, an
// Unavailable error 503. Called on server threads, several at once.
using Authenticator = std::function<Result<Verdict<Principal>>(const Request&)>;

struct Response {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";  // empty: no Content-Type line
  std::string cache_control = "no-store";         // what is immutable says so itself
  std::vector<Field> headers = {};                // more lines, such as Location
};

// {"error": {"code", "message"}}; the code is the status in words ("not-found") unless given. Bytes
// that are not UTF-8 in the message are replaced, so a caller's input may be quoted.
Response error_response(int status, std::string_view message, std::string_view code = {});
// Unavailable 503, Conflict 409, Invalid 400, Corrupt 500.
Response error_response(const Error& error);
// {"refusal": [{"rule", "reason"}, …]}. A 401 carries WWW-Authenticate: Bearer (RFC 6750 section
// 3).
Response refusal_response(int status, const std::vector<Refusal>& refusals);

// The answer as bytes: status line, fields and body in one buffer, for one write. `date` is an
// IMF-fixdate. A header name or value with control characters would be an injection: the whole
// answer becomes a 500.
void write_response(std::string& out, const Response& response, std::string_view date,
                    bool keep_alive, bool head_only);

}  // namespace z5::http
