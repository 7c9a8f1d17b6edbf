// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/finding.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"critical", "critical"}, {"high", "high"}, {"important", "high"}, {"medium", "medium"},
    {"moderate", "medium"},   {"low", "low"},   {"info", "info"},      {"informational", "info"},
    {"negligible", "info"},   {"none", "none"},
};

// False when the statement names components and one of the finding's is not among them.
bool covers(const VexStatement& statement, const Finding& finding) {
  if (statement.components.empty()) return true;
  return std::all_of(
      finding.components.begin(), finding.components.end(), [&](const auto& component) {
        return std::find(statement.components.begin(), statement.components.end(), component) !=
               statement.components.end();
      });
}

}  // namespace

std::string severity_of_score(double cvss) {
  if (!(cvss >= 0 && cvss <= 10)) return "unknown";
  return cvss >= 9   ? "critical"
         : cvss >= 7 ? "high"
         : cvss >= 4 ? "medium"
         : cvss > 0  ? "low"
                     : "none";
}

std::string severity_of(std::string_view text) {
  const std::string word = to_lower(trim(text));
  for (const auto& [said, meant] : kWords) {
    if (word == said) return std::string(meant);
  }
  double score = -1;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), score);
  const bool number = problem == std::errc{} && end == word.data() + word.size() && !word.empty();
  return number ? severity_of_score(score) : "unknown";
}

bool is_cleared(const Finding& finding, std::span<const VexStatement> statements) {
  if (finding.id.empty()) return false;
  bool cleared = false;
  for (const VexStatement& statement : statements) {
    if (!statement.ids.contains(finding.id)) continue;
    if (!statement.clears) return false;
    cleared = cleared || covers(statement, finding);
  }
  return cleared;
}

bool is_blocking(const Finding& finding, const std::set<std::string>& blocking) {
  return std::any_of(finding.severities.begin(), finding.severities.end(),
                     [&](const auto& severity) { return blocking.contains(severity); });
}

}  // namespace z5::document
