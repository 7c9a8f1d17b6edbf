// SPDX-License-Identifier: Apache-2.0
// What a policy answered, and how OPA's answer is read: anything but a clear yes is a no. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::policy {

enum class Package { Accept, Stage, Promote, Revoke, Download, Authz };

std::string_view package_name(Package package);     // "registry.accept"
std::string_view permitting_rule(Package package);  // "allow"; "permit" for download

// A decision on one input by one bundle. The rules of `reasons` are the bundle's own, or one of
//   policy-input      the input lacks what schemas/inputs demands; OPA was not asked
//   policy-undefined  allow or deny is undefined or of another type
//   policy-error      the bundle does not compile, or its evaluation failed
//   policy-timeout    limits::kPolicyDeadline passed
//   policy-denied     allow is false without a reason, a reason without a rule, or reasons left off
struct Decision {
  bool allowed = false;
  std::vector<Refusal> reasons;  // sorted, each once; empty exactly when allowed
  Digest policy;                 // of the bundle
  Digest input;                  // SHA-256 of the input's RFC 8785 text; zero for policy-input
  std::string engine;            // "opa/1.22.2"

  bool operator==(const Decision&) const = default;
};

// A refusal with one reason.
Decision refused(std::string_view rule, std::string_view reason);

// Reads {"allow": [value], "deny": [value]}, where an empty array stands for undefined. Allowed
// when allow is true and deny is an empty set or array. An element of deny is {"rule": slug,
// "reason": text} or a string: a slug is the rule, any other text the reason.
Decision judge(Package package, const Json& answer);

}  // namespace z5::policy
