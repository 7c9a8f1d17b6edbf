// SPDX-License-Identifier: Apache-2.0
// Entries of a transparency log (Rekor v1 and v2): inclusion proof (RFC 6962 section 2.1.1),
// checkpoint (C2SP signed-note, tlog-checkpoint), signed entry timestamp. Pure; any thread.
#pragma once

#include <optional>
#include <span>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/trusted_root.h"
#include "schemas/digest.h"

namespace z5::sigstore {

// The root of the tree of `size` leaves that has this leaf hash at `index`; nothing when the number
// of hashes is not exactly the one of that place (RFC 9162 section 2.1.3.2), or index >= size.
std::optional<Digest> root_of(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                              std::span<const Bytes> hashes);

// What the log says about an entry whose body the caller has bound to the signature (log_body.h).
struct LoggedEntry {
  const TrustedLog* log = nullptr;  // lives as long as the trusted root
  std::uint64_t index = 0;          // in the log's tree, when a proof was there
  std::optional<Time> time;         // of the signed entry timestamp; Rekor v2 has none
};

// Whatever the entry carries must verify: promise, proof, checkpoint. Needed: the promise in a
// bundle v0.1, proof and checkpoint from v0.2 on. Refusals: `log-unknown`, `log-entry-malformed`
// (nothing where something is needed), `log-promise-invalid`, `log-proof-invalid`,
// `checkpoint-invalid`, `trust-window`.
Verdict<LoggedEntry> verify_entry(BundleVersion version, const LogEntry& entry,
                                  const TrustedRoot& root);

}  // namespace z5::sigstore
