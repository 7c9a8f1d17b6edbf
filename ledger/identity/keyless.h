// SPDX-License-Identifier: Apache-2.0
// Commands that an enrolled identity signed with a certificate: which identity, and whether it may
// speak now. The same two functions for the writer and for every reader of the ledger. Pure; any
// thread.
#pragma once

#include <span>
#include <vector>

#include "ledger/evidence/sigstore/trust_roots.h"
#include "ledger/identity/command.h"

namespace z5::identity {

// Cryptography: under which roots, and as whom, the bundle's signer signed a command of this kind.
// Refusals are those of TrustRoots::grounds.
Verdict<std::vector<sigstore::Ground>> command_grounds(const sigstore::Bundle& bundle, Kind kind,
                                                       const sigstore::TrustRoots& trust);

// Some of the grounds lets `identity` speak at `now`: a root that neither ended nor was withdrawn.
// Refusals: `not-authenticated` (none is this identity's), `trust-window` (the root ended), those
// of TrustRoots::admits.
Verdict<Done> may_speak(std::span<const sigstore::Ground> grounds, const Digest& identity,
                        const sigstore::TrustRoots& trust, Time now);

}  // namespace z5::identity
