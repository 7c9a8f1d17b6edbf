// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/dsse.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

#include "ledger/evidence/sigstore/refusal.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"

namespace z5::sigstore {
namespace {

using keys::Algorithm;
using keys::PublicKey;

bool verify_pss(const PublicKey& key, std::string_view digest, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.openssl(), nullptr), EVP_PKEY_CTX_free);
  const auto octets = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  return EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1 &&
         EVP_PKEY_verify(context.get(), octets(signature), signature.size(), octets(digest),
                         digest.size()) == 1;
}

std::size_t digest_size(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::P256:
    case Algorithm::Rsa:
      return 32;
    case Algorithm::P384:
      return 48;
    case Algorithm::P521:
      return 64;
    case Algorithm::Ed25519:
      return 0;
  }
  return 0;
}

}  // namespace

bool verify_message(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (key.verify(message, signature)) return true;
  return key.algorithm() == Algorithm::Rsa && verify_pss(key, sha256(message).view(), signature);
}

bool verify_digest(const PublicKey& key, std::string_view digest, std::string_view signature) {
  if (digest.empty() || digest.size() != digest_size(key.algorithm())) return false;
  if (key.verify_digest(digest, signature)) return true;
  return key.algorithm() == Algorithm::Rsa && verify_pss(key, digest, signature);
}

bool hint_names(std::string_view hint, const PublicKey& key) {
  if (hint.empty()) return false;
  const Digest spki = key.digest();
  return hint == spki.hex() || hint == to_base64(spki.view()) || hint == sha256(key.pem()).hex();
}

Verdict<std::string> signed_text(const Bundle& bundle) {
  if (!bundle.envelope) return refuse("bundle-content", "bundle: expected a dsseEnvelope");
  if (bundle.envelope->payload_type != keys::kInTotoPayloadType) {
    return refuse("dsse-payload-type",
                  fmt::format("dsseEnvelope.payloadType: expected {}", keys::kInTotoPayloadType));
  }
  return keys::pre_authentication_encoding(bundle.envelope->payload_type, bundle.envelope->payload);
}

Verdict<std::size_t> verify_dsse_with_keys(const Bundle& bundle, std::span<const PublicKey> keys) {
  Z5_TRY(const std::string text, signed_text(bundle));
  const std::string_view signature = bundle.envelope->signature;
  std::size_t first = keys.size();  // the hinted key, tried before the others
  if (keys.size() > 1 && bundle.key_hint) {
    for (first = 0; first < keys.size() && !hint_names(*bundle.key_hint, keys[first]);) ++first;
    if (first < keys.size() && verify_message(keys[first], text, signature)) return first;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i != first && verify_message(keys[i], text, signature)) return i;
  }
  return refuse("signature-invalid",
                fmt::format("dsseEnvelope: signed by none of the {} keys", keys.size()));
}

}  // namespace z5::sigstore
