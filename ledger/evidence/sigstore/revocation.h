// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists of private roots (RFC 5280 section 5). Revocation is withdrawal: it
// counts as of now, whatever the time of the signature. Values that share an immutable OpenSSL
// object; any thread. Pure.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "ledger/evidence/sigstore/certificate.h"
#include "schemas/result.h"
#include "schemas/time.h"

struct X509_crl_st;

namespace z5::sigstore {

class RevocationList {
 public:
  // One CRL, PEM or DER. Invalid: unreadable, without nextUpdate, or with a critical extension
  // (delta and partitioned lists say less than they seem to).
  static Result<RevocationList> from_bytes(std::string_view bytes);
  X509_crl_st* openssl() const { return crl_.get(); }
  // Refusal `crl-expired`: now past nextUpdate, or before thisUpdate.
  Verdict<Done> is_current(Time now) const;

 private:
  std::shared_ptr<X509_crl_st> crl_;
};

// Nothing on `path` (leaf … anchor) is revoked by `lists`. With any list given, the leaf must be
// covered by one of its issuer. Whether the lists are current is another question, is_current.
// Refusals: `certificate-revoked`, `crl-missing`, `crl-invalid` (its issuer did not sign it).
Verdict<Done> not_revoked(std::span<const Certificate> path, std::span<const RevocationList> lists);

}  // namespace z5::sigstore
