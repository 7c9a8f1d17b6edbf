// SPDX-License-Identifier: Apache-2.0
// Markdown with YAML front matter: "---", a YAML 1.2 mapping, "---", the text. YAML is read without
// aliases, anchors, tags and second documents, with bounds on size, depth and nodes: what is left
// has one meaning, that of JSON with strings for scalars. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::document {

struct FrontMatter {
  Json fields;            // an object; scalars are strings, an empty plain scalar is null
  std::string_view body;  // of the bytes that were read
};

// Invalid, saying where: not UTF-8, larger than limits::kMaxCard, no front matter, YAML that breaks
// the rules above, a key twice, not a mapping.
Result<FrontMatter> parse_front_matter(std::string_view bytes);

// A heading of the text with what stands directly under it, up to the next heading of any level.
struct Section {
  std::string title;  // without markup, number and colon
  int level = 0;
  bool has_text =
      false;  // something else than blanks, comments, rules and "[More Information Needed]"
};

// The sections in order (CommonMark ATX and setext headings). Fenced code counts as text of its
// section, not as headings; HTML comments count as nothing.
std::vector<Section> split_sections(std::string_view markdown);

}  // namespace z5::document
