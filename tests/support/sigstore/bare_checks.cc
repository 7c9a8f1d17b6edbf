// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sigstore/bare_checks.h"

#include <openssl/ts.h>
#include <openssl/x509.h>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/trusted_root.h"
#include "schemas/encoding.h"

namespace z5::support {
namespace {

using sigstore::Owned;
using sigstore::TrustedAuthority;

void check_token(const Bytes& der, const TrustedAuthority& authority) {
  const unsigned char* at = sigstore::octets(der);
  const Owned<TS_RESP, TS_RESP_free> response(
      d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  const Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free> context(TS_VERIFY_CTX_new());
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, authority.chain.back().openssl());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), kSignedAt);
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(context.get(), store);
  Z5_ASSERT(TS_RESP_verify_response(context.get(), response.get()) == 1);
}

}  // namespace

std::function<void()> bare_keyless_checks(const PrivateStack& stack, const Json& bundle,
                                          int rekor) {
  auto root = std::make_shared<sigstore::TrustedRoot>(
      *sigstore::parse_trusted_root(stack.trusted_root().dump()));
  const Json& material = bundle["verificationMaterial"];
  const Bytes leaf = *from_base64(material["certificate"]["rawBytes"].get<std::string>());
  Bytes token;
  if (rekor == 2) {
    token = *from_base64(
        material["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"]
            .get<std::string>());
  }
  // A signature costs the same whatever it is over: one pair of key and text stands for SCT,
  // promise and checkpoint.
  const auto p256 = keys::PrivateKey::generate(keys::Algorithm::P256);
  const auto ed25519 = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  const std::string text(512, 'x');
  const Bytes by_p256 = p256.sign(text), by_ed25519 = ed25519.sign(text);
  return [=] {
    const unsigned char* at = sigstore::octets(leaf);
    const Owned<X509, X509_free> x509(d2i_X509(nullptr, &at, static_cast<long>(leaf.size())));
    const TrustedAuthority& authority = root->certificate_authorities.front();
    X509* issuer = authority.chain[0].openssl();
    Z5_ASSERT(X509_get0_pubkey(x509.get()) != nullptr);
    Z5_ASSERT(X509_verify(x509.get(), X509_get0_pubkey(issuer)) == 1);
    Z5_ASSERT(X509_verify(issuer, X509_get0_pubkey(authority.chain[1].openssl())) == 1);
    for (int i = 0; i < (rekor == 1 ? 4 : 2); ++i)
      Z5_ASSERT(p256.public_key().verify(text, by_p256));
    if (rekor == 2) {
      Z5_ASSERT(ed25519.public_key().verify(text, by_ed25519));
      check_token(token, root->timestamp_authorities.front());
    }
  };
}

}  // namespace z5::support
