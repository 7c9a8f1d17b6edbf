// SPDX-License-Identifier: Apache-2.0
// A whole Sigstore of our own, made at run time: a Fulcio-like authority with a certificate
// transparency log, a Rekor-like log (v1 or v2), a timestamp authority, and a private root with
// revocation lists. Tests bend single parts of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/sigstore/certificate.h"
#include "ledger/keys/key.h"
#include "schemas/json.h"
#include "schemas/time.h"

namespace z5::support {

// When everything happens: 2026-11-24T12:00:00Z.
inline constexpr std::int64_t kSignedAt = 1'795'521'600;

struct Authority {
  keys::PrivateKey key;
  std::string name;
  Bytes certificate;  // DER
};

// One signer's certificate: what tests bend.
struct LeafOptions {
  std::string identity =
      "email:trainer@example.test";  // as OpenSSL's subjectAltName value; empty = none
  std::string issuer = "https://issuer.example.test";  // empty = no issuer extension
  std::string key_usage = "critical,digitalSignature";
  std::string extended_key_usage = "codeSigning";
  std::string basic_constraints;
  std::int64_t from = kSignedAt - 60, to = kSignedAt + 540;
  bool sct = true;
  const keys::PrivateKey* sct_key = nullptr;  // another log's key
  const Authority* sct_issuer = nullptr;      // the SCT is made for another issuer
  std::int64_t sct_time = kSignedAt - 30;
};

struct BundleOptions {
  int rekor = 2;  // 0 none, 1, 2
  bool timestamp = true;
  std::int64_t time = kSignedAt;  // of log and timestamp authority
  LeafOptions leaf;
};

class PrivateStack {
 public:
  PrivateStack();

  Json trusted_root() const;
  const Authority& root() const { return root_; }
  const Authority& intermediate() const { return intermediate_; }
  std::string anchor_pem() const;

  // A signer's key and certificate of `issuer`.
  Bytes issue(const Authority& issuer, const keys::PrivateKey& key,
              const LeafOptions& options) const;

  // Keyless bundles; `signer` is a fresh key each time unless given.
  Json keyless_blob(std::string_view artifact, const BundleOptions& options = {}) const;
  Json keyless_statement(std::string_view payload, const BundleOptions& options = {},
                         std::string_view entry_kind = "dsse") const;
  // By a certificate of the private root (leaf and intermediate in the bundle), without log and
  // time.
  Json certificate_statement(std::string_view payload, const LeafOptions& options) const;
  // By a managed key, logged.
  Json key_blob(std::string_view artifact, const keys::PrivateKey& key, int rekor) const;

  Json log_entry_v1(std::string_view body_kind, std::string_view body, std::int64_t time) const;
  Json log_entry_v2(std::string_view body_kind, std::string_view body) const;
  Bytes timestamp(std::string_view signature, std::int64_t time) const;
  Bytes timestamp_by(const Authority& authority, std::string_view signature,
                     std::int64_t time) const;
  Authority another_timestamp_authority() const;  // under the same root
  Bytes revocation_list(const Authority& issuer, const std::vector<Bytes>& revoked,
                        std::int64_t this_update, std::int64_t next_update) const;

 private:
  Json entries(int rekor, std::string_view kind, const Json& v1_spec, const Json& v2_spec,
               std::int64_t time) const;

  Authority root_, intermediate_, tsa_root_, tsa_;
  keys::PrivateKey ct_log_, rekor_v1_, rekor_v2_;
};

std::string statement_for(std::string_view artifact, std::string_view predicate_type);

}  // namespace z5::support
