// SPDX-License-Identifier: Apache-2.0
#include "ledger/keys/key.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace z5::keys {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
Bio memory_bio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}
const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Result<Algorithm> algorithm_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return Algorithm::Ed25519;
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key) >= 2048) return Algorithm::Rsa;
      return invalid("key: RSA below 2048 bits");
    case EVP_PKEY_EC: {
      char group[64] = {};
      std::size_t size = 0;
      EVP_PKEY_get_group_name(key, group, sizeof group, &size);
      const std::string_view name(group, size);
      if (name == "prime256v1") return Algorithm::P256;
      if (name == "secp384r1") return Algorithm::P384;
      if (name == "secp521r1") return Algorithm::P521;
      return invalid(fmt::format("key: curve '{}' is not accepted", name));
    }
    default:
      return invalid("key: expected Ed25519, ECDSA P-256/384/521 or RSA");
  }
}

const EVP_MD* hash_of(Algorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (algorithm) {
    case Algorithm::Ed25519:
      return nullptr;
    case Algorithm::P384:
      return sha384;
    case Algorithm::P521:
      return sha512;
    case Algorithm::P256:
    case Algorithm::Rsa:
      return sha256;
  }
  return nullptr;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return invalid(fmt::format("{}: {}", path, std::strerror(errno)));
  return std::move(text).str();
}

}  // namespace

std::string_view algorithm_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Ed25519:
      return "ed25519";
    case Algorithm::P256:
      return "p256";
    case Algorithm::P384:
      return "p384";
    case Algorithm::P521:
      return "p521";
    case Algorithm::Rsa:
      return "rsa";
  }
  return "";
}

Result<PublicKey> PublicKey::from_openssl(std::shared_ptr<evp_pkey_st> key) {
  if (!key) return invalid("key: cannot be read");
  PublicKey out;
  Z5_TRY(out.algorithm_, algorithm_of(key.get()));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return invalid("key: has no SubjectPublicKeyInfo");
  out.spki_.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  out.key_ = std::move(key);
  return out;
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const Bio bio = memory_bio(pem);
  auto key = own(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return invalid("key: not a PEM PUBLIC KEY");
  char* rest = nullptr;
  const long left = BIO_get_mem_data(bio.get(), &rest);
  if (std::string_view(rest, static_cast<std::size_t>(left)).find_first_not_of(" \t\r\n") !=
      std::string_view::npos) {
    return invalid("key: text after the PEM block");
  }
  return from_openssl(std::move(key));
}

Result<PublicKey> PublicKey::from_spki(std::string_view der) {
  const unsigned char* at = octets(der);
  auto key = own(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  Z5_TRY(PublicKey out, from_openssl(std::move(key)));
  if (out.spki_ != der) return invalid("key: SubjectPublicKeyInfo is not canonical DER");
  return out;
}

Result<PublicKey> PublicKey::from_decoded(std::shared_ptr<evp_pkey_st> key, Bytes spki) {
  if (!key) return invalid("key: cannot be read");
  PublicKey out;
  Z5_TRY(out.algorithm_, algorithm_of(key.get()));
  out.spki_ = std::move(spki);
  out.key_ = std::move(key);
  return out;
}

std::string PublicKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Z5_ASSERT(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1);
  return bio_text(bio.get());
}

Bytes PublicKey::raw_ed25519() const {
  Z5_ASSERT(algorithm_ == Algorithm::Ed25519);
  Bytes raw(32, '\0');
  std::size_t size = raw.size();
  Z5_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                        &size) == 1);
  return raw;
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, hash_of(algorithm_), nullptr, key_.get()) ==
             1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

bool PublicKey::verify_digest(std::string_view digest, std::string_view signature) const {
  const char* name = digest.size() == 32   ? "SHA256"
                     : digest.size() == 48 ? "SHA384"
                     : digest.size() == 64 ? "SHA512"
                                           : nullptr;
  if (name == nullptr || algorithm_ == Algorithm::Ed25519) return false;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr), EVP_PKEY_CTX_free);
  return EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_get_digestbyname(name)) == 1 &&
         EVP_PKEY_verify(context.get(), octets(signature), signature.size(), octets(digest),
                         digest.size()) == 1;
}

PrivateKey PrivateKey::generate(Algorithm algorithm) {
  Z5_ASSERT(algorithm == Algorithm::Ed25519 || algorithm == Algorithm::P256);
  auto key = own(algorithm == Algorithm::Ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                                 : EVP_EC_gen("P-256"));
  auto pub = PublicKey::from_openssl(std::move(key));
  Z5_ASSERT(pub.ok());
  PrivateKey out;
  out.public_ = std::move(*pub);
  return out;
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  if (pem.find("-----BEGIN PRIVATE KEY-----") == std::string_view::npos) {
    return invalid("key: not an unencrypted PKCS #8 PEM PRIVATE KEY");
  }
  const Bio bio = memory_bio(pem);
  PrivateKey out;
  Z5_TRY(out.public_, PublicKey::from_openssl(
                          own(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr))));
  return out;
}

Result<PrivateKey> PrivateKey::load(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0)
    return invalid(fmt::format("{}: {}", path, std::strerror(errno)));
  if ((info.st_mode & 077) != 0)
    return invalid(fmt::format("{}: readable by group or others (chmod 600)", path));
  Z5_TRY(const std::string pem, read_file(path));
  auto key = from_pem(pem);
  if (!key.ok()) return invalid(fmt::format("{}: {}", path, key.error().message));
  return key;
}

std::string PrivateKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Z5_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), public_.key_.get(), nullptr, nullptr, 0,
                                          nullptr, nullptr) == 1);
  return bio_text(bio.get());
}

Bytes PrivateKey::sign(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  Z5_ASSERT(EVP_DigestSignInit(context.get(), nullptr, hash_of(public_.algorithm_), nullptr,
                               public_.key_.get()) == 1);
  std::size_t size = 0;
  Z5_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, octets(message), message.size()) == 1);
  Bytes signature(size, '\0');
  Z5_ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           octets(message), message.size()) == 1);
  signature.resize(size);
  return signature;
}

Result<PublicKey> load_public_key(const std::string& path) {
  Z5_TRY(const std::string pem, read_file(path));
  auto key = PublicKey::from_pem(pem);
  if (!key.ok()) return invalid(fmt::format("{}: {}", path, key.error().message));
  return key;
}

Bytes random_bytes(std::size_t size) {
  Bytes out(size, '\0');
  Z5_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) == 1);
  return out;
}

}  // namespace z5::keys
