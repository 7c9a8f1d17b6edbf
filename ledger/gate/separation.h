// SPDX-License-Identifier: Apache-2.0
// Four eyes and separation of duties: the floor that no policy lowers (R72, R73). Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ledger/gate/state.h"
#include "ledger/identity/actor.h"

namespace z5::gate {

// Persons who may not approve or promote `version`: those behind any counted fact (submitter,
// signers, attachers, hold lifters), who enrolled a signer or submitter behind it, or who activated
// the policy. `persons` = those of the facts. Sorted, each once.
std::vector<std::string> persons_behind(const Version& version,
                                        std::span<const std::string> persons,
                                        const identity::Actors& actors, const Policies& policies);

// Persons who enrolled an approver of `tenant`; they may not approve there.
std::vector<std::string> enrollers_of_approvers(const identity::Actors& actors,
                                                std::string_view tenant);

// Refusals of an approval by `approver` in `role`: approver-not-person, separation-of-duties,
// enrolled-an-approver, approved-already.
std::vector<Refusal> check_approver(const Version& version, const identity::Actor& approver,
                                    fb::ApprovalRole role, std::span<const std::string> persons,
                                    const identity::Actors& actors, const Policies& policies);

// The live approvals that hold for exactly this field of view and ticket.
std::vector<const Approval*> counting_approvals(const Version& version,
                                                const fb::ApprovalGrantedT& view);

// Refusals of a promotion: four-eyes (not one security and one product approval by two persons),
// promoter-approved, promoter-submitted.
std::vector<Refusal> check_promoter(const Version& version, const identity::Actor& promoter,
                                    std::span<const Approval* const> approvals,
                                    const identity::Actors& actors);

}  // namespace z5::gate
