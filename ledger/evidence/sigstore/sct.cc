// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/sct.h"

#include <openssl/asn1.h>
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

// One DER element: everything, and what is inside.
struct Element {
  int tag = 0;  // of the context-specific class: 0x80 | number
  std::string_view whole, inside;
};

// Takes the next element off `der`, which OpenSSL has read as a certificate before.
Element take(std::string_view& der) {
  const unsigned char* at = octets(der);
  long length = 0;
  int tag = 0, kind = 0;
  const int flags = ASN1_get_object(&at, &length, &tag, &kind, static_cast<long>(der.size()));
  Z5_ASSERT((flags & 0x80) == 0 && (flags & 1) == 0);  // neither an error nor an indefinite length
  const auto header = static_cast<std::size_t>(at - octets(der));
  const std::size_t size = header + static_cast<std::size_t>(length);
  Element out{kind == V_ASN1_CONTEXT_SPECIFIC ? 0x80 | tag : tag, der.substr(0, size),
              der.substr(header, size - header)};
  der.remove_prefix(size);
  return out;
}

Bytes wrap(unsigned char tag, std::string_view inside) {
  Bytes out(1, static_cast<char>(tag));
  int bytes = 0;
  for (std::size_t left = inside.size(); left != 0; left >>= 8) ++bytes;
  if (inside.size() >= 128) put(out, 0x80u | static_cast<unsigned>(bytes), 1);
  put(out, inside.size(), inside.size() < 128 ? 1 : bytes);
  return out.append(inside);
}

// The TBSCertificate as the log saw it: without the SCT list. Cut out of the DER, since letting
// OpenSSL encode a copy again costs as much as two signature checks.
Bytes precertificate_body(const Certificate& leaf) {
  constexpr std::string_view kSctList("\x06\x0A\x2B\x06\x01\x04\x01\xD6\x79\x02\x04\x02", 12);
  std::string_view der = leaf.der();
  std::string_view certificate = take(der).inside;
  std::string_view fields = take(certificate).inside;
  Bytes body;
  while (!fields.empty()) {
    const Element field = take(fields);
    if (field.tag != (0x80 | 3)) {
      body += field.whole;
      continue;
    }
    std::string_view sequence = field.inside;
    std::string_view extensions = take(sequence).inside;
    Bytes kept;
    while (!extensions.empty()) {
      const Element extension = take(extensions);
      if (!extension.inside.starts_with(kSctList)) kept += extension.whole;
    }
    body += wrap(0xA3, wrap(0x30, kept));
  }
  return wrap(0x30, body);
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
