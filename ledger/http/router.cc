// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/router.h"

#include <algorithm>

namespace z5::http {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}
bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("...}");
}

std::vector<std::string> split(std::string_view pattern) {
  Z5_ASSERT(pattern.starts_with('/'));
  std::vector<std::string> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    segments.emplace_back(pattern.substr(0, slash));
    pattern.remove_prefix(slash);
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    Z5_ASSERT(is_parameter(segments[i]) || segments[i].find_first_of("{}") == std::string::npos);
    Z5_ASSERT(!is_rest(segments[i]) || i + 1 == segments.size());
  }
  return segments;
}

std::string join(const std::vector<std::string>& segments, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < segments.size(); ++i) {
    if (i > from) out.push_back('/');
    out += segments[i];
  }
  return out;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  const bool rest = is_rest(pattern.back());
  if (rest ? path.size() < pattern.size() : path.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

// Literals before parameters, one segment before the rest: the order in which patterns are tried.
std::string rank(const std::vector<std::string>& pattern) {
  std::string out;
  for (const std::string& segment : pattern)
    out += is_rest(segment) ? '2' : is_parameter(segment) ? '1' : '0';
  return out;
}

std::vector<Field> parameters(const Route& route, const std::vector<std::string>& path) {
  std::vector<Field> params;
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& segment = route.segments[i];
    if (is_rest(segment)) {
      params.push_back({segment.substr(1, segment.size() - 5), join(path, i)});
    } else if (is_parameter(segment)) {
      params.push_back({segment.substr(1, segment.size() - 2), path[i]});
    }
  }
  return params;
}

// The pattern without the names of its parameters: two patterns of one shape match the same paths.
std::string shape(const std::vector<std::string>& pattern) {
  std::string out;
  for (const std::string& segment : pattern) {
    out += '/';
    out += is_rest(segment) ? "{...}" : is_parameter(segment) ? "{}" : segment;
  }
  return out;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler, RouteOptions options) {
  insert({std::move(method), std::move(pattern), {}, options, std::move(handler), {}, 0});
}

void Router::add_async(std::string method, std::string pattern, AsyncHandler handler,
                       RouteOptions options) {
  insert({std::move(method), std::move(pattern), {}, options, {}, std::move(handler), 0});
}

void Router::insert(Route route) {
  route.segments = split(route.pattern);
  route.index = routes_.size();
  const bool literal = std::ranges::none_of(route.segments, is_parameter);
  std::vector<std::size_t>* same = nullptr;
  if (literal) {
    same = &literal_[join(route.segments, 0)];
  } else {
    for (auto& group : by_pattern_) {
      if (shape(routes_[group.front()].segments) == shape(route.segments)) same = &group;
    }
    if (same == nullptr) same = &by_pattern_.emplace_back();
  }
  for (const std::size_t index : *same) Z5_ASSERT(routes_[index].method != route.method);
  same->push_back(route.index);
  routes_.push_back(std::move(route));
  std::ranges::stable_sort(by_pattern_, {}, [this](const std::vector<std::size_t>& group) {
    return rank(routes_[group.front()].segments);
  });
}

Router::Match Router::find(std::string_view method,
                           const std::vector<std::string>& segments) const {
  const std::vector<std::size_t>* group = nullptr;
  if (const auto found = literal_.find(join(segments, 0)); found != literal_.end()) {
    group = &found->second;
  } else {
    for (const auto& candidate : by_pattern_) {
      if (!matches(routes_[candidate.front()].segments, segments)) continue;
      group = &candidate;
      break;
    }
  }
  Match match;
  if (group == nullptr) return match;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const std::size_t index : *group) {
    if (routes_[index].method == wanted) {
      match.route = &routes_[index];
      match.params = parameters(*match.route, segments);
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += routes_[index].method == "GET" ? "GET, HEAD" : routes_[index].method;
  }
  return match;
}

}  // namespace z5::http
