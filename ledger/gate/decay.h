// SPDX-License-Identifier: Apache-2.0
// What newer evidence takes away from a version that is in use already: a finding, a verdict that
// became FAIL, a statement that no longer clears. The bundle that the version is bound to says so,
// since it decides about its downloads. Pure; writer's thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/gate/bundles.h"
#include "ledger/gate/evidenced.h"
#include "ledger/gate/state.h"

namespace z5::gate {

struct Decay {
  // Slugs of the rules that the evidence met before and does not meet any more; sorted. Empty:
  // nothing decayed.
  std::vector<std::string> rules;
  policy::Decision decision;  // on the evidence as it is now
  bool quarantine = false;    // settings.on_decay of the bundle: hold it, do not only say so
};

// Of an attach to `version` (Staging or Approved; nothing else decays): asks registry.accept, for
// Approved registry.promote, about the documents without and with the new ones. What an attach does
// not change (ticket, approvals, the age of what was there) refuses both times and so says nothing.
Decay decay_of(const State& state, const Version& version, const Evidenced& evidenced,
               Bundles& bundles, Time now);

}  // namespace z5::gate
