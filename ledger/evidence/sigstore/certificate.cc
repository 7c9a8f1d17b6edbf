// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/refusal.h"

namespace z5::sigstore {
namespace {

constexpr const char* kFulcioIssuerV1 = "1.3.6.1.4.1.57264.1.1";
constexpr const char* kFulcioIssuerV2 = "1.3.6.1.4.1.57264.1.8";
constexpr const char* kFulcioOtherName = "1.3.6.1.4.1.57264.1.7";

Result<Time> to_time(const ASN1_TIME* asn1) {
  std::tm parts{};
  if (asn1 == nullptr || ASN1_TIME_to_tm(asn1, &parts) != 1)
    return invalid("certificate: unreadable validity");
  return Time{static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000'000};
}

bool is_oid(const ASN1_OBJECT* object, const char* dotted) {
  char text[80];
  return OBJ_obj2txt(text, sizeof text, object, 1) > 0 && std::string_view(text) == dotted;
}

// The value of the one extension with this OID; null when absent.
const ASN1_OCTET_STRING* extension(X509* x509, const char* dotted) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj(dotted, 1));
  const int at = X509_get_ext_by_OBJ(x509, oid.get(), -1);
  return at < 0 ? nullptr : X509_EXTENSION_get_data(X509_get_ext(x509, at));
}

std::optional<std::string> utf8_string(std::string_view der) {
  const unsigned char* at = octets(der);
  const Owned<ASN1_UTF8STRING, ASN1_UTF8STRING_free> string(
      d2i_ASN1_UTF8STRING(nullptr, &at, static_cast<long>(der.size())));
  if (!string || at != octets(der) + der.size()) return std::nullopt;
  return std::string(octets_of(string.get()));
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') return false;
  }
  return !text.empty();
}

std::optional<std::string> name_text(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_EMAIL:
      return std::string(octets_of(name.d.rfc822Name));
    case GEN_URI:
      return std::string(octets_of(name.d.uniformResourceIdentifier));
    case GEN_OTHERNAME:
      if (!is_oid(name.d.otherName->type_id, kFulcioOtherName) ||
          name.d.otherName->value->type != V_ASN1_UTF8STRING) {
        return std::nullopt;
      }
      return std::string(octets_of(name.d.otherName->value->value.utf8string));
    default:
      return std::nullopt;
  }
}

// Where extended key usages are stated, codeSigning must be among them.
bool excludes_code_signing(X509* x509) {
  const std::uint32_t usage = X509_get_extended_key_usage(x509);
  return usage != UINT32_MAX && (usage & (XKU_CODE_SIGN | XKU_ANYEKU)) == 0;
}

}  // namespace

Result<Certificate> Certificate::from_der(std::string_view der) {
  const unsigned char* at = octets(der);
  Certificate out;
  out.x509_.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  ERR_clear_error();
  if (!out.x509_ || at != octets(der) + der.size())
    return invalid("certificate: not one DER certificate");
  out.der_ = Bytes(der);
  unsigned char* spki = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(out.x509_.get()), &spki);
  const Owned<unsigned char, [](unsigned char* p) { OPENSSL_free(p); }> owned(spki);
  if (size <= 0) return invalid("certificate: has no public key");
  std::shared_ptr<EVP_PKEY> key(X509_get_pubkey(out.x509_.get()), EVP_PKEY_free);
  ERR_clear_error();
  Z5_TRY(out.key_, keys::PublicKey::from_decoded(std::move(key), {reinterpret_cast<char*>(spki),
                                                                  static_cast<std::size_t>(size)}));
  Z5_TRY(out.not_before_, to_time(X509_get0_notBefore(out.x509_.get())));
  Z5_TRY(out.not_after_, to_time(X509_get0_notAfter(out.x509_.get())));
  X509_check_purpose(out.x509_.get(), -1,
                     0);  // fills the extension cache while we are alone with the object
  return out;
}

bool Certificate::is_self_signed() const { return X509_self_signed(x509_.get(), 1) == 1; }
bool Certificate::is_authority() const { return X509_check_ca(x509_.get()) > 0; }

Verdict<std::string> Certificate::identity() const {
  constexpr std::string_view kRule = "certificate-identity";
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509_.get(), NID_subject_alt_name, nullptr, nullptr)));
  if (!names || sk_GENERAL_NAME_num(names.get()) != 1) {
    return refuse(kRule, "certificate: expected exactly one subject alternative name");
  }
  auto text = name_text(*sk_GENERAL_NAME_value(names.get(), 0));
  if (!text || !is_plain(*text))
    return refuse(kRule, "certificate: subject alternative name of another type");
  return *std::move(text);
}

Verdict<std::string> Certificate::oidc_issuer() const {
  constexpr std::string_view kRule = "certificate-issuer";
  const ASN1_OCTET_STRING* v1 = extension(x509_.get(), kFulcioIssuerV1);
  const ASN1_OCTET_STRING* v2 = extension(x509_.get(), kFulcioIssuerV2);
  if (v1 == nullptr && v2 == nullptr) return refuse(kRule, "certificate: states no OpenID issuer");
  std::optional<std::string> issuer;
  if (v2 != nullptr) {
    issuer = utf8_string(octets_of(v2));
    if (!issuer) return refuse(kRule, "certificate: issuer extension is not a UTF8String");
  }
  if (v1 != nullptr) {
    const std::string raw(octets_of(v1));
    if (issuer && *issuer != raw)
      return refuse(kRule, "certificate: its two issuer extensions differ");
    issuer = raw;
  }
  if (!is_plain(*issuer)) return refuse(kRule, "certificate: issuer has control characters");
  return *std::move(issuer);
}

Result<std::vector<PemBlock>> pem_blocks(std::string_view pem) {
  const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<PemBlock> out;
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  while (PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1) {
    out.push_back({name, {reinterpret_cast<char*>(data), static_cast<std::size_t>(size)}});
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (out.empty() || !at_end) return invalid("PEM: no block, or a damaged one");
  return out;
}

Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem) {
  Z5_TRY(const std::vector<PemBlock> blocks, pem_blocks(pem));
  std::vector<Certificate> out;
  for (const PemBlock& block : blocks) {
    if (block.name != "CERTIFICATE") return invalid("PEM: expected CERTIFICATE blocks only");
    Z5_TRY(Certificate certificate, Certificate::from_der(block.der));
    out.push_back(std::move(certificate));
  }
  return out;
}

Verdict<Done> may_sign_code(const Certificate& leaf) {
  constexpr std::string_view kRule = "certificate-usage";
  X509* x509 = leaf.openssl();
  if (X509_check_ca(x509) != 0) return refuse(kRule, "certificate: is a certificate authority");
  const std::uint32_t usage = X509_get_key_usage(x509);
  if (usage == UINT32_MAX || (usage & KU_DIGITAL_SIGNATURE) == 0) {
    return refuse(kRule, "certificate: key usage digitalSignature is missing");
  }
  const std::uint32_t extended = X509_get_extended_key_usage(x509);
  if (extended == UINT32_MAX || (extended & XKU_CODE_SIGN) == 0) {
    return refuse(kRule, "certificate: extended key usage codeSigning is missing");
  }
  return Done{};
}

Verdict<std::vector<Certificate>> path_to_anchor(const Certificate& leaf,
                                                 std::span<const Certificate> untrusted,
                                                 std::span<const Certificate> anchors,
                                                 std::span<const Time> times) {
  const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  const Owned<STACK_OF(X509), [](STACK_OF(X509)* stack) { sk_X509_free(stack); }> extra(
      sk_X509_new_null());
  for (const Certificate& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.openssl());
  for (const Certificate& each : untrusted) sk_X509_push(extra.get(), each.openssl());
  Z5_ASSERT(X509_STORE_CTX_init(context.get(), store.get(), leaf.openssl(), extra.get()) == 1);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  // An anchor need not be self-signed: trusting an intermediate alone is a policy's right.
  // Validity is checked below, at each time and with closed ends as RFC 5280 has them; OpenSSL's
  // end is open.
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  X509_VERIFY_PARAM_set_auth_level(param, 2);  // 112 bits of security throughout
  const int verified = X509_verify_cert(context.get());
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (verified != 1) {
    return refuse("certificate-chain",
                  fmt::format("certificate: {}", X509_verify_cert_error_string(error)));
  }
  STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(context.get());
  std::vector<Certificate> path;
  for (int i = 0; i < sk_X509_num(found); ++i) {
    X509* x509 = sk_X509_value(found, i);
    const bool is_anchor = i + 1 == sk_X509_num(found);
    if (!is_anchor && excludes_code_signing(x509)) {
      return refuse("certificate-chain", "certificate: an issuer may not issue for code signing");
    }
    // The path's objects are those that we put in, so that everything later is judged on the same
    // certificate.
    const Certificate* same = leaf.openssl() == x509 ? &leaf : nullptr;
    for (const Certificate& each : untrusted) same = each.openssl() == x509 ? &each : same;
    for (const Certificate& each : anchors) same = each.openssl() == x509 ? &each : same;
    if (same == nullptr)
      return refuse("certificate-chain", "certificate: the path has a foreign certificate");
    path.push_back(*same);
    for (const Time time : times) {
      if (!same->covers(Time{time.seconds() * 1'000'000'000})) {
        return refuse("certificate-expired",
                      fmt::format("certificate: not valid at {}", to_rfc3339(time)));
      }
    }
  }
  return path;
}

}  // namespace z5::sigstore
