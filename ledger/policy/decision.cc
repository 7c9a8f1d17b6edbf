// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "schemas/ids.h"
#include "schemas/limits.h"

namespace z5::policy {
namespace {

std::string shortened(std::string_view text) {
  if (text.size() <= limits::kMaxPolicyReason) return std::string(text);
  std::size_t end = limits::kMaxPolicyReason;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;  // not within a character
  return std::string(text.substr(0, end));
}

Refusal read_reason(std::string_view package, const Json& element) {
  if (element.is_string()) {
    const auto& text = element.get_ref<const std::string&>();
    return {is_slug(text) ? text : "policy-denied", shortened(text)};
  }
  const auto rule = json_string(element, "rule", "deny");
  const auto reason = json_string(element, "reason", "deny");
  if (!rule.ok() || !reason.ok() || !is_slug(*rule)) {
    return {"policy-denied",
            fmt::format("{}.deny: an element that is no {{rule, reason}}", package)};
  }
  return {*rule, shortened(*reason)};
}

// The value in one of the answer's arrays; null when undefined.
const Json* value_of(const Json& answer, std::string_view name) {
  const auto it = answer.find(name);
  const bool there = it != answer.end() && it->is_array() && it->size() == 1;
  return there ? &it->front() : nullptr;
}

void put_in_order(std::vector<Refusal>& reasons) {
  std::sort(reasons.begin(), reasons.end(), [](const Refusal& a, const Refusal& b) {
    return std::tie(a.rule, a.reason) < std::tie(b.rule, b.reason);
  });
  reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
  if (reasons.size() <= limits::kMaxPolicyReasons) return;
  const std::size_t more = reasons.size() - limits::kMaxPolicyReasons + 1;
  reasons.resize(limits::kMaxPolicyReasons - 1);
  reasons.push_back({"policy-denied", fmt::format("and {} more reasons", more)});
}

}  // namespace

std::string_view package_name(Package package) {
  switch (package) {
    case Package::Accept:
      return "registry.accept";
    case Package::Stage:
      return "registry.stage";
    case Package::Promote:
      return "registry.promote";
    case Package::Revoke:
      return "registry.revoke";
    case Package::Download:
      return "registry.download";
    case Package::Authz:
      return "registry.authz";
  }
  Z5_ASSERT(!"package_name: no such package");
}

std::string_view permitting_rule(Package package) {
  return package == Package::Download ? "permit" : "allow";
}

Decision refused(std::string_view rule, std::string_view reason) {
  Decision decision;
  decision.reasons.push_back({std::string(rule), shortened(reason)});
  return decision;
}

Decision judge(Package package, const Json& answer) {
  const std::string_view name = package_name(package);
  const Json* allow = value_of(answer, "allow");
  const Json* deny = value_of(answer, "deny");
  Decision decision;
  if (allow == nullptr || !allow->is_boolean()) {
    decision.reasons.push_back({"policy-undefined", fmt::format("{}.{} is not true or false", name,
                                                                permitting_rule(package))});
  }
  if (deny == nullptr || !deny->is_array()) {
    decision.reasons.push_back({"policy-undefined", fmt::format("{}.deny is no set", name)});
  } else {
    for (const Json& element : *deny) decision.reasons.push_back(read_reason(name, element));
  }
  put_in_order(decision.reasons);
  decision.allowed = decision.reasons.empty() && *allow == true;
  if (!decision.allowed && decision.reasons.empty()) {
    return refused("policy-denied", fmt::format("{}.{} is false", name, permitting_rule(package)));
  }
  return decision;
}

}  // namespace z5::policy
