// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/sct.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <limits>

#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/refusal.h"

namespace z5::sigstore {
namespace {

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 255);
}

// The TBSCertificate as the log saw it: without the SCT list, re-encoded.
Bytes precertificate_body(const Certificate& leaf) {
  const Owned<X509, X509_free> copy(X509_dup(leaf.openssl()));
  const int at = X509_get_ext_by_NID(copy.get(), NID_ct_precert_scts, -1);
  X509_EXTENSION_free(X509_delete_ext(copy.get(), at));
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_tbs(copy.get(), &der);
  Z5_ASSERT(size > 0);
  Bytes out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

// digitally-signed struct of RFC 6962 section 3.2, entry type precert_entry.
Bytes signed_data(const SCT* sct, const Certificate& issuer, std::string_view body) {
  unsigned char* extensions = nullptr;
  const std::size_t size = SCT_get0_extensions(sct, &extensions);
  Bytes out("\0\0", 2);  // version v1, signature type certificate_timestamp
  put(out, SCT_get_timestamp(sct), 8);
  put(out, 1, 2);
  out += issuer.key().digest().view();
  put(out, body.size(), 3);
  out += body;
  put(out, size, 2);
  out.append(reinterpret_cast<char*>(extensions), size);
  return out;
}

}  // namespace

Verdict<Done> verify_sct(const Certificate& leaf, const Certificate& issuer,
                         const TrustedRoot& root) {
  const Owned<STACK_OF(SCT), SCT_LIST_free> list(static_cast<STACK_OF(SCT)*>(
      X509_get_ext_d2i(leaf.openssl(), NID_ct_precert_scts, nullptr, nullptr)));
  ERR_clear_error();
  if (!list) return refuse("sct-missing", "certificate: carries no signed certificate timestamp");
  const Bytes body = precertificate_body(leaf);
  bool found = false;
  for (int i = 0; i < sk_SCT_num(list.get()); ++i) {
    const SCT* sct = sk_SCT_value(list.get(), i);
    unsigned char *id = nullptr, *signature = nullptr;
    const std::size_t id_size = SCT_get0_log_id(sct, &id);
    const TrustedLog* log = root.ct_log({reinterpret_cast<char*>(id), id_size});
    if (log == nullptr || SCT_get_version(sct) != SCT_VERSION_V1) continue;
    const std::uint64_t milliseconds = SCT_get_timestamp(sct);
    if (milliseconds > std::numeric_limits<std::int64_t>::max() / 1'000'000) {
      return refuse("sct-invalid", "certificate: signed certificate timestamp out of range");
    }
    const Time time{static_cast<std::int64_t>(milliseconds) * 1'000'000};
    if (!log->window.covers(time)) {
      return refuse("sct-invalid",
                    "certificate: signed certificate timestamp outside its log's window");
    }
    const std::size_t size = SCT_get0_signature(sct, &signature);
    if (!verify_message(log->key, signed_data(sct, issuer, body),
                        {reinterpret_cast<char*>(signature), size})) {
      return refuse("sct-invalid", "certificate: signed certificate timestamp does not verify");
    }
    found = true;
  }
  if (!found)
    return refuse("sct-missing", "certificate: no signed certificate timestamp of a trusted log");
  return Done{};
}

}  // namespace z5::sigstore
