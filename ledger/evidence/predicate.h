// SPDX-License-Identifier: Apache-2.0
// What attestations say: one typed value for each predicateType that facts are made of (DESIGN
// section 7.2, the schemas under schemas/predicates/). A value is what the signer wrote, in our
// terms; whether it counts is facts.cc's matter. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/evidence/document/scan.h"
#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::evidence {

inline constexpr std::string_view kProvenanceType = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view kProvenanceV02Type = "https://slsa.dev/provenance/v0.2";
inline constexpr std::string_view kVulnsType = "https://in-toto.io/attestation/vulns/v0.2";
inline constexpr std::string_view kSecurityDecisionType = "urn:z5:predicate:security-decision:v1";
inline constexpr std::string_view kDatasetType = "urn:z5:predicate:dataset:v1";
inline constexpr std::string_view kFairnessType = "urn:z5:predicate:fairness:v1";
inline constexpr std::string_view kSloProfileType = "urn:z5:predicate:slo-profile:v1";
inline constexpr std::string_view kIntegrationTestType = "urn:z5:predicate:integration-test:v1";
inline constexpr std::string_view kCanaryType = "urn:z5:predicate:canary:v1";

struct Provenance {
  struct Dependency {
    std::string name, uri;
    std::optional<Digest> sha256;
  };
  std::string builder;
  std::string run_id;
  std::string source;  // where the build took its code from; empty = not said
  std::vector<Dependency> dependencies;
};

// A result is PASS or FAIL: everything that is not PASS is read as FAIL, so that an unusual word
// never leaves an older PASS standing.
struct SecurityDecision {
  std::string decision;
  std::string adversarial_tests;
};

struct Dataset {
  std::string name, snapshot;
  Digest digest;
  std::vector<std::string> purposes;  // sorted, unique, not empty
  std::string legal_basis, sensitivity;
};

struct Fairness {
  std::string result;
};
struct IntegrationTest {
  std::string result;
};
struct Canary {
  std::string result{};  // as the evaluator wrote it, "PROCEED" to go on
  // What it measured, where it says so.
  std::optional<std::uint64_t> latency_p99_us{}, availability_ppm{};
};
struct SloProfile {
  std::uint64_t latency_p99_us = 0;
  std::uint64_t availability_ppm = 0;
};

struct Predicate {
  std::variant<Provenance, document::Scan, SecurityDecision, Dataset, Fairness, SloProfile,
               IntegrationTest, Canary, document::Vex>
      value;
  std::optional<std::string> ref;  // the version that it says it is about
};

// The role that its signer needs ("builder", "assessor", …); empty for a type that facts do not
// know.
std::string_view role_for(std::string_view predicate_type);

// Refusals: `predicate-type` (unknown), `predicate-malformed` (a field is missing or of another
// form, named), those of scan.h for scans and VEX.
Verdict<Predicate> parse_predicate(std::string_view predicate_type, const Json& predicate);

}  // namespace z5::evidence
