// SPDX-License-Identifier: Apache-2.0
// The first group of a ledger: LedgerOpened, ActorEnrolled…, PolicyActivated, signed by the ledger
// key alone. It has no enroller and no policy author. One thread.
#pragma once

#include <memory>
#include <string>

#include "ledger/chain/appender.h"
#include "ledger/identity/enrollment.h"
#include "ledger/log/evidence_store.h"
#include "ledger/policy/bundle.h"

namespace z5::ledger {

struct Genesis {
  std::string origin;
  std::string id;
  keys::PrivateKey key;
  identity::ActorsFile actors;
  policy::Bundle registry;
  policy::Bundle authz;
  Time now;
};

// Stores the bundles, appends the group to the empty `log`, and says what verifiers pin. Invalid:
// the clock lies before the build, no actors. Errors of store and log as they are.
Result<chain::Trust> open_ledger(const Genesis& genesis, std::unique_ptr<log::Writer> log,
                                 const std::string& checkpoint_path,
                                 const log::EvidenceStore& store);

}  // namespace z5::ledger
