// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <algorithm>
#include <cstdint>

#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5 {
namespace {

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool alnum(char c) { return lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

// First character by `first`, the others by `first` or out of `more`; 1 to max bytes; never "..".
template <class First>
bool matches(std::string_view text, std::size_t max, First first, std::string_view more) {
  return !text.empty() && text.size() <= max && first(text.front()) &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return first(c) || more.find(c) != std::string_view::npos; });
}

bool is_version(std::string_view text) { return matches(text, limits::kMaxVersion, alnum, "._+-"); }

}  // namespace

Result<Reference> parse_reference(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::size_t colon = text.find(':');
  if (slash == std::string_view::npos || colon == std::string_view::npos || colon < slash) {
    return invalid("reference: expected tenant/model:version");
  }
  const std::string_view tenant = text.substr(0, slash);
  const std::string_view model = text.substr(slash + 1, colon - slash - 1);
  const std::string_view version = text.substr(colon + 1);
  if (!is_name(tenant)) return invalid("reference: tenant must match [a-z0-9][a-z0-9._-]{0,127}");
  if (!is_name(model)) return invalid("reference: model must match [a-z0-9][a-z0-9._-]{0,127}");
  if (!is_version(version))
    return invalid("reference: version must match [A-Za-z0-9][A-Za-z0-9._+-]{0,63}");
  return Reference{std::string(tenant), std::string(model), std::string(version)};
}

Result<std::string> parse_serving_alias(std::string_view text) {
  constexpr std::string_view kAlias = "@serving";
  const std::size_t slash = text.find('/');
  if (!text.ends_with(kAlias) || slash == std::string_view::npos) {
    return invalid("reference: expected tenant/model@serving");
  }
  text.remove_suffix(kAlias.size());
  if (!is_name(text.substr(0, slash)) || !is_name(text.substr(slash + 1))) {
    return invalid("reference: tenant and model must match [a-z0-9][a-z0-9._-]{0,127}");
  }
  return std::string(text);
}

bool is_slug(std::string_view text) {
  return matches(text, limits::kMaxSlug, lower_or_digit, "._-");
}
bool is_name(std::string_view text) {
  return matches(text, limits::kMaxName, lower_or_digit, "._-");
}
bool is_run_id(std::string_view text) { return matches(text, limits::kMaxRunId, alnum, "._:/+-"); }

bool is_ledger_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return lower_or_digit(c) || c == '-';
  });
}

bool is_scoped_role(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || !is_slug(text.substr(0, at))) return false;
  const std::string_view scope = text.substr(at + 1);
  return scope == "*" || is_name(scope);
}

bool is_origin(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text != "z5-seal/v1" &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

bool is_uuid_v7(std::string_view text) {
  if (text.size() != 36 || text[14] != '7' ||
      std::string_view("89ab").find(text[19]) == std::string_view::npos) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-'
             : std::string_view("0123456789abcdef").find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string make_uuid_v7(Time now, std::string_view random10) {
  Z5_ASSERT(random10.size() == 10);
  const std::int64_t ms = now.ns / 1'000'000;
  std::string raw;
  for (int shift = 40; shift >= 0; shift -= 8) raw += static_cast<char>(ms >> shift & 255);
  raw += random10;
  raw[6] = static_cast<char>((raw[6] & 0x0F) | 0x70);
  raw[8] = static_cast<char>((raw[8] & 0x3F) | 0x80);
  std::string text = to_hex(raw);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, "-");
  return text;
}

}  // namespace z5
