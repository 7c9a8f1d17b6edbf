// SPDX-License-Identifier: Apache-2.0
#include "consumers/verify/permit.h"

#include <fmt/format.h>

#include <algorithm>

#include "consumers/verify/statement.h"
#include "ledger/identity/actor.h"
#include "schemas/json.h"

namespace z5::verify {
namespace {

// One text on the hot path, so it is written, not built: names in RFC 8785 order. What may need
// escaping goes through json_text; the rest are slugs, digests, times and numbers.
constexpr std::string_view kForm =
    R"({{"_type":"https://in-toto.io/Statement/v1","predicate":{{"artifact_uris":[{uris}],)"
    R"("audience":{audience},"environment":"{environment}",)"
    R"("inputAttestations":[{{"digest":{{"sha256":"{evidence}"}},"uri":"urn:z5:evidence-root"}}],)"
    R"("issued_at":"{issued}","ledger":{{"genesis":"sha256:{genesis}","origin":{origin}}},)"
    R"("manifest_url":"{manifest}","model_digest":"sha256:{model}","nonce":"{nonce}",)"
    R"("not_after":"{not_after}","policy":{{"digest":{{"sha256":"{policy}"}},)"
    R"("uri":"urn:z5:policy:sha256:{policy}"}},"policy_digest":"sha256:{policy}","ref":"{ref}",)"
    R"("resourceUri":"urn:z5:version:{ref}","seen":{{"root":"sha256:{root}","size":"{size}"}},)"
    R"("sequence":"{sequence}","stage":"{stage}","timeVerified":"{issued}",)"
    R"("verificationResult":"PASSED","verifiedLevels":["{level}"],"verifier":{{"id":{verifier}}}}},)"
    R"("predicateType":"urn:z5:permit:v1","subject":[{{"digest":{{"sha256":"{model}"}},)"
    R"("name":"{ref}"}}]}})";

struct Fields {
  const Json& predicate;
  std::optional<Error> problem = {};

  std::string text(const char* name, const Json* object = nullptr) {
    return take(json_string(object ? *object : predicate, name, "predicate"));
  }
  Digest digest(const char* name, const Json* object = nullptr) {
    return take(digest_from_text(text(name, object)));
  }
  Time time(const char* name) { return take(from_rfc3339(text(name))); }
  std::uint64_t number(const char* name, const Json* object = nullptr) {
    return take(json_uint(object ? *object : predicate, name, "predicate"));
  }
  const Json* object(const char* name) {
    auto found = json_object(predicate, name, "predicate");
    if (found.ok()) return *found;
    fail(found.error());
    return &predicate;
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const auto array = json_array(predicate, name, "predicate");
    if (!array.ok()) {
      fail(array.error());
      return out;
    }
    for (const Json& each : **array) {
      if (!each.is_string()) fail(invalid(fmt::format("predicate.{}: expected texts", name)));
      out.push_back(each.is_string() ? each.get<std::string>() : "");
    }
    return out;
  }
  template <class T>
  T take(Result<T> result) {
    if (result.ok()) return std::move(*result);
    fail(result.error());
    return T{};
  }
  void fail(const Error& error) {
    if (!problem) problem = error;
  }
};

fb::Stage parse_stage(std::string_view text) {
  if (text == "Staging") return fb::Stage::Staging;
  return text == "Approved" ? fb::Stage::Approved : fb::Stage::None;
}

Refusal refuse(std::string rule, std::string reason) {
  return {std::move(rule), std::move(reason)};
}

bool names_model(std::string_view asked, const std::string& ref) {
  if (asked == ref) return true;
  const auto alias = parse_serving_alias(asked);
  const auto reference = parse_reference(ref);
  return alias.ok() && reference.ok() && reference->name() == *alias;
}

}  // namespace

std::string Permit::manifest_url() const {
  const std::size_t slash = ref.find('/'), colon = ref.find(':');
  if (slash == std::string::npos || colon == std::string::npos || colon < slash) return "";
  return fmt::format("/v1/versions/{}/{}/{}/manifest", ref.substr(0, slash),
                     ref.substr(slash + 1, colon - slash - 1), ref.substr(colon + 1));
}

std::string write_permit(const Permit& permit) {
  using namespace fmt::literals;
  std::string uris;
  for (const std::string& uri : permit.artifact_uris) {
    if (!uris.empty()) uris += ',';
    uris += json_text(uri);
  }
  const std::string issued = to_rfc3339(permit.issued_at);
  const std::string_view stage = fb::EnumNameStage(permit.stage);
  return fmt::format(
      kForm, "uris"_a = uris, "audience"_a = json_text(permit.audience),
      "environment"_a = identity::environment_name(permit.environment),
      "evidence"_a = permit.evidence_root.hex(), "issued"_a = issued,
      "genesis"_a = permit.ledger.genesis.hex(), "origin"_a = json_text(permit.ledger.origin),
      "manifest"_a = permit.manifest_url(), "model"_a = permit.model_digest.hex(),
      "nonce"_a = permit.nonce, "not_after"_a = to_rfc3339(permit.not_after),
      "policy"_a = permit.policy_digest.hex(), "ref"_a = permit.ref,
      "root"_a = permit.seen.root.hex(), "size"_a = permit.seen.size,
      "sequence"_a = permit.sequence, "stage"_a = stage, "level"_a = verified_level(stage),
      "verifier"_a = json_text(verifier_id(permit.ledger.origin)));
}

Result<Permit> parse_permit(std::string_view payload) {
  Z5_TRY(const Json statement, parse_json(payload, limits::kMaxBundle));
  Z5_TRY(const Json* predicate, json_object(statement, "predicate", "statement"));
  Fields fields{*predicate};
  Permit permit;
  const Json* ledger = fields.object("ledger");
  permit.ledger = {fields.text("origin", ledger), fields.digest("genesis", ledger)};
  const Json* seen = fields.object("seen");
  permit.seen = {fields.number("size", seen), fields.digest("root", seen)};
  permit.sequence = fields.number("sequence");
  permit.ref = fields.text("ref");
  permit.stage = parse_stage(fields.text("stage"));
  permit.environment = fields.take(identity::parse_environment(fields.text("environment")));
  permit.audience = fields.text("audience");
  permit.nonce = fields.text("nonce");
  permit.issued_at = fields.time("issued_at");
  permit.not_after = fields.time("not_after");
  permit.model_digest = fields.digest("model_digest");
  permit.policy_digest = fields.digest("policy_digest");
  const auto inputs = json_array(*predicate, "inputAttestations", "predicate");
  if (inputs.ok() && (*inputs)->size() == 1 && (**inputs)[0].is_object()) {
    const auto digest = json_object((**inputs)[0], "digest", "inputAttestations");
    if (digest.ok()) {
      permit.evidence_root = fields.take(digest_from_hex(fields.text("sha256", *digest)));
    }
  }
  permit.artifact_uris = fields.texts("artifact_uris");
  if (fields.problem) return *fields.problem;
  Z5_TRY(const Reference reference, parse_reference(permit.ref));
  // The fields that only repeat others, their order and their spelling: there is one text.
  if (write_permit(permit) != payload) return invalid("permit: not in its one form");
  return permit;
}

bool loadable(fb::Stage stage, fb::Environment environment) {
  if (environment == fb::Environment::None) return false;
  if (stage == fb::Stage::Approved) return true;
  return stage == fb::Stage::Staging && environment != fb::Environment::Production;
}

Verdict<Permit> verify_permit(std::string_view bundle, const PermitBindings& bindings) {
  auto payload = open_bundle(bundle, bindings.services);
  if (!payload.ok()) return payload.error();
  const auto json = parse_json(*payload, limits::kMaxBundle);
  const bool typed =
      json.ok() && json->is_object() && json->value("predicateType", Json()) == kPermitType;
  if (!typed)
    return refuse("permit-type", fmt::format("the signed document is no {}", kPermitType));
  auto permit = parse_permit(*payload);
  if (!permit.ok()) return refuse("permit-malformed", permit.error().message);

  if (permit->ledger != bindings.ledger) {
    return refuse("permit-ledger", fmt::format("it is of ledger {} ({})", permit->ledger.origin,
                                               permit->ledger.genesis.text()));
  }
  if (!names_model(bindings.model, permit->ref)) {
    return refuse("permit-ref", fmt::format("it is for {}", permit->ref));
  }
  if (permit->nonce != bindings.nonce) return refuse("permit-nonce", "it answers another request");
  if (bindings.audience && permit->audience != *bindings.audience) {
    return refuse("permit-audience", fmt::format("it is for audience '{}'", permit->audience));
  }
  if (bindings.environment && permit->environment != *bindings.environment) {
    return refuse(
        "permit-environment",
        fmt::format("it is for environment '{}'", identity::environment_name(permit->environment)));
  }
  if (!loadable(permit->stage, permit->environment)) {
    return refuse("permit-stage",
                  fmt::format("{} is not loaded in {}", fb::EnumNameStage(permit->stage),
                              identity::environment_name(permit->environment)));
  }
  if (std::find(bindings.policies.begin(), bindings.policies.end(), permit->policy_digest) ==
      bindings.policies.end()) {
    return refuse("permit-policy",
                  fmt::format("policy {} is not held here", permit->policy_digest.text()));
  }
  if (permit->issued_at > bindings.now + bindings.skew) {
    return refuse("permit-not-yet", fmt::format("issued at {}", to_rfc3339(permit->issued_at)));
  }
  if (bindings.now >= permit->not_after || permit->not_after <= permit->issued_at) {
    return refuse("permit-expired", fmt::format("until {}", to_rfc3339(permit->not_after)));
  }
  return std::move(*permit);
}

}  // namespace z5::verify
