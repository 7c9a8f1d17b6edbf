// SPDX-License-Identifier: Apache-2.0
#include "ledger/policy/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/policy/embedded.h"
#include "schemas/time.h"

namespace z5::policy {
namespace {

// Their inputs hold no ids and no nonce, so they repeat (schemas/inputs).
bool repeats(Package package) { return package == Package::Authz || package == Package::Download; }

bool of_the_moment(const Decision& decision) {
  return std::any_of(decision.reasons.begin(), decision.reasons.end(), [](const Refusal& refusal) {
    return refusal.rule == "policy-timeout" || refusal.rule == "policy-error";
  });
}

// input.now, which the schemas demand where a policy may know the time; not set elsewhere.
Time time_of(const Json& input) {
  const auto text = json_string(input, "now", "input");
  if (!text.ok()) return Time{};
  const auto now = from_rfc3339(*text);
  return now.ok() ? *now : Time{};
}

}  // namespace

std::span<const Package> registry_packages() {
  static constexpr std::array packages = {Package::Accept, Package::Stage, Package::Promote,
                                          Package::Revoke, Package::Download};
  return packages;
}

std::span<const Package> authz_packages() {
  static constexpr std::array packages = {Package::Authz};
  return packages;
}

Engine::Engine(const Options& options)
    : deadline_(options.deadline),
      version_(opa_version()),
      schemas_(InputSchemas::load(embedded_input_schemas()).value()),
      compiled_(options.prepared),
      memo_(options.memo) {}

Status Engine::check(const Bundle& bundle, std::span<const Package> packages) {
  Z5_TRY(const auto ready, compiled(bundle));
  for (const Package package : packages) {
    for (const std::string_view rule : {permitting_rule(package), std::string_view("deny")}) {
      if (!ready->defines(package, rule)) {
        return invalid(fmt::format("bundle: {}.{}: no such rule", package_name(package), rule));
      }
    }
  }
  return Done{};
}

Decision Engine::evaluate(Package package, const Bundle& bundle, const Json& input) {
  Decision decision;
  Digest digest;
  if (const Status valid = schemas_.check(package_name(package), input); !valid.ok()) {
    decision = refused("policy-input", valid.error().message);
  } else {
    const std::string text = canonical_json(input);
    digest = sha256(text);
    const Question question{package, bundle.digest(), digest};
    if (repeats(package)) {
      if (auto known = memo_.find(question)) return *std::move(known);
    }
    decision = decide(package, bundle, input, text);
  }
  decision.policy = bundle.digest();
  decision.input = digest;
  decision.engine = version_;
  const bool keep = repeats(package) && !digest.is_zero() && !of_the_moment(decision);
  if (keep) memo_.keep({package, bundle.digest(), digest}, decision);
  return decision;
}

Decision Engine::decide(Package package, const Bundle& bundle, const Json& input,
                        const std::string& text) {
  const auto ready = compiled(bundle);
  if (!ready.ok()) return refused("policy-error", ready.error().message);
  return (*ready)->decide(package, text, time_of(input), deadline_);
}

Result<std::shared_ptr<const CompiledBundle>> Engine::compiled(const Bundle& bundle) {
  if (auto known = compiled_.find(bundle.digest())) return *std::move(known);
  const std::lock_guard lock(compiling_);
  if (auto known = compiled_.find(bundle.digest())) return *std::move(known);
  Z5_TRY(CompiledBundle fresh, CompiledBundle::compile(bundle));
  auto shared = std::make_shared<const CompiledBundle>(std::move(fresh));
  compiled_.keep(bundle.digest(), shared);
  return shared;
}

}  // namespace z5::policy
