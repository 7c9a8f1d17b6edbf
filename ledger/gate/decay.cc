// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/decay.h"

#include <algorithm>
#include <set>

#include "ledger/gate/decide.h"
#include "ledger/gate/policy_input.h"

namespace z5::gate {
namespace {

// A promotion's question without ticket and approvals: those rules refuse whatever the evidence is.
Json no_ticket() {
  return {
      {"id", ""}, {"window", {{"start", ""}, {"end", ""}}}, {"rollback_plan", ""}, {"impact", ""}};
}

std::set<std::string> rules_of(const policy::Decision& decision) {
  std::set<std::string> rules;
  for (const Refusal& reason : decision.reasons) rules.insert(reason.rule);
  return rules;
}

}  // namespace

Decay decay_of(const State& state, const Version& version, const Evidenced& evidenced,
               Bundles& bundles, Time now) {
  Decay decay;
  const bool approved = version.stage == fb::Stage::Approved;
  if (!approved && version.stage != fb::Stage::Staging) return decay;
  const auto ask = [&](const std::vector<evidence::Submitted>& documents) {
    const evidence::Collected collected =
        collect(state, version, documents, bundles, version.policy, now);
    const GateQuestion question{version, collected.facts, version.stage,
                                bundles.holds(version.policy), now};
    return approved ? bundles.ask(policy::Package::Promote, version.policy,
                                  promote_input(question, {}, no_ticket()))
                    : bundles.ask(policy::Package::Accept, version.policy, gate_input(question));
  };
  std::vector<evidence::Submitted> documents = evidenced.documents(), held;
  for (evidence::Submitted& document : documents) {
    if (document.first_recorded.is_set())
      held.push_back(document);
    else
      document.first_recorded = now;
  }
  const std::set<std::string> before = rules_of(ask(held));
  decay.decision = ask(documents);
  const std::set<std::string> after = rules_of(decay.decision);
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(decay.rules));
  if (const auto bundle = bundles.find(version.policy); bundle.ok()) {
    const auto setting = json_string((*bundle)->settings(), "on_decay", "settings");
    decay.quarantine = setting.ok() && *setting == "quarantine";
  }
  return decay;
}

}  // namespace z5::gate
