// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/target.h"

#include <algorithm>

#include "schemas/limits.h"

namespace z5::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return invalid("target: a percent escape is cut short");
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return invalid("target: a percent escape is not hexadecimal");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return invalid("target: a control character");
    out.push_back(c);
  }
  return out;
}

Result<std::string> path_segment(std::string_view text) {
  Z5_TRY(std::string segment, decode(text, false));
  if (segment == "." || segment == "..") return invalid("target: a dot segment");
  if (segment.find_first_of("/\\%") != std::string::npos) {
    return invalid("target: an encoded slash, backslash or percent sign");
  }
  return segment;
}

Status parse_path(std::string_view path, std::vector<std::string>& segments) {
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    Z5_TRY(std::string segment, path_segment(path.substr(0, slash)));
    if (slash != std::string_view::npos && segment.empty())
      return invalid("target: an empty segment");
    if (segments.size() == limits::kMaxTargetParts) return invalid("target: too many segments");
    segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) return Done{};
    path.remove_prefix(slash + 1);
  }
}

Status parse_query(std::string_view query, std::vector<Field>& fields) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (!pair.empty()) {
      const std::size_t equals = pair.find('=');
      Z5_TRY(std::string name, decode(pair.substr(0, equals), true));
      std::string value;
      if (equals != std::string_view::npos) {
        Z5_TRY(value, decode(pair.substr(equals + 1), true));
      }
      if (fields.size() == limits::kMaxTargetParts) return invalid("target: too many query fields");
      fields.push_back({std::move(name), std::move(value)});
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return Done{};
}

}  // namespace

Result<Target> parse_target(std::string_view raw) {
  if (!raw.starts_with('/')) return invalid("target: does not start with '/'");
  const auto strange = [](unsigned char c) {
    return c <= 0x20 || c >= 0x7f || c == '#' || c == '\\';
  };
  if (std::ranges::any_of(raw, strange)) {
    return invalid("target: a fragment, a backslash, or bytes outside visible ASCII");
  }
  Target target;
  const std::size_t question = raw.find('?');
  Z5_CHECK(parse_path(raw.substr(0, question), target.segments));
  if (question != std::string_view::npos)
    Z5_CHECK(parse_query(raw.substr(question + 1), target.query));
  return target;
}

std::string encode_segment(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

}  // namespace z5::http
