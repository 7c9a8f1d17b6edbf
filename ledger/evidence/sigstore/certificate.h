// SPDX-License-Identifier: Apache-2.0
// X.509 certificates of signers (RFC 5280): the fields that evidence binds to, and the path to an
// anchor. Anchors come from the policy, never from a bundle. Values that share an immutable OpenSSL
// object; any thread. Pure: the time of judgment is passed in.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys/key.h"
#include "schemas/digest.h"
#include "schemas/result.h"
#include "schemas/time.h"

struct x509_st;

namespace z5::sigstore {

class Certificate {
 public:
  // One certificate in DER with nothing behind it; Invalid otherwise, and for keys that
  // keys::PublicKey refuses.
  static Result<Certificate> from_der(std::string_view der);

  const Bytes& der() const { return der_; }
  Digest digest() const { return sha256(der_); }
  const keys::PublicKey& key() const { return key_; }
  Time not_before() const { return not_before_; }
  Time not_after() const { return not_after_; }
  bool covers(Time time) const {
    return not_before_ <= time && time <= not_after_;
  }  // closed, as X.509 says
  bool is_self_signed() const;
  bool is_authority() const;  // may sign certificates
  x509_st* openssl() const { return x509_.get(); }
  bool operator==(const Certificate& other) const { return der_ == other.der_; }

  // The one subject alternative name that signers of software have: e-mail, URI, or Fulcio's other
  // name (1.3.6.1.4.1.57264.1.7). Refusal `certificate-identity`: none, several, another type, or a
  // control character in it.
  Verdict<std::string> identity() const;
  // The OpenID issuer that Fulcio attests: 1.3.6.1.4.1.57264.1.8 (DER UTF8String), else .1.1 (raw);
  // when both are there they must be equal. Refusal `certificate-issuer`.
  Verdict<std::string> oidc_issuer() const;

 private:
  std::shared_ptr<x509_st> x509_;
  Bytes der_;
  keys::PublicKey key_;
  Time not_before_, not_after_;
};

struct PemBlock {
  std::string name;  // "CERTIFICATE", "PUBLIC KEY"
  Bytes der;
};
// The blocks of a PEM text (RFC 7468), in order; Invalid when there is none or one is damaged.
Result<std::vector<PemBlock>> pem_blocks(std::string_view pem);

// All certificates of a PEM text, in order; Invalid when there is none or one cannot be read.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem);

// What a signer's certificate must be besides trusted: no CA, key usage digitalSignature, extended
// key usage codeSigning. OpenSSL 3.0 has no such purpose. Refusal `certificate-usage`.
Verdict<Done> may_sign_code(const Certificate& leaf);

// The path leaf … anchor, valid at each of `times`; without any, the caller judges its validity.
// `untrusted` may complete the path and proves nothing. Where an intermediate states extended key
// usages, codeSigning is among them. Refusals: `certificate-expired` (some certificate of the path
// is not valid at one of the times), `certificate-chain`.
Verdict<std::vector<Certificate>> path_to_anchor(const Certificate& leaf,
                                                 std::span<const Certificate> untrusted,
                                                 std::span<const Certificate> anchors,
                                                 std::span<const Time> times);

}  // namespace z5::sigstore
