// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/text_forms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/time.h"

namespace z5::document {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

bool is_serial(std::string_view text) {
  return text.starts_with("urn:uuid:") && is_uuid(text.substr(9));
}

// urn:cdx:<uuid>/<version> and an optional #<bom-ref> (ECMA-424, BOM-Link).
bool is_bomlink(std::string_view text) {
  constexpr std::string_view kPrefix = "urn:cdx:";
  if (!text.starts_with(kPrefix) || !is_uuid(text.substr(kPrefix.size(), 36))) return false;
  std::string_view rest = text.substr(kPrefix.size() + 36);
  if (!rest.starts_with('/')) return false;
  rest.remove_prefix(1);
  const std::size_t hash = rest.find('#');
  const std::string_view version = rest.substr(0, hash);
  if (version.empty() || version.front() == '0' || !all(version, is_digit)) return false;
  return hash == std::string_view::npos || hash + 1 < rest.size();
}

bool is_date_time(std::string_view text) { return from_rfc3339(text).ok(); }
bool is_date(std::string_view text) {
  return text.size() == 10 && is_date_time(std::string(text) + "T00:00:00Z");
}

bool is_hex_digest(std::string_view text) {
  constexpr std::array<std::size_t, 5> kLengths{32, 40, 64, 96, 128};
  return std::find(kLengths.begin(), kLengths.end(), text.size()) != kLengths.end() &&
         all(text, [](char c) { return is_lower_hex(c) || (c >= 'A' && c <= 'F'); });
}

bool is_mime(std::string_view text) {
  const auto part = [](std::string_view s) {
    return !s.empty() && all(s, [](char c) {
      return is_lower(c) || is_digit(c) || c == '-' || c == '+' || c == '.';
    });
  };
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && part(text.substr(0, slash)) &&
         part(text.substr(slash + 1));
}

bool is_country(std::string_view text) { return text.size() == 2 && all(text, is_upper); }

bool is_locale(std::string_view text) {
  if (text.size() != 2 && text.size() != 5) return false;
  return all(text.substr(0, 2), is_lower) &&
         (text.size() == 2 || (text[2] == '-' && is_country(text.substr(3))));
}

bool is_cre(std::string_view text) {
  if (!text.starts_with("CRE:")) return false;
  const std::size_t dash = text.find('-');
  const auto number = [](std::string_view s) { return !s.empty() && all(s, is_digit); };
  return dash != std::string_view::npos && number(text.substr(4, dash - 4)) &&
         number(text.substr(dash + 1));
}

bool is_patent_number(std::string_view text) {
  const auto edge = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c); };
  return text.size() >= 2 && text.size() <= 30 && edge(text.front()) && edge(text.back()) &&
         all(text, [&](char c) {
           return edge(c) || std::string_view("-/.() \t").find(c) != std::string_view::npos;
         });
}

bool is_not_empty(std::string_view text) { return !text.empty(); }

constexpr std::pair<std::string_view, TextForm> kForms[] = {
    {"ref", is_not_empty}, {"date-time", is_date_time},  {"date", is_date},
    {"serial", is_serial}, {"bomlink", is_bomlink},      {"hex-digest", is_hex_digest},
    {"mime", is_mime},     {"locale", is_locale},        {"country", is_country},
    {"cre", is_cre},       {"spdx-id", is_spdx_license}, {"patent-number", is_patent_number},
};

}  // namespace

TextForm text_form(std::string_view name) {
  for (const auto& [known, form] : kForms) {
    if (known == name) return form;
  }
  return nullptr;
}

}  // namespace z5::document
