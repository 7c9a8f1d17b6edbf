// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sigstore/private_stack.h"

#include <fmt/format.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/keys/dsse.h"
#include "ledger/keys/note.h"
#include "schemas/encoding.h"

namespace z5::support {
namespace {

using keys::Algorithm;
using keys::PrivateKey;
using sigstore::Owned;

constexpr std::string_view kRekorName = "rekor.example.test";
constexpr const char* kStart = "2020-01-01T00:00:00Z";

template <class T>
Bytes encode(int (*i2d)(const T*, unsigned char**), const T* object) {
  unsigned char* der = nullptr;
  const int size = i2d(object, &der);
  Z5_ASSERT(size > 0);
  Bytes out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

void add_extension(X509* x509, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  Z5_ASSERT(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

void add_raw_extension(X509* x509, const char* oid, std::string_view value) {
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(oid, 1));
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> data(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(data.get(), sigstore::octets(value), static_cast<int>(value.size()));
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, data.get()));
  Z5_ASSERT(X509_add_ext(x509, extension.get(), -1) == 1);
}

Owned<X509, X509_free> read(std::string_view der) {
  const unsigned char* at = sigstore::octets(der);
  return Owned<X509, X509_free>(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

Owned<X509, X509_free> begin(const PrivateKey& key, std::string_view subject,
                             std::string_view issuer, std::int64_t from, std::int64_t to) {
  Owned<X509, X509_free> x509(X509_new());
  X509_set_version(x509.get(), X509_VERSION_3);
  const Bytes serial = keys::random_bytes(8);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509.get()), std::hash<std::string>{}(serial) >> 1);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), from);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), to);
  X509_set_pubkey(x509.get(), key.public_key().openssl());
  const auto name = [](X509_NAME* out, std::string_view text) {
    if (text.empty()) return;
    X509_NAME_add_entry_by_txt(out, "CN", MBSTRING_UTF8, sigstore::octets(text),
                               static_cast<int>(text.size()), -1, 0);
  };
  name(X509_get_subject_name(x509.get()), subject);
  name(X509_get_issuer_name(x509.get()), issuer);
  return x509;
}

void sign(X509* x509, const PrivateKey& key) {
  Z5_ASSERT(X509_sign(x509, key.public_key().openssl(), EVP_sha256()) > 0);
}

Authority make_authority(std::string name, const Authority* issuer, const std::string& extended,
                         bool is_ca) {
  Authority out{PrivateKey::generate(Algorithm::P256), std::move(name), {}};
  const auto x509 = begin(out.key, out.name, issuer != nullptr ? issuer->name : out.name,
                          kSignedAt - 86'400 * 30, kSignedAt + 86'400 * 3'650);
  const auto parent = issuer != nullptr ? read(issuer->certificate) : nullptr;
  X509* above = parent ? parent.get() : x509.get();
  add_extension(x509.get(), above, NID_basic_constraints,
                is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(x509.get(), above, NID_key_usage,
                is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension(x509.get(), above, NID_ext_key_usage, extended);
  add_extension(x509.get(), above, NID_subject_key_identifier, "hash");
  add_extension(x509.get(), above, NID_authority_key_identifier, "keyid");
  sign(x509.get(), issuer != nullptr ? issuer->key : out.key);
  out.certificate = encode<X509>(i2d_X509, x509.get());
  return out;
}

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 255);
}

Bytes der_string(char tag, std::string_view value) {
  Bytes out(1, tag);
  if (value.size() < 128) {
    put(out, value.size(), 1);
  } else {
    out += '\x82';
    put(out, value.size(), 2);
  }
  return out.append(value);
}

// SignedCertificateTimestampList with one SCT (RFC 6962 section 3.3), as the extension's value.
Bytes sct_list(const Bytes& tbs, const Digest& log_id, const PrivateKey& log, const Digest& issuer,
               std::int64_t time) {
  Bytes data("\0\0", 2);
  put(data, static_cast<std::uint64_t>(time) * 1'000, 8);
  put(data, 1, 2);
  data += issuer.view();
  put(data, tbs.size(), 3);
  data += tbs;
  put(data, 0, 2);
  const Bytes signature = log.sign(data);
  Bytes sct(1, '\0');
  sct += log_id.view();
  put(sct, static_cast<std::uint64_t>(time) * 1'000, 8);
  put(sct, 0, 2);
  sct += "\x04\x03";  // SHA-256, ECDSA
  put(sct, signature.size(), 2);
  sct += signature;
  Bytes list;
  put(list, sct.size() + 2, 2);
  put(list, sct.size(), 2);
  return der_string('\x04', list + sct);
}

std::string pem_of(const Bytes& der) {
  std::string text = "-----BEGIN CERTIFICATE-----\n";
  const std::string base64 = to_base64(der);
  for (std::size_t i = 0; i < base64.size(); i += 64) text += base64.substr(i, 64) + "\n";
  return text + "-----END CERTIFICATE-----\n";
}

Json certificate_json(const Bytes& der) { return {{"rawBytes", to_base64(der)}}; }

Json chain_json(std::initializer_list<const Authority*> chain) {
  Json certificates = Json::array();
  for (const Authority* each : chain) certificates.push_back(certificate_json(each->certificate));
  return {{"uri", "https://example.test"},
          {"certChain", {{"certificates", certificates}}},
          {"validFor", {{"start", kStart}}}};
}

Json log_json(const PrivateKey& key, const Bytes& id) {
  return {{"baseUrl", "https://rekor.example.test"},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           {{"rawBytes", to_base64(key.public_key().spki())}, {"validFor", {{"start", kStart}}}}},
          {"logId", {{"keyId", to_base64(id)}}}};
}

Bytes rekor_v2_id(const PrivateKey& key) {
  return Bytes(sha256({kRekorName, "\n\x01", key.public_key().raw_ed25519()}).view());
}

// A tree of three leaves; the entry is the middle one.
Json proof_json(std::string_view body, std::string_view origin, const PrivateKey& log) {
  const Digest left = sha256(std::string_view("\0left", 5)),
               right = sha256(std::string_view("\0right", 6));
  const Digest leaf = sha256({std::string_view("\0", 1), body});
  const Digest pair = sha256({"\x01", left.view(), leaf.view()});
  const Digest root = sha256({"\x01", pair.view(), right.view()});
  const std::string text = fmt::format("{}\n3\n{}\n", origin, to_base64(root.view()));
  return {{"logIndex", "1"},
          {"rootHash", to_base64(root.view())},
          {"treeSize", "3"},
          {"hashes", {to_base64(left.view()), to_base64(right.view())}},
          {"checkpoint", {{"envelope", keys::sign_note(text, kRekorName, log)}}}};
}

Bytes utf8_der(std::string_view text) { return der_string('\x0C', text); }

Json v2_verifier(const Bytes& der, bool is_certificate) {
  return is_certificate ? Json{{"keyDetails", "PKIX_ECDSA_P256_SHA_256"},
                               {"x509Certificate", {{"rawBytes", to_base64(der)}}}}
                        : Json{{"keyDetails", "PKIX_ECDSA_P256_SHA_256"},
                               {"publicKey", {{"rawBytes", to_base64(der)}}}};
}

Json blob_v1(const Digest& digest, const Bytes& signature, const std::string& pem) {
  return {{"data", {{"hash", {{"algorithm", "sha256"}, {"value", digest.hex()}}}}},
          {"signature",
           {{"content", to_base64(signature)}, {"publicKey", {{"content", to_base64(pem)}}}}}};
}

Json blob_v2(const Digest& digest, const Bytes& signature, Json verifier) {
  return {
      {"hashedRekordV002",
       {{"data", {{"algorithm", "SHA2_256"}, {"digest", to_base64(digest.view())}}},
        {"signature", {{"content", to_base64(signature)}, {"verifier", std::move(verifier)}}}}}};
}

Json bundle_json(Json material) {
  return {{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
          {"verificationMaterial", std::move(material)}};
}

}  // namespace

PrivateStack::PrivateStack()
    : root_(make_authority("root", nullptr, "", true)),
      intermediate_(make_authority("intermediate", &root_, "codeSigning", true)),
      tsa_root_(make_authority("tsa-root", nullptr, "", true)),
      tsa_(make_authority("tsa", &tsa_root_, "critical,timeStamping", false)),
      ct_log_(PrivateKey::generate(Algorithm::P256)),
      rekor_v1_(PrivateKey::generate(Algorithm::P256)),
      rekor_v2_(PrivateKey::generate(Algorithm::Ed25519)) {}

Authority PrivateStack::another_timestamp_authority() const {
  return make_authority("tsa", &tsa_root_, "critical,timeStamping", false);
}

std::string PrivateStack::anchor_pem() const { return pem_of(root_.certificate); }

Json PrivateStack::trusted_root() const {
  return {{"mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1"},
          {"tlogs",
           {log_json(rekor_v1_, Bytes(rekor_v1_.public_key().digest().view())),
            log_json(rekor_v2_, rekor_v2_id(rekor_v2_))}},
          {"certificateAuthorities", {chain_json({&intermediate_, &root_})}},
          {"ctlogs", {log_json(ct_log_, Bytes(ct_log_.public_key().digest().view()))}},
          {"timestampAuthorities", {chain_json({&tsa_, &tsa_root_})}}};
}

Bytes PrivateStack::issue(const Authority& issuer, const PrivateKey& key,
                          const LeafOptions& options) const {
  const auto x509 = begin(key, "", issuer.name, options.from, options.to);
  const auto parent = read(issuer.certificate);
  add_extension(x509.get(), parent.get(), NID_basic_constraints, options.basic_constraints);
  add_extension(x509.get(), parent.get(), NID_key_usage, options.key_usage);
  add_extension(x509.get(), parent.get(), NID_ext_key_usage, options.extended_key_usage);
  add_extension(x509.get(), parent.get(), NID_subject_key_identifier, "hash");
  add_extension(x509.get(), parent.get(), NID_authority_key_identifier, "keyid");
  if (!options.identity.empty()) {  // critical, since the subject is empty (RFC 5280, 4.1.2.6)
    add_extension(x509.get(), parent.get(), NID_subject_alt_name, "critical," + options.identity);
  }
  if (!options.issuer.empty()) {
    add_raw_extension(x509.get(), "1.3.6.1.4.1.57264.1.1", options.issuer);
    add_raw_extension(x509.get(), "1.3.6.1.4.1.57264.1.8", utf8_der(options.issuer));
  }
  sign(x509.get(), issuer.key);
  if (options.sct) {
    unsigned char* der = nullptr;
    const int size = i2d_re_X509_tbs(x509.get(), &der);
    const Bytes tbs(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    const Authority& seen = options.sct_issuer != nullptr ? *options.sct_issuer : issuer;
    const PrivateKey& log = options.sct_key != nullptr ? *options.sct_key : ct_log_;
    add_raw_extension(x509.get(), "1.3.6.1.4.1.11129.2.4.2",
                      sct_list(tbs, ct_log_.public_key().digest(), log,
                               seen.key.public_key().digest(), options.sct_time));
    sign(x509.get(), issuer.key);
  }
  return encode<X509>(i2d_X509, x509.get());
}

Bytes PrivateStack::timestamp(std::string_view signature, std::int64_t time) const {
  return timestamp_by(tsa_, signature, time);
}

Bytes PrivateStack::timestamp_by(const Authority& authority, std::string_view signature,
                                 std::int64_t time) const {
  const Owned<TS_REQ, TS_REQ_free> request(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
  TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get());
  Digest digest = sha256(signature);
  TS_MSG_IMPRINT_set_msg(imprint.get(), digest.bytes.data(), 32);
  TS_REQ_set_version(request.get(), 1);
  TS_REQ_set_msg_imprint(request.get(), imprint.get());
  TS_REQ_set_cert_req(request.get(), 1);
  const Owned<BIO, BIO_free> bio(BIO_new(BIO_s_mem()));
  i2d_TS_REQ_bio(bio.get(), request.get());

  const Owned<TS_RESP_CTX, TS_RESP_CTX_free> context(TS_RESP_CTX_new());
  const auto certificate = read(authority.certificate);
  const Owned<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj("1.3.6.1.4.1.57264.2", 1));
  TS_RESP_CTX_set_signer_cert(context.get(), certificate.get());
  TS_RESP_CTX_set_signer_key(context.get(), authority.key.public_key().openssl());
  TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256());
  TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
  TS_RESP_CTX_set_def_policy(context.get(), policy.get());
  TS_RESP_CTX_add_md(context.get(), EVP_sha256());
  TS_RESP_CTX_set_serial_cb(
      context.get(),
      [](TS_RESP_CTX*, void*) {
        ASN1_INTEGER* serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, 7);
        return serial;
      },
      nullptr);
  TS_RESP_CTX_set_time_cb(
      context.get(),
      [](TS_RESP_CTX*, void* at, long* seconds, long* fraction) {
        *seconds = *static_cast<long*>(at);
        *fraction = 0;
        return 1;
      },
      &time);
  const Owned<TS_RESP, TS_RESP_free> response(TS_RESP_create_response(context.get(), bio.get()));
  Z5_ASSERT(response && TS_RESP_get_token(response.get()) != nullptr);
  return encode<TS_RESP>(i2d_TS_RESP, response.get());
}

Bytes PrivateStack::revocation_list(const Authority& issuer, const std::vector<Bytes>& revoked,
                                    std::int64_t this_update, std::int64_t next_update) const {
  const Owned<X509_CRL, X509_CRL_free> list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  const auto certificate = read(issuer.certificate);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate.get()));
  const auto time = [](std::int64_t seconds) {
    return Owned<ASN1_TIME, ASN1_TIME_free>(ASN1_TIME_set(nullptr, seconds));
  };
  X509_CRL_set1_lastUpdate(list.get(), time(this_update).get());
  if (next_update != 0) X509_CRL_set1_nextUpdate(list.get(), time(next_update).get());
  for (const Bytes& der : revoked) {
    const auto subject = read(der);
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(subject.get()));
    X509_REVOKED_set_revocationDate(entry, time(this_update).get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  X509_CRL_sign(list.get(), issuer.key.public_key().openssl(), EVP_sha256());
  return encode<X509_CRL>(i2d_X509_CRL, list.get());
}

Json PrivateStack::log_entry_v1(std::string_view kind, std::string_view body,
                                std::int64_t time) const {
  const Digest id = rekor_v1_.public_key().digest();
  const std::string promise =
      fmt::format(R"({{"body":"{}","integratedTime":{},"logID":"{}","logIndex":7}})",
                  to_base64(body), time, id.hex());
  const std::string version = kind == "intoto" ? "0.0.2" : "0.0.1";
  return {{"logIndex", "7"},
          {"logId", {{"keyId", to_base64(id.view())}}},
          {"kindVersion", {{"kind", kind}, {"version", version}}},
          {"integratedTime", fmt::format("{}", time)},
          {"inclusionPromise", {{"signedEntryTimestamp", to_base64(rekor_v1_.sign(promise))}}},
          {"inclusionProof", proof_json(body, fmt::format("{} - 42", kRekorName), rekor_v1_)},
          {"canonicalizedBody", to_base64(body)}};
}

Json PrivateStack::log_entry_v2(std::string_view kind, std::string_view body) const {
  return {{"logIndex", "1"},
          {"logId", {{"keyId", to_base64(rekor_v2_id(rekor_v2_))}}},
          {"kindVersion", {{"kind", kind}, {"version", "0.0.2"}}},
          {"inclusionProof", proof_json(body, kRekorName, rekor_v2_)},
          {"canonicalizedBody", to_base64(body)}};
}

Json PrivateStack::entries(int rekor, std::string_view kind, const Json& v1_spec,
                           const Json& v2_spec, std::int64_t time) const {
  if (rekor == 0) return Json::array();
  const std::string version = rekor == 2 || kind == "intoto" ? "0.0.2" : "0.0.1";
  const Json body = {
      {"apiVersion", version}, {"kind", kind}, {"spec", rekor == 2 ? v2_spec : v1_spec}};
  const std::string text = canonical_json(body);
  return Json::array({rekor == 2 ? log_entry_v2(kind, text) : log_entry_v1(kind, text, time)});
}

Json PrivateStack::keyless_blob(std::string_view artifact, const BundleOptions& options) const {
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  const Bytes certificate = issue(intermediate_, key, options.leaf);
  const Bytes signature = key.sign(artifact);
  const Digest digest = sha256(artifact);
  Json bundle = bundle_json({{"certificate", certificate_json(certificate)}});
  bundle["messageSignature"] = {
      {"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", to_base64(digest.view())}}},
      {"signature", to_base64(signature)}};
  Json& material = bundle["verificationMaterial"];
  material["tlogEntries"] =
      entries(options.rekor, "hashedrekord", blob_v1(digest, signature, pem_of(certificate)),
              blob_v2(digest, signature, v2_verifier(certificate, true)), options.time);
  if (options.timestamp) {
    material["timestampVerificationData"]["rfc3161Timestamps"] = {
        {{"signedTimestamp", to_base64(timestamp(signature, options.time))}}};
  }
  return bundle;
}

Json PrivateStack::keyless_statement(std::string_view payload, const BundleOptions& options,
                                     std::string_view entry_kind) const {
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  const Bytes certificate = issue(intermediate_, key, options.leaf);
  const std::string signed_text =
      keys::pre_authentication_encoding(keys::kInTotoPayloadType, payload);
  const Bytes signature = key.sign(signed_text);
  const Digest digest = sha256(payload), text_digest = sha256(signed_text);
  const std::string pem = pem_of(certificate);
  const Json hash = {{"algorithm", "sha256"}, {"value", digest.hex()}};
  Json v1 = blob_v1(text_digest, signature, pem),
       v2 = blob_v2(text_digest, signature, v2_verifier(certificate, true));
  if (entry_kind == "dsse") {
    v1 = {{"envelopeHash", hash},
          {"payloadHash", hash},
          {"signatures", {{{"signature", to_base64(signature)}, {"verifier", to_base64(pem)}}}}};
    v2 = {
        {"dsseV002",
         {{"payloadHash", {{"algorithm", "SHA2_256"}, {"digest", to_base64(digest.view())}}},
          {"signatures",
           {{{"content", to_base64(signature)}, {"verifier", v2_verifier(certificate, true)}}}}}}};
  } else if (entry_kind == "intoto") {
    v1 = {{"content",
           {{"envelope",
             {{"payloadType", keys::kInTotoPayloadType},
              {"signatures",
               {{{"publicKey", to_base64(pem)}, {"sig", to_base64(to_base64(signature))}}}}}},
            {"hash", hash},
            {"payloadHash", hash}}}};
  }
  Json bundle = bundle_json({{"certificate", certificate_json(certificate)}});
  bundle["dsseEnvelope"] = {{"payload", to_base64(payload)},
                            {"payloadType", keys::kInTotoPayloadType},
                            {"signatures", {{{"sig", to_base64(signature)}}}}};
  Json& material = bundle["verificationMaterial"];
  material["tlogEntries"] = entries(options.rekor, entry_kind, v1, v2, options.time);
  if (options.timestamp) {
    material["timestampVerificationData"]["rfc3161Timestamps"] = {
        {{"signedTimestamp", to_base64(timestamp(signature, options.time))}}};
  }
  return bundle;
}

Json PrivateStack::certificate_statement(std::string_view payload,
                                         const LeafOptions& options) const {
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  const Bytes certificate = issue(intermediate_, key, options);
  Json bundle = bundle_json(
      {{"x509CertificateChain",
        {{"certificates",
          {certificate_json(certificate), certificate_json(intermediate_.certificate)}}}},
       {"tlogEntries", Json::array()}});
  const Bytes signature =
      key.sign(keys::pre_authentication_encoding(keys::kInTotoPayloadType, payload));
  bundle["dsseEnvelope"] = {{"payload", to_base64(payload)},
                            {"payloadType", keys::kInTotoPayloadType},
                            {"signatures", {{{"sig", to_base64(signature)}}}}};
  return bundle;
}

Json PrivateStack::key_blob(std::string_view artifact, const PrivateKey& key, int rekor) const {
  const Bytes signature = key.sign(artifact);
  const Digest digest = sha256(artifact);
  Json bundle =
      bundle_json({{"publicKey", {{"hint", to_base64(key.public_key().digest().view())}}}});
  bundle["messageSignature"] = {
      {"messageDigest", {{"algorithm", "SHA2_256"}, {"digest", to_base64(digest.view())}}},
      {"signature", to_base64(signature)}};
  bundle["verificationMaterial"]["tlogEntries"] =
      entries(rekor, "hashedrekord", blob_v1(digest, signature, key.public_key().pem()),
              blob_v2(digest, signature, v2_verifier(key.public_key().spki(), false)), kSignedAt);
  return bundle;
}

std::string statement_for(std::string_view artifact, std::string_view predicate_type) {
  return canonical_json(
      {{"_type", "https://in-toto.io/Statement/v1"},
       {"subject", {{{"name", "model"}, {"digest", {{"sha256", sha256(artifact).hex()}}}}}},
       {"predicateType", predicate_type},
       {"predicate", {{"result", "PASS"}}}});
}

}  // namespace z5::support
