// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/provenance.h"

#include <fmt/format.h>

#include "ledger/evidence/sigstore/refusal.h"

namespace z5::sigstore {
namespace {

constexpr std::string_view kDelegators[] = {
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
    "delegator_generic_slsa3.yml@refs/tags/v",
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
    "delegator_lowperms-generic_slsa3.yml@refs/tags/v"};

Result<std::string> read_builder(const Statement& statement) {
  if (statement.predicate_type == kSlsaV02) {
    Z5_TRY(const Json* builder, json_object(statement.predicate, "builder", "predicate"));
    return json_string(*builder, "id", "builder");
  }
  if (statement.predicate_type != kSlsaV1)
    return invalid("predicateType: expected SLSA provenance v1 or v0.2");
  Z5_TRY(const Json* details, json_object(statement.predicate, "runDetails", "predicate"));
  Z5_TRY(const Json* builder, json_object(*details, "builder", "runDetails"));
  return json_string(*builder, "id", "builder");
}

// "<repository>/<path>@<ref>", as a GitHub workflow's certificate names it.
Result<std::string> read_workflow(const Statement& statement) {
  Z5_TRY(const Json* definition, json_object(statement.predicate, "buildDefinition", "predicate"));
  Z5_TRY(const Json* parameters, json_object(*definition, "externalParameters", "buildDefinition"));
  Z5_TRY(const Json* workflow, json_object(*parameters, "workflow", "externalParameters"));
  Z5_TRY(const std::string repository, json_string(*workflow, "repository", "workflow"));
  Z5_TRY(const std::string path, json_string(*workflow, "path", "workflow"));
  Z5_TRY(const std::string ref, json_string(*workflow, "ref", "workflow"));
  return fmt::format("{}/{}@{}", repository, path, ref);
}

}  // namespace

Verdict<std::string> claimed_builder(const Statement& statement) {
  Z5_TRY(std::string builder, under("provenance-malformed", read_builder(statement)));
  if (builder.empty()) return refuse("provenance-malformed", "builder.id: empty");
  return builder;
}

Verdict<Done> signer_backs_builder(const Statement& statement, std::string_view identity) {
  Z5_TRY(const std::string builder, claimed_builder(statement));
  if (identity == builder) return Done{};
  const auto workflow = read_workflow(statement);
  if (workflow.ok() && identity == *workflow) return Done{};
  for (const std::string_view delegator : kDelegators) {
    if (identity.starts_with(delegator)) return Done{};
  }
  return refuse("builder-mismatch",
                fmt::format("certificate: '{}' signed for the builder '{}'", identity, builder));
}

}  // namespace z5::sigstore
