// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/separation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace z5::gate {
namespace {

bool contains(std::span<const std::string> sorted, const std::string& person) {
  return !person.empty() && std::binary_search(sorted.begin(), sorted.end(), person);
}

std::string_view role_name(fb::ApprovalRole role) {
  return role == fb::ApprovalRole::Security ? "security" : "product";
}

}  // namespace

std::vector<std::string> persons_behind(const Version& version,
                                        std::span<const std::string> persons,
                                        const identity::Actors& actors, const Policies& policies) {
  std::set<std::string> out(persons.begin(), persons.end());
  out.insert(version.persons.begin(), version.persons.end());
  out.insert(policies.authors.begin(), policies.authors.end());
  for (const auto& [id, actor] : actors.all()) {
    const bool behind =
        id == version.submitter ||
        (!actor.person.empty() && out.contains(actor.person) && actor.use == fb::KeyUse::Attest);
    if (behind) out.insert(actor.enrolled_by.begin(), actor.enrolled_by.end());
  }
  out.erase("");
  return {out.begin(), out.end()};
}

std::vector<std::string> enrollers_of_approvers(const identity::Actors& actors,
                                                std::string_view tenant) {
  std::set<std::string> out;
  for (const auto& [id, actor] : actors.all()) {
    if (actor.has_role("security-approver", tenant) || actor.has_role("product-approver", tenant)) {
      out.insert(actor.enrolled_by.begin(), actor.enrolled_by.end());
    }
  }
  return {out.begin(), out.end()};
}

std::vector<Refusal> check_approver(const Version& version, const identity::Actor& approver,
                                    fb::ApprovalRole role, std::span<const std::string> persons,
                                    const identity::Actors& actors, const Policies& policies) {
  std::vector<Refusal> refusals;
  if (approver.person.empty()) {
    refusals.push_back(
        {"approver-not-person", fmt::format("actor {}: only persons approve", approver.id)});
  }
  const std::string tenant = version.reference().tenant;
  if (!approver.has_role(fmt::format("{}-approver", role_name(role)), tenant)) {
    refusals.push_back({"not-authorised", "not authorised"});
  }
  if (contains(persons_behind(version, persons, actors, policies), approver.person)) {
    refusals.push_back(
        {"separation-of-duties",
         fmt::format("person {} stands behind the evidence, the submission or the policy",
                     approver.person)});
  }
  if (contains(enrollers_of_approvers(actors, tenant), approver.person)) {
    refusals.push_back(
        {"enrolled-an-approver", fmt::format("person {} enrolled an approver", approver.person)});
  }
  for (const Approval& approval : version.approvals) {
    if (approval.view.person != approver.person) continue;
    const bool same = approval.view.role == role;
    refusals.push_back({same ? "approved-already" : "separation-of-duties",
                        fmt::format("person {} approved as {} already", approver.person,
                                    role_name(approval.view.role))});
  }
  return refusals;
}

std::vector<const Approval*> counting_approvals(const Version& version,
                                                const fb::ApprovalGrantedT& view) {
  std::vector<const Approval*> out;
  for (const Approval& approval : version.approvals) {
    const fb::ApprovalGrantedT& signed_view = approval.view;
    if (signed_view.model_digest == view.model_digest &&
        signed_view.evidence_root == view.evidence_root && signed_view.facts == view.facts &&
        signed_view.policy == view.policy && signed_view.ticket == view.ticket &&
        signed_view.stage_to == view.stage_to && signed_view.engine == view.engine) {
      out.push_back(&approval);
    }
  }
  return out;
}

std::vector<Refusal> check_promoter(const Version& version, const identity::Actor& promoter,
                                    std::span<const Approval* const> approvals,
                                    const identity::Actors& actors) {
  std::vector<Refusal> refusals;
  std::set<std::string> security, product;
  for (const Approval* approval : approvals) {
    const identity::Actor* approver = actors.find(approval->actor);
    Z5_ASSERT(approver != nullptr);  // it approved, so it was enrolled
    const bool compromised =
        !approver->active() && approver->retire_reason == fb::RetireReason::Compromise;
    if (compromised) continue;
    (approval->view.role == fb::ApprovalRole::Security ? security : product)
        .insert(approval->view.person);
    if (approval->actor == promoter.id ||
        (!promoter.person.empty() && approval->view.person == promoter.person)) {
      refusals.push_back({"promoter-approved", "whoever approved may not promote"});
    }
  }
  const bool two =
      !security.empty() && !product.empty() &&
      !(security.size() == 1 && product.size() == 1 && *security.begin() == *product.begin());
  if (!two) {
    refusals.push_back(
        {"four-eyes",
         fmt::format("one security and one product approval by two persons are needed for this "
                     "evidence, policy and ticket; {} and {} hold",
                     security.size(), product.size())});
  }
  const identity::Actor* submitter = actors.find(version.submitter);
  if (version.submitter == promoter.id ||
      (submitter != nullptr && !promoter.person.empty() && submitter->person == promoter.person)) {
    refusals.push_back({"promoter-submitted", "whoever submitted may not promote"});
  }
  return refusals;
}

}  // namespace z5::gate
