// SPDX-License-Identifier: Apache-2.0
// The read path, top to bottom: who asks, for what, is it true today, does policy permit, sign,
// remember. A missing answer anywhere is a no.
#include "consumers/permit/permit.h"

#include <fmt/format.h>

#include <algorithm>

#include "consumers/permit/access.h"
#include "consumers/permit/reverify.h"
#include "consumers/verify/statement.h"
#include "ledger/gate/decide.h"
#include "ledger/gate/policy_input.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::permit {
namespace {

using verify::Permit;

NoPermit cannot_say(Error error) { return {{}, std::move(error)}; }
NoPermit no(std::vector<Refusal> refusals) { return {std::move(refusals), {}}; }
// The same for what does not exist and for what the caller may not see.
NoPermit not_authorised() { return no({{"not-authorised", "not authorised"}}); }

// One reason a rule; the floor's words come first.
void add_new(std::vector<Refusal>& refusals, const std::vector<Refusal>& more) {
  for (const Refusal& refusal : more) {
    const auto same = [&](const Refusal& other) { return other.rule == refusal.rule; };
    if (std::none_of(refusals.begin(), refusals.end(), same)) refusals.push_back(refusal);
  }
}

// The member of the consumer's list that the version is bound to; zeros when it does not hold it.
// It is never filled in here: equality is the consumer's to have (R141).
Digest held_policy(const gate::Version& version, const PermitRequest& asked) {
  const auto& held = asked.policies;
  return std::find(held.begin(), held.end(), version.policy) == held.end() ? Digest{}
                                                                           : version.policy;
}

// What no policy can lower.
std::vector<Refusal> floor_of(const gate::Version& version, const identity::Actor& actor,
                              const gate::Policies& policies, const Digest& runtime_policy) {
  std::vector<Refusal> refusals;
  const std::string_view stage = gate::stage_name(version.stage);
  if (version.stage == fb::Stage::Revoked) {
    refusals.push_back({"revoked", fmt::format("{} is Revoked", version.ref)});
  } else if (version.stage != fb::Stage::Staging && version.stage != fb::Stage::Approved) {
    refusals.push_back({"stage", fmt::format("{} is {}", version.ref, stage)});
  } else if (!verify::loadable(version.stage, actor.environment)) {
    refusals.push_back({"environment", fmt::format("{} versions are not loaded in {}", stage,
                                                   identity::environment_name(actor.environment))});
  }
  if (version.hold) refusals.push_back({"hold", fmt::format("{} is in quarantine", version.ref)});
  if (policies.withdrawn.contains(version.policy)) {
    refusals.push_back(
        {"policy-withdrawn", fmt::format("policy {} was withdrawn", version.policy.text())});
  }
  if (runtime_policy.is_zero()) {
    refusals.push_back({"policy-digest",
                        fmt::format("the runtime does not hold policy {}", version.policy.text())});
  }
  return refusals;
}

// The same for the evidence: what was verified again must still carry the model.
std::vector<Refusal> floor_of(const Reverified& evidence) {
  std::vector<Refusal> refusals;
  const Json& facts = evidence.collected.facts;
  const bool signed_model = facts["signatures"]["model_valid"] == true;
  const bool attested = facts["attestation"]["present"] == true;
  if (evidence.signer_void) refusals.push_back({"revoked", "the model's signer is void"});
  if (!signed_model) refusals.push_back({"model-signature", "no valid signature of the model"});
  if (!attested) refusals.push_back({"attestation", "no attestation of the provenance"});
  for (const evidence::Note& note : evidence.collected.notes) {
    const bool matters = (note.kind == "signature" && !signed_model) ||
                         (note.kind == "attestation" && !attested) ||
                         (note.kind == "manifest" && !signed_model);
    if (!matters) continue;
    refusals.push_back(
        {note.rule, fmt::format("{} {}: {}", note.kind, note.digest.text(), note.reason)});
  }
  return refusals;
}

bool may_be_kept(const policy::Decision& decision) {
  return std::none_of(decision.reasons.begin(), decision.reasons.end(), [](const Refusal& reason) {
    return reason.rule == "policy-error" || reason.rule == "policy-timeout";
  });
}

}  // namespace

struct Permits::Asking {
  const std::string& caller;
  const PermitRequest& asked;
  const projections::View& view;
  Time now;
  std::shared_ptr<const gate::Version> version = nullptr;  // once the caller may know of it
};

Permits::Permits(Settings settings, const projections::Projector& projector, gate::Bundles& bundles,
                 const log::EvidenceStore& store, DecisionLog& decisions)
    : settings_(std::move(settings)),
      key_digest_(settings_.key.public_key().digest()),
      projector_(projector),
      bundles_(bundles),
      store_(store),
      decisions_(decisions),
      rulings_(limits::kRulingMemo),
      permissions_(limits::kRulingMemo) {}

Expected<std::string, NoPermit> Permits::answer(const std::string& caller,
                                                const PermitRequest& asked) {
  const auto view = fresh_view(projector_, settings_.max_lag);
  if (!view.ok()) return cannot_say(view.error());
  if (asked.min_sequence >= view->head().size() && asked.min_sequence != 0) {
    return cannot_say(
        unavailable(fmt::format("entry {} has not arrived here yet", asked.min_sequence)));
  }
  if (auto holds = service_key_holds(view->ledger()); !holds.ok()) return cannot_say(holds.error());
  if (auto takes = decisions_.writable(); !takes.ok()) return cannot_say(takes.error());

  Asking asking{caller, asked, *view, settings_.clock()};
  const auto permit = judge(asking);
  if (!permit.ok()) {
    if (permit.error().refusals.empty()) return permit.error();
    std::string rules;
    for (const Refusal& refusal : permit.error().refusals) {
      rules += fmt::format("{}\"{}\"", rules.empty() ? "" : ",", refusal.rule);
    }
    if (auto kept = record(asking, rules, ""); !kept.ok()) return cannot_say(kept.error());
    return permit.error();
  }
  std::string bundle = keys::sign_bundle(verify::write_permit(*permit), settings_.key);
  if (auto kept = record(asking, "", bundle); !kept.ok()) return cannot_say(kept.error());
  return bundle;
}

Expected<Permit, NoPermit> Permits::judge(Asking& asking) {
  const projections::LedgerView& ledger = asking.view.ledger();
  Z5_TRY(const identity::Actor* actor, serving_actor(asking));
  Z5_TRY(asking.version, authorised_version(asking, *actor));
  const gate::Version& version = *asking.version;

  const Digest runtime_policy = held_policy(version, asking.asked);
  std::vector<Refusal> refusals = floor_of(version, *actor, *ledger.policies, runtime_policy);
  Z5_TRY(const std::shared_ptr<const Ruling> ruling, rule(asking, version, *actor, runtime_policy));
  add_new(refusals, ruling->refusals);
  if (!refusals.empty()) return no(std::move(refusals));

  return Permit{.ledger = ledger.name,
                .seen = {ledger.head.size(), ledger.head.tree.root()},
                .sequence = version.changed,
                .ref = version.ref,
                .stage = version.stage,
                .environment = actor->environment,
                .audience = actor->audience,
                .nonce = asking.asked.nonce,
                .issued_at = asking.now,
                .not_after = asking.now + settings_.life,
                .model_digest = version.model_digest,
                .policy_digest = runtime_policy,
                .evidence_root = version.evidence_root,
                .artifact_uris = ruling->artifact_uris};
}

// Who asks: an enrolled key for serving, not retired. Audience and environment are the enrolment's.
Expected<const identity::Actor*, NoPermit> Permits::serving_actor(const Asking& asking) const {
  const identity::Actor* actor = active_actor(asking.view.ledger(), asking.caller);
  if (actor == nullptr || actor->use != fb::KeyUse::Serving) return not_authorised();
  return actor;
}

// For what: the version, when registry.authz lets this actor ask for it.
Expected<std::shared_ptr<const gate::Version>, NoPermit> Permits::authorised_version(
    const Asking& asking, const identity::Actor& actor) {
  auto found = find_version(asking.view, asking.asked.model);
  if (!found.ok()) return cannot_say(found.error());
  if (*found == nullptr) return not_authorised();
  const gate::Version& version = **found;
  const projections::LedgerView& ledger = asking.view.ledger();
  Permission permission{actor.id, version.ref, ledger.actors->version(), version.changed,
                        ledger.policies->authz};
  if (permissions_.find(permission)) return std::move(*found);
  const Reference reference = version.reference();
  const std::string model = reference.name();
  const auto allowed = gate::authorise(bundles_, ledger.policies->authz, actor, "permit",
                                       {reference.tenant, model, version.labels, 0, 0});
  if (!allowed.ok()) return not_authorised();
  permissions_.keep(permission, true);
  return std::move(*found);
}

// Is it true today, and does the bundle that the version is bound to permit? Kept for at most
// limits::kMemoLife, under every input; what went wrong is never kept.
Expected<std::shared_ptr<const Ruling>, NoPermit> Permits::rule(const Asking& asking,
                                                                const gate::Version& version,
                                                                const identity::Actor& actor,
                                                                const Digest& runtime_policy) {
  const projections::LedgerView& ledger = asking.view.ledger();
  const auto life = std::chrono::nanoseconds(limits::kMemoLife).count();
  const Question question{
      version.ref,    version.changed, ledger.actors->version(), ledger.trust->digest(),
      version.policy, runtime_policy,  actor.environment,        asking.now.ns / life};
  if (auto known = rulings_.find(question)) return std::move(*known);

  const auto evidence = verify_again(version, ledger, store_, bundles_, asking.now);
  if (!evidence.ok()) return cannot_say(evidence.error());
  const auto annotations = asking.view.annotations(version.ref);
  if (!annotations.ok()) return cannot_say(annotations.error());
  const policy::Decision decision = bundles_.ask(
      policy::Package::Download, version.policy,
      gate::download_input({.version = version,
                            .facts = evidence->collected.facts,
                            .environment = actor.environment,
                            .revoked = version.stage == fb::Stage::Revoked || evidence->signer_void,
                            .runtime_policy = runtime_policy,
                            .now = asking.now}));
  auto ruling = std::make_shared<Ruling>();
  ruling->refusals = floor_of(*evidence);
  add_new(ruling->refusals, decision.reasons);
  ruling->artifact_uris = annotations->artifact_uris;
  // An answer that is not a clear yes is a no, also when it gives no reason.
  if (!decision.allowed && ruling->refusals.empty()) {
    ruling->refusals.push_back({"policy-denied", "registry.download does not permit it"});
  }
  if (may_be_kept(decision)) rulings_.keep(question, ruling);
  return std::shared_ptr<const Ruling>(std::move(ruling));
}

// A service whose key was retired signs nothing any more.
Status Permits::service_key_holds(const projections::LedgerView& ledger) const {
  const identity::Actor* service =
      ledger.actors ? ledger.actors->find_by_key(key_digest_) : nullptr;
  if (service != nullptr && service->active() && service->use == fb::KeyUse::Service) return Done{};
  return unavailable(
      fmt::format("key {} is of no active service actor: enroll it", key_digest_.text()));
}

Status Permits::ready() const {
  Z5_TRY(const projections::View view, fresh_view(projector_, settings_.max_lag));
  Z5_CHECK(service_key_holds(view.ledger()));
  return decisions_.writable();
}

// Every value is a slug, a reference, hex, or goes through json_text; a newline is in none.
Status Permits::record(const Asking& asking, std::string_view rules, std::string_view bundle) {
  const gate::Version* version = asking.version.get();
  return decisions_.add(fmt::format(
      R"("at":"{}","actor":"{}","model":{},"ref":"{}","outcome":"{}","rules":[{}],"nonce":"{}","seen":"{}",)"
      R"("sequence":"{}","policy_digest":"{}","permit":"{}")",
      to_rfc3339(asking.now), asking.caller, verify::json_text(asking.asked.model),
      version ? version->ref : "", bundle.empty() ? "refused" : "permitted", rules,
      asking.asked.nonce, asking.view.head().size(), version ? version->changed : 0,
      version ? version->policy.text() : "", bundle.empty() ? "" : sha256(bundle).text()));
}

Result<PermitRequest> parse_permit_request(std::string_view body) {
  Z5_TRY(const Json json, parse_json(body, limits::kMaxPlainBody));
  Z5_CHECK(json_only_fields(json, {"model", "runtime", "nonce", "min_sequence"}, "request"));
  PermitRequest request;
  Z5_TRY(request.model, json_string(json, "model", "request"));
  if (!parse_reference(request.model).ok() && !parse_serving_alias(request.model).ok()) {
    return invalid("request.model: neither tenant/model:version nor tenant/model@serving");
  }
  Z5_TRY(const Json* runtime, json_object(json, "runtime", "request"));
  Z5_CHECK(json_only_fields(*runtime, {"policy_digests"}, "runtime"));
  Z5_TRY(const Json* digests, json_array(*runtime, "policy_digests", "runtime"));
  if (digests->size() > limits::kMaxRuntimePolicies) {
    return invalid(
        fmt::format("runtime.policy_digests: more than {}", limits::kMaxRuntimePolicies));
  }
  for (const Json& each : *digests) {
    if (!each.is_string()) return invalid("runtime.policy_digests: expected digests");
    Z5_TRY(const Digest digest, digest_from_text(each.get_ref<const std::string&>()));
    request.policies.push_back(digest);
  }
  Z5_TRY(request.nonce, json_string(json, "nonce", "request"));
  const auto nonce = from_hex(request.nonce);
  if (!nonce.ok() || nonce->size() < limits::kMinNonce || nonce->size() > limits::kMaxNonce) {
    return invalid(fmt::format("request.nonce: expected {} to {} random bytes in lower-case hex",
                               limits::kMinNonce, limits::kMaxNonce));
  }
  if (json.contains("min_sequence")) {
    Z5_TRY(request.min_sequence, json_uint(json, "min_sequence", "request"));
  }
  return request;
}

std::size_t Permits::HashQuestion::operator()(const Question& question) const noexcept {
  return std::hash<std::string>{}(question.ref) ^ (question.changed << 1) ^
         std::hash<Digest>{}(question.trust) ^ std::hash<Digest>{}(question.runtime_policy) ^
         static_cast<std::size_t>(question.environment) ^ static_cast<std::size_t>(question.period);
}

std::size_t Permits::HashPermission::operator()(const Permission& permission) const noexcept {
  return std::hash<std::string>{}(permission.actor) ^
         (std::hash<std::string>{}(permission.ref) << 1) ^ permission.actors_version;
}

}  // namespace z5::permit
