// SPDX-License-Identifier: Apache-2.0
// What a Rekor entry says was signed, by whom, with which signature: the binding of log and bundle.
// An entry that is genuine but another signature's proves nothing here (cosign CVE-2022-36056,
// CVE-2026-22703). Pure; any thread.
#pragma once

#include <string_view>

#include "ledger/evidence/sigstore/bundle.h"
#include "schemas/digest.h"

namespace z5::sigstore {

// What the bundle's signature is over and by what, as established before the log is asked.
struct SignedThing {
  Bytes signature;
  Bytes verifier;  // the certificate's DER, or the managed key's SPKI
  bool is_certificate = false;
  Bytes message_hash;  // SHA-2 of what was signed (artifact, or pre-authentication encoding);
                       // length names the hash
  Digest payload;      // of the in-toto payload; zero for a message signature
};

// The entry's body names exactly this signature, verifier and digest: hashedrekord 0.0.1 and 0.0.2,
// dsse 0.0.1 and 0.0.2, intoto 0.0.2. Refusals: `log-entry-malformed`, `log-entry-kind` (another
// kind, e.g. intoto 0.0.1, which does not hold the signature), `log-entry-mismatch`.
Verdict<Done> binds(const LogEntry& entry, const SignedThing& thing);

// Rekor v2 entries carry no time and live in a tiled log.
bool is_rekor_v2(const LogEntry& entry);

}  // namespace z5::sigstore
