// SPDX-License-Identifier: Apache-2.0
// Signed certificate timestamps inside a certificate (RFC 6962 sections 3.2, 3.3): the proof that
// the certificate authority showed it to a public log. Pure; any thread.
#pragma once

#include "ledger/evidence/sigstore/trusted_root.h"

namespace z5::sigstore {

// `leaf` carries an SCT of a log of `root` whose window covers the SCT's time; `issuer` is the next
// certificate of the verified path (never one found by name). Refusals: `sct-missing` (none, or
// none of a trusted log), `sct-invalid` (one of a trusted log that does not verify or lies outside
// the log's window).
Verdict<Done> verify_sct(const Certificate& leaf, const Certificate& issuer,
                         const TrustedRoot& root);

}  // namespace z5::sigstore
