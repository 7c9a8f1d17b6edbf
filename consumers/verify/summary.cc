// SPDX-License-Identifier: Apache-2.0
#include "consumers/verify/summary.h"

#include <fmt/format.h>

#include "consumers/verify/statement.h"

namespace z5::verify {
namespace {

constexpr std::string_view kResourcePrefix = "urn:z5:version:";
constexpr std::string_view kVerifierPrefix = "https://", kVerifierSuffix = "/permit";

Json descriptor(const Digest& digest) { return {{"digest", {{"sha256", digest.hex()}}}}; }

std::string_view between(std::string_view text, std::string_view prefix, std::string_view suffix) {
  if (text.size() < prefix.size() + suffix.size() || !text.starts_with(prefix) ||
      !text.ends_with(suffix)) {
    return {};
  }
  return text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
}

Result<Digest> digest_of(const Json& descriptor) {
  Z5_TRY(const Json* digests, json_object(descriptor, "digest", "descriptor"));
  Z5_TRY(const std::string hex, json_string(*digests, "sha256", "digest"));
  return digest_from_hex(hex);
}

Result<Summary> parse_summary(const Json& statement, std::string_view payload) {
  Summary out;
  Z5_TRY(const Json* predicate, json_object(statement, "predicate", "statement"));
  Z5_TRY(const Json* verifier, json_object(*predicate, "verifier", "predicate"));
  Z5_TRY(const std::string id, json_string(*verifier, "id", "verifier"));
  out.origin = between(id, kVerifierPrefix, kVerifierSuffix);
  Z5_TRY(const std::string resource, json_string(*predicate, "resourceUri", "predicate"));
  out.ref = between(resource, kResourcePrefix, "");
  Z5_TRY(const Json* policy, json_object(*predicate, "policy", "predicate"));
  Z5_TRY(out.policy_digest, digest_of(*policy));
  Z5_TRY(const Json* inputs, json_array(*predicate, "inputAttestations", "predicate"));
  for (const Json& input : *inputs) {
    Z5_TRY(const Digest digest, digest_of(input));
    out.attestations.push_back(digest);
  }
  Z5_TRY(const std::string result, json_string(*predicate, "verificationResult", "predicate"));
  out.passed = result == "PASSED";
  Z5_TRY(const Json* levels, json_array(*predicate, "verifiedLevels", "predicate"));
  out.stage = fb::Stage::Candidate;  // a level is stated for the two that are loaded
  if (levels->size() == 1) {
    out.stage = (*levels)[0] == "Z5_APPROVED" ? fb::Stage::Approved : fb::Stage::Staging;
  }
  Z5_TRY(const std::string at, json_string(*predicate, "timeVerified", "predicate"));
  Z5_TRY(out.verified_at, from_rfc3339(at));
  Z5_TRY(const Json* subjects, json_array(statement, "subject", "statement"));
  if (subjects->size() != 1) return invalid("statement.subject: expected one");
  Z5_TRY(out.model_digest, digest_of((*subjects)[0]));
  if (write_summary(out) != payload) return invalid("summary: not in its one form");
  return out;
}

}  // namespace

std::string write_summary(const Summary& summary) {
  Json inputs = Json::array();
  for (const Digest& digest : summary.attestations) inputs.push_back(descriptor(digest));
  Json levels = Json::array();
  const bool loaded = summary.stage == fb::Stage::Staging || summary.stage == fb::Stage::Approved;
  if (loaded && summary.passed) levels.push_back(verified_level(fb::EnumNameStage(summary.stage)));
  Json subject = descriptor(summary.model_digest), policy = descriptor(summary.policy_digest);
  subject["name"] = summary.ref;
  policy["uri"] = policy_uri(summary.policy_digest);
  return canonical_json({{"_type", "https://in-toto.io/Statement/v1"},
                         {"subject", Json::array({subject})},
                         {"predicateType", kSummaryType},
                         {"predicate",
                          {{"verifier", {{"id", verifier_id(summary.origin)}}},
                           {"timeVerified", to_rfc3339(summary.verified_at)},
                           {"resourceUri", resource_uri(summary.ref)},
                           {"policy", policy},
                           {"inputAttestations", inputs},
                           {"verificationResult", summary.passed ? "PASSED" : "FAILED"},
                           {"verifiedLevels", levels}}}});
}

Verdict<Summary> verify_summary(std::string_view bundle, std::span<const keys::PublicKey> services,
                                const Digest& model) {
  auto payload = open_bundle(bundle, services);
  if (!payload.ok()) return payload.error();
  const auto statement = parse_json(*payload, limits::kMaxBundle);
  if (!statement.ok() || !statement->is_object() ||
      statement->value("predicateType", Json()) != kSummaryType) {
    return Refusal{"summary-type", fmt::format("the signed document is no {}", kSummaryType)};
  }
  auto summary = parse_summary(*statement, *payload);
  if (!summary.ok()) return Refusal{"summary-malformed", summary.error().message};
  if (summary->model_digest != model) {
    return Refusal{"summary-model", fmt::format("it is about {}", summary->model_digest.text())};
  }
  return std::move(*summary);
}

}  // namespace z5::verify
