// SPDX-License-Identifier: Apache-2.0
#include "projections/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "projections/database.h"
#include "schemas/encoding.h"

namespace z5::projections {
namespace {

// Keys hold references and, behind a zero byte, a binary sequence.
std::string readable(std::string_view key) {
  const bool text = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7F; });
  return text ? std::string(key) : "0x" + to_hex(key);
}

Result<std::optional<std::string>> difference_in(Family family, const Database& left,
                                                 const Database& right) {
  const auto a = left.rows(family), b = right.rows(family);
  for (a->SeekToFirst(), b->SeekToFirst(); a->Valid() || b->Valid(); a->Next(), b->Next()) {
    const auto say = [&](const rocksdb::Slice& key, std::string_view what) {
      return std::optional<std::string>(
          fmt::format("{} '{}': {}", family_name(family), readable(key.ToStringView()), what));
    };
    const int order = !a->Valid() ? 1 : !b->Valid() ? -1 : a->key().compare(b->key());
    if (order != 0)
      return say(order < 0 ? a->key() : b->key(),
                 order < 0 ? "only in the first" : "only in the second");
    if (a->value() != b->value()) {
      return say(a->key(),
                 fmt::format("{} in the first, {} in the second", to_hex(a->value().ToStringView()),
                             to_hex(b->value().ToStringView())));
    }
  }
  for (const auto& rows : {a.get(), b.get()}) {
    if (!rows->status().ok()) return corrupt("store: " + rows->status().ToString());
  }
  return std::optional<std::string>();
}

}  // namespace

Result<std::optional<std::string>> first_difference(const Store& left, const Store& right) {
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    if (family == Family::Meta) continue;
    Z5_TRY(auto difference, difference_in(family, left.database(), right.database()));
    if (difference) return difference;
  }
  return std::optional<std::string>();
}

}  // namespace z5::projections
