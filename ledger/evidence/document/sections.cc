// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ledger/evidence/document/front_matter.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

// `text` without HTML comments; one that is not closed reaches to the end.
std::string without_comments(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t begin = text.find("<!--");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const std::size_t end = text.find("-->", begin + 4);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 3);
  }
}

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// What templates and rules leave behind says nothing.
bool says_something(std::string_view line) {
  const std::string text = to_lower(trim(line));
  return !text.empty() && !only(text, "-*_=#>| `~:") && text != "[more information needed]" &&
         text != "todo" && text != "tbd" && text != "n/a";
}

// "## **2.** Intended use: ##" is "Intended use".
std::string title_of(std::string_view text) {
  text = trim(text);
  const std::size_t closing = text.find_last_not_of('#');
  text = closing == std::string_view::npos ? std::string_view{} : text.substr(0, closing + 1);
  constexpr std::string_view kMarkup = "*_`: \t";
  constexpr std::string_view kNumber = "0123456789.) *_`\t";
  const std::size_t begin = text.find_first_not_of(kNumber);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = text.find_last_not_of(kMarkup);
  return std::string(text.substr(begin, end - begin + 1));
}

// 1..6 for an ATX heading, 0 otherwise.
int heading_level(std::string_view line) {
  const std::size_t indent = line.find_first_not_of(' ');
  if (indent == std::string_view::npos || indent > 3) return 0;
  line.remove_prefix(indent);
  const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
  const bool ends = marks == line.size() || line[marks] == ' ' || line[marks] == '\t';
  return marks >= 1 && marks <= 6 && ends ? static_cast<int>(marks) : 0;
}

bool is_fence(std::string_view line) {
  line = trim(line);
  return line.starts_with("```") || line.starts_with("~~~");
}

}  // namespace

std::vector<Section> split_sections(std::string_view markdown) {
  std::vector<Section> sections(1);  // what stands before the first heading
  const std::string text = without_comments(markdown);
  std::string_view rest = text;
  std::string_view pending;  // the line before: text, unless an underline makes it a heading
  char fence = 0;
  const auto settle = [&] {
    sections.back().has_text = sections.back().has_text || says_something(pending);
    pending = {};
  };
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const std::string_view bare = trim(line);
    const int level = fence == 0 ? heading_level(line) : 0;
    const bool underline =
        !bare.empty() && !trim(pending).empty() && (only(bare, "=") || only(bare, "-"));
    if (is_fence(line) && (fence == 0 || bare.front() == fence)) {
      settle();
      fence = fence == 0 ? bare.front() : '\0';
    } else if (level != 0) {
      settle();
      sections.push_back({title_of(bare.substr(static_cast<std::size_t>(level))), level, false});
    } else if (fence == 0 && underline) {
      sections.push_back({title_of(pending), bare.front() == '=' ? 1 : 2, false});
      pending = {};
    } else {
      settle();
      pending = line;
    }
  }
  settle();
  return sections;
}

}  // namespace z5::document
