// SPDX-License-Identifier: Apache-2.0
// Findings of vulnerability scanners and statements that clear them, in one form for all the
// formats that say either, and the rule which findings block (FINDINGS section 5: whatever is
// missing or unknown blocks). Pure; any thread.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace z5::document {

// One vulnerability that a document reports.
struct Finding {
  std::string id{};  // CVE-…; empty when the document names none
  std::set<std::string>
      severities{};  // lower case, as rated; never empty: "unknown" when not rated
  std::vector<std::string>
      components{};  // purls and references of what it affects; empty = not said
};

// One statement of a VEX document about one vulnerability.
struct VexStatement {
  std::set<std::string> ids{};            // the vulnerability's name and aliases
  std::vector<std::string> components{};  // what the statement is about; empty = the whole product
  bool clears = false;  // not_affected or fixed; everything else leaves it as it is
};

// The rating of one source in the vocabulary of CycloneDX: critical, high, medium, low, info, none,
// unknown. Understands words in any case ("Negligible" is info, "Moderate" medium) and CVSS scores
// ("9.8"); else "unknown".
std::string severity_of(std::string_view text);
std::string severity_of_score(double cvss);

// True when `statements` clear the finding: at least one is about it, and each that is about it
// clears. A statement is about a finding when it names its id and, where both name components, all
// components of the finding.
bool is_cleared(const Finding& finding, std::span<const VexStatement> statements);

// True when one of the finding's severities is in `blocking`.
bool is_blocking(const Finding& finding, const std::set<std::string>& blocking);

}  // namespace z5::document
