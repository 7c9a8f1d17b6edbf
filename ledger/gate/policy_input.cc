// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/policy_input.h"

namespace z5::gate {
namespace {

Json about(const Version& version, Time now) {
  const Reference reference = version.reference();
  return {{"ref", version.ref},
          {"tenant", reference.tenant},
          {"model", reference.name()},
          {"run_id", version.run_id},
          {"container_digest",
           version.container_digest.is_zero() ? "" : version.container_digest.text()},
          {"now", to_rfc3339(now)}};
}

// The seed's names stand at top level, copied from the facts.
void lift(const Json& facts, std::initializer_list<const char*> names, Json& input) {
  for (const char* name : names) input[name] = facts[name];
  input["facts"] = facts;
}

}  // namespace

std::string_view stage_name(fb::Stage stage) {
  return stage == fb::Stage::None ? "none" : fb::EnumNameStage(stage);
}

Json gate_input(const GateQuestion& question) {
  Json input = about(question.version, question.now);
  lift(
      question.facts,
      {"security_decision", "signatures", "attestation", "sbom", "model_card", "dataset", "canary"},
      input);
  input["stage_from"] = stage_name(question.version.stage);
  input["stage_to"] = stage_name(question.stage_to);
  input["policies"] = {{"bound", question.policy_bound}};
  return input;
}

Json promote_input(const GateQuestion& question, std::span<const Approval* const> approvals,
                   const Json& ticket) {
  Json input = gate_input(question);
  input["ticket"] = ticket;
  input["approvals"] = Json::array();
  for (const Approval* approval : approvals) {
    const bool security = approval->view.role == fb::ApprovalRole::Security;
    input["approvals"].push_back({{"role", security ? "security" : "product"},
                                  {"person", approval->view.person},
                                  {"actor", approval->actor}});
  }
  return input;
}

Json revoke_input(const Version& version, const identity::Actor& author, std::string_view reason,
                  Time now) {
  Json input = about(version, now);
  input["stage"] = stage_name(version.stage);
  input["reason"] = reason;
  input["actor"] = {{"kind", identity::kind_name(author.kind)}, {"roles", author.roles}};
  return input;
}

Json download_input(const DownloadQuestion& question) {
  constexpr std::int64_t kMinute = 60'000'000'000;
  Json input = about(question.version, Time{question.now.ns / kMinute * kMinute});
  lift(question.facts, {"signatures", "attestation"}, input);
  input["stage"] = stage_name(question.version.stage);
  input["environment"] = identity::environment_name(question.environment);
  input["revoke"] = question.revoked;
  input["hold"] = question.version.hold.has_value();
  input["policy_digest"] = question.version.policy.text();
  input["runtime"] = {
      {"policy_digest", question.runtime_policy.is_zero() ? "" : question.runtime_policy.text()}};
  return input;
}

Json authz_input(const identity::Actor& actor, std::string_view action, std::string_view tenant,
                 std::string_view model, const std::vector<std::string>& labels,
                 std::size_t quorum_needed, std::size_t quorum_have) {
  return {{"action", action},
          {"tenant", tenant},
          {"model", model},
          {"labels", labels},
          {"actor",
           {{"kind", identity::kind_name(actor.kind)},
            {"use", identity::use_name(actor.use)},
            {"person", actor.person},
            {"roles", actor.active() ? actor.roles : std::vector<std::string>()},
            {"attributes", actor.attributes},
            {"audience", actor.audience},
            {"environment", identity::environment_name(actor.environment)}}},
          {"quorum", {{"needed", quorum_needed}, {"have", quorum_have}}}};
}

}  // namespace z5::gate
