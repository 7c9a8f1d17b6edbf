// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "schemas/ids.h"

namespace z5::evidence {
namespace {

constexpr std::array<std::string_view, 3> kVexTypes{
    "https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns", "https://cyclonedx.org/bom"};

bool is_vex_type(std::string_view type) {
  return std::find(kVexTypes.begin(), kVexTypes.end(), type) != kVexTypes.end();
}

Result<std::string> text_field(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(std::string text, json_string(object, field, where));
  if (text.empty()) return invalid(fmt::format("{}.{}: empty", where, field));
  if (text.size() > limits::kMaxFactText)
    return invalid(fmt::format("{}.{}: too long", where, field));
  return text;
}

Result<std::string> outcome(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const std::string said, text_field(object, field, where));
  return std::string(said == "PASS" ? "PASS" : "FAIL");
}

std::string text_or_empty(const Json& object, std::string_view field) {
  auto text = json_string(object, field, "");
  return text.ok() && text->size() <= limits::kMaxFactText ? std::move(text).value()
                                                           : std::string();
}

std::optional<Digest> sha256_of(const Json& descriptor) {
  const auto digests = json_object(descriptor, "digest", "");
  if (!digests.ok()) return std::nullopt;
  const auto hex = json_string(**digests, "sha256", "");
  if (!hex.ok()) return std::nullopt;
  const auto digest = digest_from_hex(*hex);
  return digest.ok() ? std::optional<Digest>(*digest) : std::nullopt;
}

// externalParameters.source, the workflow's repository (GitHub), or the first dependency that is a
// git commit.
std::string source_of(const Json& parameters,
                      const std::vector<Provenance::Dependency>& dependencies) {
  if (std::string source = text_or_empty(parameters, "source"); !source.empty()) return source;
  if (const auto workflow = json_object(parameters, "workflow", ""); workflow.ok()) {
    if (std::string repository = text_or_empty(**workflow, "repository"); !repository.empty())
      return repository;
  }
  for (const auto& dependency : dependencies) {
    if (dependency.uri.starts_with("git+")) return dependency.uri;
  }
  return "";
}

Status read_dependencies(const Json& list, std::string_view field, Provenance& read) {
  for (const Json& dependency : list) {
    if (!dependency.is_object()) return invalid(fmt::format("{}: expected objects", field));
    read.dependencies.push_back({text_or_empty(dependency, "name"),
                                 text_or_empty(dependency, "uri"), sha256_of(dependency)});
  }
  return Done{};
}

// slsa.dev/spec/v1.0/provenance
Result<Provenance> read_provenance(const Json& predicate) {
  Provenance read;
  Z5_TRY(const Json* definition, json_object(predicate, "buildDefinition", "predicate"));
  Z5_TRY(const Json* parameters, json_object(*definition, "externalParameters", "buildDefinition"));
  Z5_TRY(read.run_id, text_field(*parameters, "run_id", "externalParameters"));
  Z5_TRY(const Json* details, json_object(predicate, "runDetails", "predicate"));
  Z5_TRY(const Json* builder, json_object(*details, "builder", "runDetails"));
  Z5_TRY(read.builder, text_field(*builder, "id", "builder"));
  Z5_TRY(const Json* dependencies,
         json_array(*definition, "resolvedDependencies", "buildDefinition"));
  Z5_CHECK(read_dependencies(*dependencies, "resolvedDependencies", read));
  read.source = source_of(*parameters, read.dependencies);
  return read;
}

// slsa.dev/spec/v0.2/provenance: the same facts under older names. What was built from stands in
// configSource, and materials have no names, so that a dataset is one whose uri is NAME@SNAPSHOT.
Result<Provenance> read_provenance_v02(const Json& predicate) {
  Provenance read;
  Z5_TRY(const Json* builder, json_object(predicate, "builder", "predicate"));
  Z5_TRY(read.builder, text_field(*builder, "id", "builder"));
  Z5_TRY(const Json* invocation, json_object(predicate, "invocation", "predicate"));
  Z5_TRY(const Json* parameters, json_object(*invocation, "parameters", "invocation"));
  Z5_TRY(read.run_id, text_field(*parameters, "run_id", "invocation.parameters"));
  Z5_TRY(const Json* materials, json_array(predicate, "materials", "predicate"));
  Z5_CHECK(read_dependencies(*materials, "materials", read));
  if (const auto config = json_object(*invocation, "configSource", ""); config.ok())
    read.source = text_or_empty(**config, "uri");
  if (read.source.empty()) read.source = source_of(*parameters, read.dependencies);
  return read;
}

Result<SecurityDecision> read_security_decision(const Json& predicate) {
  SecurityDecision read;
  Z5_TRY(read.decision, outcome(predicate, "security_decision", "predicate"));
  Z5_TRY(const Json* tests, json_object(predicate, "adversarial_tests", "predicate"));
  Z5_TRY(read.adversarial_tests, outcome(*tests, "result", "adversarial_tests"));
  return read;
}

Result<Dataset> read_dataset(const Json& predicate) {
  Dataset read;
  Z5_TRY(read.name, text_field(predicate, "name", "predicate"));
  Z5_TRY(read.snapshot, text_field(predicate, "snapshot", "predicate"));
  Z5_TRY(const std::string digest, json_string(predicate, "digest", "predicate"));
  Z5_TRY(read.digest, digest_from_text(digest));
  Z5_TRY(read.legal_basis, text_field(predicate, "legal_basis", "predicate"));
  Z5_TRY(read.sensitivity, text_field(predicate, "sensitivity", "predicate"));
  Z5_TRY(const Json* purposes, json_array(predicate, "purposes", "predicate"));
  if (purposes->empty() || purposes->size() > limits::kMaxPurposes)
    return invalid("predicate.purposes: empty or too many");
  for (const Json& purpose : *purposes) {
    const bool fits = purpose.is_string() && !purpose.get_ref<const std::string&>().empty() &&
                      purpose.get_ref<const std::string&>().size() <= limits::kMaxFactText;
    if (!fits) return invalid("predicate.purposes: expected texts");
    read.purposes.push_back(purpose.get<std::string>());
  }
  std::sort(read.purposes.begin(), read.purposes.end());
  read.purposes.erase(std::unique(read.purposes.begin(), read.purposes.end()), read.purposes.end());
  if (!is_slug(read.legal_basis) || !is_slug(read.sensitivity))
    return invalid("predicate.legal_basis, sensitivity: expected slugs");
  return read;
}

// Facts hold no floats: value * scale, rounded to the nearest integer.
Result<std::uint64_t> scaled(const Json& predicate, std::string_view field, double scale,
                             double most) {
  const auto found = predicate.find(field);
  if (found == predicate.end() || !found->is_number())
    return invalid(fmt::format("predicate.{}: expected a number", field));
  const double value = found->get<double>();
  if (!(value >= 0 && value <= most))
    return invalid(fmt::format("predicate.{}: out of range", field));
  return static_cast<std::uint64_t>(std::llround(value * scale));
}

Result<std::uint64_t> latency(const Json& predicate) {
  constexpr double kDayMs = 86'400'000;
  return scaled(predicate, "latency_p99_ms", 1'000, kDayMs);
}
Result<std::uint64_t> availability(const Json& predicate) {
  return scaled(predicate, "availability", 1'000'000, 1);
}

Result<SloProfile> read_slo(const Json& predicate) {
  SloProfile read;
  Z5_TRY(read.latency_p99_us, latency(predicate));
  Z5_TRY(read.availability_ppm, availability(predicate));
  return read;
}

Result<Canary> read_canary(const Json& predicate) {
  Canary read;
  Z5_TRY(read.result, text_field(predicate, "result", "predicate"));
  Z5_CHECK(text_field(predicate, "ref", "predicate"));
  if (predicate.contains("latency_p99_ms")) {
    Z5_TRY(read.latency_p99_us, latency(predicate));
  }
  if (predicate.contains("availability")) {
    Z5_TRY(read.availability_ppm, availability(predicate));
  }
  return read;
}

template <class T>
Verdict<Predicate> made(Result<T> read) {
  if (!read.ok()) return Refusal{"predicate-malformed", read.error().message};
  return Predicate{std::move(read).value(), std::nullopt};
}
template <class T>
Verdict<Predicate> made(Verdict<T> read) {
  if (!read.ok()) return read.error();
  return Predicate{std::move(read).value(), std::nullopt};
}

template <class T>
Result<T> read_outcome(const Json& predicate) {
  Z5_TRY(std::string result, outcome(predicate, "result", "predicate"));
  return T{std::move(result)};
}

Verdict<Predicate> read(std::string_view type, const Json& predicate) {
  if (type == kProvenanceType) return made(read_provenance(predicate));
  if (type == kProvenanceV02Type) return made(read_provenance_v02(predicate));
  if (type == kVulnsType) return made(document::parse_vulns_predicate(predicate.dump()));
  if (type == kSecurityDecisionType) return made(read_security_decision(predicate));
  if (type == kDatasetType) return made(read_dataset(predicate));
  if (type == kFairnessType) return made(read_outcome<Fairness>(predicate));
  if (type == kIntegrationTestType) return made(read_outcome<IntegrationTest>(predicate));
  if (type == kSloProfileType) return made(read_slo(predicate));
  if (type == kCanaryType) return made(read_canary(predicate));
  if (is_vex_type(type)) return made(document::parse_vex(predicate.dump()));
  return Refusal{"predicate-type",
                 fmt::format("'{}' is not a type that facts are made of", type.substr(0, 128))};
}

}  // namespace

std::string_view role_for(std::string_view type) {
  if (type == kProvenanceType || type == kProvenanceV02Type) return "builder";
  if (type == kVulnsType || type == kSecurityDecisionType) return "assessor";
  if (type == kDatasetType) return "data-catalogue";
  if (type == kFairnessType || type == kSloProfileType || type == kIntegrationTestType ||
      type == kCanaryType) {
    return "evaluator";
  }
  return is_vex_type(type) ? "vex-signer" : "";
}

Verdict<Predicate> parse_predicate(std::string_view type, const Json& predicate) {
  if (!predicate.is_object())
    return Refusal{"predicate-malformed", "predicate: expected an object"};
  auto made_value = read(type, predicate);
  if (!made_value.ok() || !predicate.contains("ref")) return made_value;
  const auto ref = json_string(predicate, "ref", "predicate");
  if (!ref.ok()) return Refusal{"predicate-malformed", ref.error().message};
  made_value->ref = *ref;
  return made_value;
}

}  // namespace z5::evidence
