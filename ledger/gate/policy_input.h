// SPDX-License-Identifier: Apache-2.0
// The questions that the gate asks policy, in the seed's names (schemas/inputs/*.json). Pure.
#pragma once

#include <span>
#include <string_view>

#include "ledger/evidence/facts.h"
#include "ledger/gate/state.h"
#include "ledger/identity/actor.h"
#include "schemas/json.h"

namespace z5::gate {

struct GateQuestion {
  const Version& version;  // its stage is stage_from
  const Json& facts;
  fb::Stage stage_to;
  bool policy_bound;  // the bundle that it is bound to is not withdrawn, and held
  Time now;
};
// registry.accept and registry.stage: the facts' members at top level, `facts`, and what is asked
// about.
Json gate_input(const GateQuestion& question);
// registry.promote: the same, the approvals that count, and the ticket.
Json promote_input(const GateQuestion& question, std::span<const Approval* const> approvals,
                   const Json& ticket);
// registry.revoke
Json revoke_input(const Version& version, const identity::Actor& author, std::string_view reason,
                  Time now);

struct DownloadQuestion {
  const Version& version;
  const Json& facts;
  fb::Environment environment;
  bool revoked;           // Revoked, or resting on a void key
  Digest runtime_policy;  // the member of the consumer's list that equals the bound digest; zeros =
                          // none
  Time now;
};
// registry.download; `now` is cut to the minute, so that equal questions memoise.
Json download_input(const DownloadQuestion& question);

// registry.authz; holds no ids and no time, so that equal questions memoise.
Json authz_input(const identity::Actor& actor, std::string_view action, std::string_view tenant,
                 std::string_view model, const std::vector<std::string>& labels,
                 std::size_t quorum_needed, std::size_t quorum_have);

std::string_view stage_name(fb::Stage stage);  // "Candidate", ...; "none"

}  // namespace z5::gate
