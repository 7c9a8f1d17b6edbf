// SPDX-License-Identifier: Apache-2.0
// How old an answer may be, and who may read what (DESIGN sections 9 and 12). Any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/gate/bundles.h"
#include "projections/projector.h"

namespace z5::permit {

// The newest state, when it is not behind by more than `max_lag`. Unavailable otherwise; Corrupt:
// the projector ended at an entry that is not right.
Result<projections::View> fresh_view(const projections::Projector& projector,
                                     std::chrono::nanoseconds max_lag);

// The actor, when it is enrolled and not retired; null otherwise.
const identity::Actor* active_actor(const projections::LedgerView& ledger, std::string_view actor);

// "tenant/model" and the labels of what is read; all empty = what is about the ledger itself.
struct Scope {
  std::string_view tenant = "";
  std::string_view model = "";
  std::vector<std::string> labels = {};
};
// As registry.authz says; `local`, the read-only token of this machine's operator, reads
// everything.
bool may_read(const projections::LedgerView& ledger, gate::Bundles& bundles, std::string_view actor,
              const Scope& scope);

// A version by "tenant/model:version" or "tenant/model@serving". Null: malformed, never submitted,
// or nothing serves.
Result<std::shared_ptr<const gate::Version>> find_version(const projections::View& view,
                                                          std::string_view model);

}  // namespace z5::permit
