// SPDX-License-Identifier: Apache-2.0
#include "schemas/digest.h"

#include <openssl/evp.h>

#include "schemas/encoding.h"

namespace z5 {
namespace {

const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Z5_ASSERT(fetched != nullptr);
  return fetched;
}

// One context per thread: allocating one per hash costs as much as hashing 200 bytes.
EVP_MD_CTX* thread_context() {
  struct Owner {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Owner() { EVP_MD_CTX_free(context); }
  };
  thread_local Owner owner;
  return owner.context;
}

}  // namespace

std::string Digest::hex() const { return to_hex(view()); }
std::string Digest::text() const { return "sha256:" + hex(); }

Result<Digest> digest_from_hex(std::string_view hex) {
  if (hex.size() != 64) return invalid("digest: expected 64 lower-case hex digits");
  Z5_TRY(const Bytes raw, from_hex(hex));
  return digest_from_raw(raw);
}

Result<Digest> digest_from_text(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!text.starts_with(kPrefix)) return invalid("digest: expected sha256:<64 hex digits>");
  return digest_from_hex(text.substr(kPrefix.size()));
}

Digest digest_from_raw(std::string_view raw) {
  Digest digest;
  Z5_ASSERT(raw.size() == digest.bytes.size());
  std::memcpy(digest.bytes.data(), raw.data(), raw.size());
  return digest;
}

Digest sha256(std::string_view data) { return sha256({data}); }

Digest sha256(std::initializer_list<std::string_view> parts) {
  EVP_MD_CTX* context = thread_context();
  Digest digest;
  bool ok = EVP_DigestInit_ex2(context, algorithm(), nullptr) == 1;
  for (const std::string_view part : parts) {
    ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  ok = ok && EVP_DigestFinal_ex(context, digest.bytes.data(), nullptr) == 1;
  Z5_ASSERT(ok);
  return digest;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Z5_ASSERT(context_ != nullptr && EVP_DigestInit_ex2(context_, algorithm(), nullptr) == 1);
}
Sha256::~Sha256() { EVP_MD_CTX_free(context_); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}
void Sha256::update(std::string_view data) {
  Z5_ASSERT(EVP_DigestUpdate(context_, data.data(), data.size()) == 1);
}
Digest Sha256::finish() {
  Digest digest;
  Z5_ASSERT(EVP_DigestFinal_ex(context_, digest.bytes.data(), nullptr) == 1 &&
            EVP_DigestInit_ex2(context_, algorithm(), nullptr) == 1);
  return digest;
}

}  // namespace z5
