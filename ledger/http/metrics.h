// SPDX-License-Identifier: Apache-2.0
// What Prometheus sees of the server: requests and their time per route. Routes are labels, never
// targets, so a caller cannot make new series.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "ledger/http/router.h"

namespace prometheus {
class Counter;
class Histogram;
class Registry;
}  // namespace prometheus

namespace z5::http {

// z5_http_requests_total{method, route, code="2xx"} and z5_http_request_seconds{method, route}:
// from the whole head to the answer, without the time on the wire. Any thread.
class Metrics {
 public:
  // `registry` outlives this.
  Metrics(prometheus::Registry& registry, const std::vector<Route>& routes);
  // `route` is none for what no route took (404, malformed).
  void count(const Route* route, int status, std::chrono::nanoseconds time);

 private:
  struct Series {
    std::array<prometheus::Counter*, 6> by_class{};  // [2] = 2xx …
    prometheus::Histogram* seconds = nullptr;
  };
  std::vector<Series> series_;  // by Route::index; the last one is for what no route took
};

// The registry in Prometheus text format 0.0.4.
std::string metrics_text(const prometheus::Registry& registry);

}  // namespace z5::http
