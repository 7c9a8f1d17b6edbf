// SPDX-License-Identifier: Apache-2.0
// A large JSON document from outside, as strict as parse_json (schemas/json.h) and several times
// faster: simdjson parses, this adds what it lets pass. Used where documents reach megabytes
// (SBOMs, scans); everything else takes parse_json. A document owns its bytes; elements and texts
// live as long as it does. Not shared between threads.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/limits.h"
#include "schemas/result.h"

namespace z5::document {

using Element = simdjson::dom::element;

class JsonDocument {
 public:
  // Invalid: larger than limits::kMaxDocument, not UTF-8 or not JSON, deeper than
  // limits::kMaxJsonDepth, a key twice in one object, an integer beyond +-2^53.
  static Result<JsonDocument> parse(std::string_view text);

  Element root() const { return root_; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  Element root_;
};

// The member of an object; nothing when `object` is no object or has no such member.
std::optional<Element> member(Element object, std::string_view field);
// The member's text; empty when absent or no string.
std::string_view text_of(Element object, std::string_view field);
std::string_view text_of(Element value);
// The member's items; an empty range when absent or no array.
class Items {
 public:
  Items(Element object, std::string_view field);
  const Element* begin() const { return items_.data(); }
  const Element* end() const { return items_.data() + items_.size(); }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<Element> items_;
};

}  // namespace z5::document
