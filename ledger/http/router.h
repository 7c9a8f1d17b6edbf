// SPDX-License-Identifier: Apache-2.0
// Which handler answers which method and path. Built before the server starts and constant
// afterwards, so any thread may look up. A path is known only if somebody registered it, and every
// route needs a principal unless it says Open in so many words.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/http/message.h"
#include "ledger/http/responder.h"
#include "schemas/limits.h"

namespace z5::http {

// Runs on a server thread, which it blocks: for answers that take well under a millisecond.
using Handler = std::function<Response(const Request&)>;
// The Request lives until the handler returns: move out of it what the answer needs later.
using AsyncHandler = std::function<void(Request&, Responder)>;

enum class Access {
  Authenticated,  // the Authenticator must name a principal
  Open,           // probes, and commands, which carry their own signature
};

struct RouteOptions {
  Access access = Access::Authenticated;
  bool reads = false;  // a read-only principal may use it, whatever the method
  std::size_t max_body = limits::kMaxPlainBody;  // bytes; more is 413 before the body is read
};

struct Route {
  std::string method;
  std::string pattern;
  std::vector<std::string> segments;
  RouteOptions options;
  Handler handler;  // one of these two
  AsyncHandler async_handler;
  std::size_t index = 0;  // position in Router::routes()
};

class Router {
 public:
  // Pattern: "/v1/models/{tenant}/{model}"; a last segment "{rest...}" takes one or more segments,
  // joined by '/'. A literal segment goes before a {name}. A malformed pattern, or one that stands
  // already, is a programming error (assert). GET also answers HEAD.
  void add(std::string method, std::string pattern, Handler handler, RouteOptions options = {});
  void add_async(std::string method, std::string pattern, AsyncHandler handler,
                 RouteOptions options = {});

  struct Match {
    const Route* route = nullptr;  // none: 404, or 405 when `allow` is not empty
    std::string allow;             // methods of this path, for the Allow field of a 405
    std::vector<Field> params;
  };
  Match find(std::string_view method, const std::vector<std::string>& segments) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  void insert(Route route);

  std::vector<Route> routes_;
  std::unordered_map<std::string, std::vector<std::size_t>> literal_;  // whole path → routes
  std::vector<std::vector<std::size_t>> by_pattern_;  // routes with {}: one list per pattern
};

}  // namespace z5::http
