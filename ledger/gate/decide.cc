// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/decide.h"

#include <fmt/format.h>

#include <set>

#include "ledger/gate/policy_input.h"
#include "ledger/gate/ruling.h"

namespace z5::gate {
namespace {

using identity::Kind;
using identity::SubjectOf;

void remember(const policy::Decision& asked, fb::DecisionT& decision) {
  decision.policy = asked.policy;
  decision.input = asked.input;
  decision.engine = asked.engine;
}

}  // namespace

evidence::Data evidence_data(Bundles& bundles, const Digest& registry) {
  evidence::Data data;
  const auto bundle = bundles.find(registry);
  if (!bundle.ok()) return data;
  const Json& settings = (*bundle)->settings();
  if (settings.contains("blocking_severities") && settings["blocking_severities"].is_array()) {
    data.blocking_severities.clear();
    for (const Json& severity : settings["blocking_severities"]) {
      if (severity.is_string()) data.blocking_severities.insert(severity.get<std::string>());
    }
  }
  return data;
}

Verdict<policy::Decision> authorise(Bundles& bundles, const Digest& authz,
                                    const identity::Actor& actor, std::string_view action,
                                    const AuthorisationScope& scope) {
  policy::Decision asked =
      bundles.ask(policy::Package::Authz, authz,
                  authz_input(actor, action, scope.tenant, scope.model, scope.labels,
                              scope.quorum_needed, scope.quorum_have));
  if (!asked.allowed) return Refusal{"not-authorised", "not authorised"};
  return asked;
}

evidence::Collected collect(const State& state, const Version& version, const Evidenced& evidenced,
                            Bundles& bundles, Time now) {
  std::vector<evidence::Submitted> documents = evidenced.documents();
  for (evidence::Submitted& document : documents) {
    if (!document.first_recorded.is_set()) document.first_recorded = now;
  }
  return collect(state, version, documents, bundles, state.policies()->registry, now);
}

evidence::Collected collect(const State& state, const Version& version,
                            std::span<const evidence::Submitted> documents, Bundles& bundles,
                            const Digest& registry, Time now) {
  const evidence::Version about{.ref = version.ref,
                                .model_digest = version.model_digest,
                                .run_id = version.run_id,
                                .dataset = version.dataset,
                                .container_digest = version.container_digest};
  return evidence::collect_facts(
      about, documents,
      signers_for(*state.actors(), state.trust(), version.reference().tenant, now),
      evidence_data(bundles, registry));
}

Expected<Decided, Refused> decide(const DecideInput& input) { return Ruling(input).run(); }

std::vector<std::string> Ruling::signers_with(std::string_view role, std::string_view scope) const {
  std::set<std::string> persons;
  const auto add = [&](const identity::Actor& signer) {
    const identity::Actor* now = actors_->find(signer.id);
    if (now != nullptr && !now->person.empty() && now->has_role(role, scope))
      persons.insert(now->person);
  };
  add(author());
  for (const identity::Actor& cosigner : in_.authentic.cosigners()) add(cosigner);
  return {persons.begin(), persons.end()};
}

bool Ruling::author_holds() {
  const auto holds = [&](const identity::Actor& actor) {
    const identity::Actor* now = actors_->find(actor.id);
    if (now == nullptr || !now->active()) {
      refuse("actor-retired", fmt::format("actor {} is retired", actor.id));
      return false;
    }
    if (now->key) return true;
    const auto may = identity::may_speak(in_.authentic.grounds(actor.id), now->identity,
                                         *in_.state.trust(), in_.now);
    if (!may.ok()) refuse(may.error().rule, may.error().reason);
    return may.ok();
  };
  bool all = holds(author());
  for (const identity::Actor& cosigner : in_.authentic.cosigners()) all = holds(cosigner) && all;
  return all;
}

bool Ruling::authorised() {
  const bool about_version = command().about_version();
  const Reference reference = about_version ? command().reference() : Reference{};
  const identity::KindRules& rules = identity::rules_of(command().kind);
  std::size_t needed = rules.quorum ? in_.state.quorum().admin : 1;
  std::size_t have = 1;
  if (rules.quorum) have = signers_with("admin", "*").size();
  if (command().kind == Kind::LiftQuarantine) {
    needed = 2;
    have = signers_with("revoker", reference.tenant).size();
  }
  // The floor: whatever the authz bundle says, a quorum is a quorum.
  const identity::Actor* now = actors_->find(author().id);
  auto asked =
      authorise(in_.bundles, policies_->authz, *now, identity::kind_text(command().kind),
                {reference.tenant, about_version ? reference.name() : "", {}, needed, have});
  if (asked.ok()) remember(*asked, decided_.decision_);
  if (!asked.ok()) refuse_all({asked.error()});
  if ((rules.quorum || command().kind == Kind::LiftQuarantine) && have < needed) {
    refuse("quorum", fmt::format("{} persons with the role must sign, {} did", needed, have));
  }
  return refusals_.empty();
}

bool Ruling::version_matches() {
  version_ = in_.state.version(command().ref);
  if (command().kind == Kind::Submit) {
    if (version_) {
      conflict_ = true;
      refuse("version-exists", fmt::format("{} exists; versions never change", command().ref));
    }
    return !version_;
  }
  if (!version_) {
    refuse("unknown-version", fmt::format("{} was never submitted", command().ref));
    return false;
  }
  if (command().subject != version_->model_digest) {
    refuse("model-digest",
           fmt::format("the command names another model than {} has", command().ref));
  }
  if (version_->stage == fb::Stage::Revoked)
    refuse("revoked", fmt::format("{} is Revoked", command().ref));
  return refusals_.empty();
}

void Ruling::ask(policy::Package package, const Json& input, const evidence::Collected* collected) {
  const policy::Decision asked = in_.bundles.ask(package, policies_->registry, input);
  remember(asked, decided_.decision_);
  if (asked.allowed) return;
  refuse_all(asked.reasons);
  if (collected == nullptr) return;
  for (const evidence::Note& note : collected->notes) {
    refuse(note.rule, fmt::format("{} {}: {}", note.kind, note.digest.text(), note.reason));
  }
}

evidence::Collected Ruling::facts_of(const Version& version) const {
  return collect(in_.state, version, in_.evidenced, in_.bundles, in_.now);
}

Expected<Decided, Refused> Ruling::run() {
  if (author_holds() && authorised() && (!command().about_version() || version_matches())) {
    switch (command().kind) {
      case Kind::Submit:
        submit();
        break;
      case Kind::Attach:
        attach();
        break;
      case Kind::Annotate:
        annotate();
        break;
      case Kind::Label:
        label();
        break;
      case Kind::Stage:
        stage();
        break;
      case Kind::Approve:
        approve();
        break;
      case Kind::WithdrawApproval:
        withdraw_approval();
        break;
      case Kind::Promote:
        promote();
        break;
      case Kind::Rebind:
        rebind();
        break;
      case Kind::Quarantine:
        quarantine();
        break;
      case Kind::LiftQuarantine:
        lift_quarantine();
        break;
      case Kind::Revoke:
        revoke();
        break;
      case Kind::EnrollActor:
        enroll_actor();
        break;
      case Kind::RetireActor:
        retire_actor();
        break;
      case Kind::SetQuorum:
        set_quorum();
        break;
      case Kind::ActivatePolicy:
        activate_policy();
        break;
      case Kind::SetTrustRoot:
        set_trust_root();
        break;
    }
  }
  if (refusals_.empty()) {
    Z5_ASSERT(!decided_.events_.empty());
    return std::move(decided_);
  }
  fb::DecisionT decision = decided_.decision_;
  std::set<std::string> rules;
  for (const Refusal& refusal : refusals_) {
    if (rules.size() < 8 && rules.insert(refusal.rule).second)
      decision.rules.push_back(refusal.rule);
  }
  return Refused{conflict_, std::move(refusals_), std::move(decision)};
}

}  // namespace z5::gate
