// SPDX-License-Identifier: Apache-2.0
// The verification report of a version (POST /v1/verifications): everything verified afresh, each
// document with the reason why it does not count, the facts, and what registry.download says in
// each environment. Never memoised. Any thread.
#pragma once

#include "ledger/gate/bundles.h"
#include "ledger/keys/key.h"
#include "ledger/log/evidence_store.h"
#include "projections/store.h"
#include "schemas/json.h"

namespace z5::permit {

// With a signed verification summary (VSA): PASSED when some environment may load it. Errors are
// those of verify_again.
Result<Json> verification_report(const projections::View& view, const gate::Version& version,
                                 const log::EvidenceStore& store, gate::Bundles& bundles,
                                 const keys::PrivateKey& service, Time now);

}  // namespace z5::permit
