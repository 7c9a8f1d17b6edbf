// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/timestamp.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>

#include <ctime>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/refusal.h"

namespace z5::sigstore {
namespace {

using Response = Owned<TS_RESP, TS_RESP_free>;

Verdict<Done> check_imprint(TS_TST_INFO* info, std::string_view signature) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const int nid = OBJ_obj2nid(algorithm);
  if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512) {
    return refuse("timestamp-malformed", "timestamp: imprint is not SHA-256, SHA-384 or SHA-512");
  }
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const bool hashed = EVP_Digest(signature.data(), signature.size(), hash, &size,
                                 EVP_get_digestbynid(nid), nullptr) == 1;
  Z5_ASSERT(hashed);
  if (octets_of(TS_MSG_IMPRINT_get_msg(imprint)) !=
      std::string_view(reinterpret_cast<char*>(hash), size)) {
    return refuse("timestamp-mismatch", "timestamp: made for other bytes than this signature");
  }
  return Done{};
}

Verdict<Time> stated_time(TS_TST_INFO* info) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1) {
    return refuse("timestamp-malformed", "timestamp: unreadable genTime");
  }
  const std::int64_t seconds = ::timegm(&parts);
  if (seconds <= 0 || seconds > 9'000'000'000)
    return refuse("timestamp-malformed", "timestamp: genTime out of range");
  return Time{seconds * 1'000'000'000};
}

// The signer's stated algorithm is unsigned and OpenSSL does not read it: it must be the one that
// was used.
bool states_its_algorithm(TS_RESP* response, X509* signer) {
  STACK_OF(PKCS7_SIGNER_INFO)* infos = PKCS7_get_signer_info(TS_RESP_get_token(response));
  if (sk_PKCS7_SIGNER_INFO_num(infos) != 1) return false;
  X509_ALGOR *digest = nullptr, *signature = nullptr;
  PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(infos, 0), nullptr, &digest, &signature);
  const int digest_nid = OBJ_obj2nid(digest->algorithm), stated = OBJ_obj2nid(signature->algorithm);
  const int key_nid = EVP_PKEY_get_base_id(X509_get0_pubkey(signer));
  int hash = NID_undef, key = NID_undef;
  if (OBJ_find_sigid_algs(stated, &hash, &key) == 1) return hash == digest_nid && key == key_nid;
  return stated == key_nid;  // CMS also allows the key's own algorithm (rsaEncryption)
}

// True when the token verifies with a certificate that chains to this authority's anchor at `time`
// and is the authority's own end certificate, where its chain states one.
bool made_by(TS_RESP* response, const TrustedAuthority& authority, Time time) {
  const Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free> context(TS_VERIFY_CTX_new());
  X509_STORE* store = X509_STORE_new();  // owned by the context
  X509_STORE_add_cert(store, authority.chain.back().openssl());
  X509_VERIFY_PARAM* param = X509_STORE_get0_param(store);
  X509_VERIFY_PARAM_set_time(param, time.seconds());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  STACK_OF(X509)* certificates = sk_X509_new_null();  // owned by the context
  for (const Certificate& each : authority.chain) {
    X509_up_ref(each.openssl());
    sk_X509_push(certificates, each.openssl());
  }
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(context.get(), store);
  TS_VERIFY_CTX_set_certs(context.get(), certificates);
  if (TS_RESP_verify_response(context.get(), response) != 1) return false;
  // timestamp-authority CVE-2026-39984: what verified must be what is authorised.
  const Owned<STACK_OF(X509), [](STACK_OF(X509)* stack) { sk_X509_free(stack); }> signers(
      PKCS7_get0_signers(TS_RESP_get_token(response), certificates, 0));
  if (!signers || sk_X509_num(signers.get()) != 1) return false;
  X509* signer = sk_X509_value(signers.get(), 0);
  const Certificate& own = authority.chain.front();
  if (!states_its_algorithm(response, signer)) return false;
  if (!own.is_authority() && X509_cmp(signer, own.openssl()) != 0) return false;
  // A token may bring its signer's certificate along, but not another one that claims to be it.
  STACK_OF(X509)* brought = TS_RESP_get_token(response)->d.sign->cert;
  for (int i = 0; i < sk_X509_num(brought); ++i) {
    X509* each = sk_X509_value(brought, i);
    if (X509_check_ca(each) == 0 && X509_cmp(each, signer) != 0) return false;
  }
  return true;
}

}  // namespace

Verdict<Time> verify_timestamp(std::string_view der, std::string_view signature,
                               const TrustedRoot& root) {
  const unsigned char* at = octets(der);
  const Response response(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!response || at != octets(der) + der.size() || TS_RESP_get_token(response.get()) == nullptr) {
    return refuse("timestamp-malformed", "timestamp: not a TimeStampResp with a token");
  }
  TS_TST_INFO* info = TS_RESP_get_tst_info(response.get());
  if (info == nullptr) return refuse("timestamp-malformed", "timestamp: token without TSTInfo");
  Z5_CHECK(check_imprint(info, signature));
  Z5_TRY(const Time time, stated_time(info));
  bool outside = false;
  for (const TrustedAuthority& authority : root.timestamp_authorities) {
    const bool made = made_by(response.get(), authority, time);
    ERR_clear_error();
    if (!made) continue;
    if (authority.window.covers(time)) return time;
    outside = true;
  }
  if (outside)
    return refuse("timestamp-window", "timestamp: its authority was not trusted at that time");
  return refuse("timestamp-invalid", "timestamp: made by no trusted authority");
}

}  // namespace z5::sigstore
