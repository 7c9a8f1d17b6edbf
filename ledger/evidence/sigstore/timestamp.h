// SPDX-License-Identifier: Apache-2.0
// RFC 3161 timestamps over a signature: the proof of when it existed. Pure; any thread.
#pragma once

#include <string_view>

#include "ledger/evidence/sigstore/trusted_root.h"

namespace z5::sigstore {

// The time at which `signature` existed, by the TimeStampResp `response`. One authority at a time
// is tried: the certificate that verifies the token is the very one whose chain and window are
// judged. Refusals: `timestamp-malformed`, `timestamp-mismatch` (imprint of other bytes),
// `timestamp-invalid` (no trusted authority made it, or its certificate was not valid then),
// `timestamp-window` (outside the trust root's window of that authority).
Verdict<Time> verify_timestamp(std::string_view response, std::string_view signature,
                               const TrustedRoot& root);

}  // namespace z5::sigstore
