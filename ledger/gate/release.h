// SPDX-License-Identifier: Apache-2.0
// The four artefacts that a promotion publishes (R77-R80, R115), content-addressed:
// release_manifest.json, policy_snapshot/ (named by the digest of its manifest text, like a
// bundle), release_notes.md, dashboards_links.json. Pure: the same promotion gives the same bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ledger/evidence/facts.h"
#include "ledger/gate/state.h"
#include "ledger/policy/bundle.h"

namespace z5::gate {

struct Release {
  const Version& version;  // as it was before the promotion
  const Json& facts;
  std::span<const Approval* const> approvals;
  const std::vector<evidence::Submitted>& documents;
  const Json& ticket;
  const Json& input;  // of registry.promote
  const fb::DecisionT& decision;
  const std::string& promoter;  // actor
  std::string previous;         // reference that served before; empty = none
  Time now;
  const std::string& dashboards_base;
};

struct ReleaseArtefacts {
  Digest release_manifest, policy_snapshot, release_notes, dashboards_links;
  std::vector<Bytes> documents;  // what the evidence store must hold
};

ReleaseArtefacts make_release(const Release& release, const policy::Bundle& bundle);

}  // namespace z5::gate
