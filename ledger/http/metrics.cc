// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace z5::http {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};

}  // namespace

Metrics::Metrics(prometheus::Registry& registry, const std::vector<Route>& routes) {
  auto& requests = prometheus::BuildCounter()
                       .Name("z5_http_requests_total")
                       .Help("Requests answered, by route and class of status.")
                       .Register(registry);
  auto& seconds = prometheus::BuildHistogram()
                      .Name("z5_http_request_seconds")
                      .Help("Time from the whole head of a request to its answer.")
                      .Register(registry);
  const auto add = [&](const std::string& method, const std::string& pattern) {
    Series series;
    for (std::size_t i = 1; i < series.by_class.size(); ++i) {
      series.by_class[i] = &requests.Add(
          {{"method", method}, {"route", pattern}, {"code", std::to_string(i) + "xx"}});
    }
    series.seconds = &seconds.Add({{"method", method}, {"route", pattern}}, kSeconds);
    series_.push_back(series);
  };
  for (const Route& route : routes) add(route.method, route.pattern);
  add("", "");
}

void Metrics::count(const Route* route, int status, std::chrono::nanoseconds time) {
  const Series& series = route == nullptr ? series_.back() : series_[route->index];
  series.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))]->Increment();
  series.seconds->Observe(std::chrono::duration<double>(time).count());
}

std::string metrics_text(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace z5::http
