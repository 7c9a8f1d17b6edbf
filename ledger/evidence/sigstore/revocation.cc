// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/revocation.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/refusal.h"

namespace z5::sigstore {
namespace {

bool reached(const ASN1_TIME* limit, Time now) {
  return ASN1_TIME_cmp_time_t(limit, static_cast<std::time_t>(now.seconds())) <= 0;
}

}  // namespace

Result<RevocationList> RevocationList::from_bytes(std::string_view bytes) {
  RevocationList out;
  if (bytes.starts_with("-----BEGIN")) {
    const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    out.crl_.reset(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr), X509_CRL_free);
  } else {
    const unsigned char* at = octets(bytes);
    out.crl_.reset(d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size())), X509_CRL_free);
    if (at != octets(bytes) + bytes.size()) out.crl_.reset();
  }
  ERR_clear_error();
  if (!out.crl_) return invalid("revocation list: not one X.509 CRL");
  if (X509_CRL_get0_nextUpdate(out.crl_.get()) == nullptr)
    return invalid("revocation list: without nextUpdate");
  if (X509_CRL_get_ext_by_critical(out.crl_.get(), 1, -1) >= 0) {
    return invalid("revocation list: has a critical extension");
  }
  return out;
}

Verdict<Done> RevocationList::is_current(Time now) const {
  if (reached(X509_CRL_get0_lastUpdate(crl_.get()), now) &&
      !reached(X509_CRL_get0_nextUpdate(crl_.get()), now)) {
    return Done{};
  }
  return refuse("crl-expired", "revocation list: not current");
}

Verdict<Done> not_revoked(std::span<const Certificate> path,
                          std::span<const RevocationList> lists) {
  if (lists.empty()) return Done{};
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Certificate& subject = path[i];
    const Certificate& issuer = path[i + 1];
    bool covered = false;
    for (const RevocationList& list : lists) {
      if (X509_NAME_cmp(X509_CRL_get_issuer(list.openssl()),
                        X509_get_subject_name(issuer.openssl())) != 0)
        continue;
      if (X509_CRL_verify(list.openssl(), issuer.key().openssl()) != 1) {
        ERR_clear_error();
        return refuse("crl-invalid", "revocation list: not signed by its issuer");
      }
      X509_REVOKED* entry = nullptr;
      if (X509_CRL_get0_by_cert(list.openssl(), &entry, subject.openssl()) != 0) {
        return refuse("certificate-revoked", "certificate: revoked by its issuer");
      }
      covered = true;
    }
    if (i == 0 && !covered)
      return refuse("crl-missing", "certificate: no revocation list of its issuer");
  }
  return Done{};
}

}  // namespace z5::sigstore
