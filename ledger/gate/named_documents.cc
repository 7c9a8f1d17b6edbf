// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/named_documents.h"

#include "ledger/policy/bundle.h"

namespace z5::gate {
namespace {

void add(std::vector<Digest>& to, const std::vector<std::unique_ptr<fb::DocumentT>>& documents) {
  for (const auto& document : documents) to.push_back(document->digest);
}

Status add_bundle(std::vector<Digest>& to, const Digest& bundle, const log::EvidenceStore& store) {
  if (bundle.is_zero()) return Done{};
  Z5_TRY([[maybe_unused]] const policy::Bundle whole,
         policy::bundle_from_store(bundle, [&](const Digest& part) {
           to.push_back(part);
           return store.get(part);
         }));
  return Done{};
}

}  // namespace

Result<std::vector<Digest>> named_documents(const Entry& entry, const log::EvidenceStore& store) {
  std::vector<Digest> named;
  if (const auto* submitted = event_if<fb::VersionSubmittedT>(entry)) {
    add(named, submitted->documents);
  } else if (const auto* attached = event_if<fb::EvidenceAttachedT>(entry)) {
    add(named, attached->documents);
  } else if (const auto* approved = event_if<fb::ApprovalGrantedT>(entry)) {
    named = {approved->ticket};
  } else if (const auto* promoted = event_if<fb::VersionPromotedT>(entry)) {
    named = {promoted->ticket};
  } else if (const auto* release = event_if<fb::ReleasePublishedT>(entry)) {
    named = {release->release_manifest, release->policy_snapshot, release->release_notes,
             release->dashboards_links};
  } else if (const auto* root = event_if<fb::TrustRootSetT>(entry)) {
    named = {root->document};
  } else if (const auto* drift = event_if<fb::DriftDetectedT>(entry)) {
    if (store.has(drift->report)) named = {drift->report};
  } else if (const auto* policy = event_if<fb::PolicyActivatedT>(entry)) {
    Z5_CHECK(add_bundle(named, policy->registry, store));
    Z5_CHECK(add_bundle(named, policy->authz, store));
  }
  std::erase_if(named, [](const Digest& digest) { return digest.is_zero(); });
  return named;
}

}  // namespace z5::gate
