// SPDX-License-Identifier: Apache-2.0
// What admins trust, as one text: a Sigstore `trusted_root.json`, or in PEM the anchors of a
// private authority with their revocation lists beside them. The text travels in the signed
// command, so that the log alone says what was trusted. Immutable, shared; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/evidence/sigstore/certificate.h"
#include "ledger/evidence/sigstore/revocation.h"
#include "ledger/evidence/sigstore/trusted_root.h"
#include "schemas/digest.h"

namespace z5::sigstore {

struct TrustDocument {
  Digest digest;  // of the text
  // One of the two; neither in a document that cannot be read, which vouches for nobody.
  std::optional<TrustedRoot> sigstore;  // transparency log and SCT are required under it
  std::vector<Certificate> anchors;
  std::vector<RevocationList> revocations;  // of the anchors' authorities; may be none

  std::string_view form() const {
    return sigstore ? "sigstore" : anchors.empty() ? "unreadable" : "anchors";
  }
  // Every revocation list is current. Refusal `crl-expired`.
  Verdict<Done> lists_current(Time now) const;
};

// Refusal `trust-root-malformed`, naming the field or block: neither of the two forms, a
// trusted_root.json that parse_trusted_root refuses or that names no certificate authority, PEM
// without a certificate, with one that is no authority, or with a revocation list that
// RevocationList refuses.
Verdict<TrustDocument> parse_trust_document(std::string_view text);

// For folds, which must not depend on a parser's strictness: what cannot be read is kept and
// vouches for nobody.
std::shared_ptr<const TrustDocument> held_trust_document(std::string_view text);

}  // namespace z5::sigstore
