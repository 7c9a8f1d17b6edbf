// SPDX-License-Identifier: Apache-2.0
// Public and private keys: what they are, their texts, and one signature each. Ed25519 (RFC 8032)
// and ECDSA over P-256/384/521 with the hash of the curve (FIPS 186-4; signatures in ASN.1 DER)
// sign and verify; RSA of at least 2048 bits with PKCS #1 v1.5 and SHA-256 only verifies. Values
// that share an immutable OpenSSL key; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "schemas/digest.h"
#include "schemas/result.h"

struct evp_pkey_st;

namespace z5::keys {

enum class Algorithm { Ed25519, P256, P384, P521, Rsa };
std::string_view algorithm_name(Algorithm algorithm);  // "ed25519", "p256", ...

class PublicKey {
 public:
  // PEM "PUBLIC KEY" (RFC 7468), exactly one and nothing behind it; Invalid otherwise, and for
  // other algorithms.
  static Result<PublicKey> from_pem(std::string_view pem);
  // SubjectPublicKeyInfo DER (RFC 5280 section 4.1); Invalid when OpenSSL would write it
  // differently.
  static Result<PublicKey> from_spki(std::string_view der);

  // The key inside a certificate that OpenSSL has read already, with its SubjectPublicKeyInfo as it
  // stands there: decoding it again would cost more than a signature check. Invalid for other
  // algorithms.
  static Result<PublicKey> from_decoded(std::shared_ptr<evp_pkey_st> key, Bytes spki);

  Algorithm algorithm() const { return algorithm_; }
  const Bytes& spki() const { return spki_; }
  Digest digest() const { return sha256(spki_); }  // names the key everywhere
  std::string pem() const;
  Bytes raw_ed25519() const;  // 32 bytes; asserts the algorithm

  // True when `signature` is this key's over `message` (hashed here as the algorithm asks).
  bool verify(std::string_view message, std::string_view signature) const;
  // ECDSA and RSA only: over a digest computed elsewhere, with the digest's length naming the hash.
  // False otherwise.
  bool verify_digest(std::string_view digest, std::string_view signature) const;

  evp_pkey_st* openssl() const { return key_.get(); }  // for certificates; not to be changed
  bool operator==(const PublicKey& other) const { return spki_ == other.spki_; }

 private:
  friend class PrivateKey;
  static Result<PublicKey> from_openssl(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  Algorithm algorithm_ = Algorithm::Ed25519;
  Bytes spki_;
};

// A key in this process's memory, from a PKCS #8 PEM file.
class PrivateKey {
 public:
  static PrivateKey generate(Algorithm algorithm);  // Ed25519 or P256
  // PEM "PRIVATE KEY", not encrypted; Invalid otherwise.
  static Result<PrivateKey> from_pem(std::string_view pem);
  // Invalid when the file cannot be read, is readable by group or others, or is no key.
  static Result<PrivateKey> load(const std::string& path);

  const PublicKey& public_key() const { return public_; }
  std::string pem() const;  // PKCS #8
  // Ed25519 is deterministic; ECDSA is not.
  Bytes sign(std::string_view message) const;

 private:
  PublicKey public_;
};

// "sha256:..." of the SPKI is how texts and logs name a key.
Result<PublicKey> load_public_key(const std::string& path);

// Bytes from the operating system's generator.
Bytes random_bytes(std::size_t size);

}  // namespace z5::keys
