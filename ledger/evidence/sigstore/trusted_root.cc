// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/trusted_root.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>

#include "ledger/evidence/sigstore/owned.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/encoding.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

Result<Bytes> bytes(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const std::string text, json_string(object, field, where));
  return from_base64(text);
}

Result<Window> read_window(const Json& object, std::string_view where) {
  Z5_TRY(const Json* range, json_object(object, "validFor", where));
  Z5_CHECK(json_only_fields(*range, {"start", "end"}, "validFor"));
  Window window;
  Z5_TRY(const std::string start, json_string(*range, "start", "validFor"));
  Z5_TRY(window.valid_from, from_rfc3339(start));
  if (range->contains("end")) {
    Z5_TRY(const std::string end, json_string(*range, "end", "validFor"));
    Z5_TRY(window.valid_to, from_rfc3339(end));
  }
  return window;
}

// SubjectPublicKeyInfo, or PKCS #1 for the old RSA logs.
Result<keys::PublicKey> read_key(std::string_view raw, std::string_view details) {
  if (!details.starts_with("PKCS1_RSA")) return keys::PublicKey::from_spki(raw);
  const unsigned char* at = octets(raw);
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(raw.size())));
  ERR_clear_error();
  if (!key || at != octets(raw) + raw.size()) return invalid("key: not a PKCS #1 public key");
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  const Owned<unsigned char, [](unsigned char* p) { OPENSSL_free(p); }> owned(der);
  if (size <= 0) return invalid("key: has no SubjectPublicKeyInfo");
  return keys::PublicKey::from_spki({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
}

Status read_log(const Json& object, std::vector<TrustedLog>& out) {
  Z5_CHECK(json_only_fields(
      object, {"baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator"},
      "tlogs"));
  Z5_TRY(const std::string hash, json_string(object, "hashAlgorithm", "tlogs"));
  if (hash != "SHA2_256") return invalid("tlogs.hashAlgorithm: expected SHA2_256");
  Z5_TRY(const Json* key, json_object(object, "publicKey", "tlogs"));
  Z5_CHECK(json_only_fields(*key, {"rawBytes", "keyDetails", "validFor"}, "publicKey"));
  Z5_TRY(const Bytes raw, bytes(*key, "rawBytes", "publicKey"));
  Z5_TRY(const std::string details, json_string_or(*key, "keyDetails", "", "publicKey"));
  Z5_TRY(const Window window, read_window(*key, "publicKey"));
  Z5_TRY(const Json* id, json_object(object, "logId", "tlogs"));
  Z5_CHECK(json_only_fields(*id, {"keyId"}, "logId"));
  Z5_TRY(const Bytes log_id, bytes(*id, "keyId", "logId"));
  auto read = read_key(raw, details);
  if (read.ok()) out.push_back({log_id, *std::move(read), window});
  return Done{};
}

Status read_authority(const Json& object, std::vector<TrustedAuthority>& out) {
  constexpr std::string_view kWhere = "authorities";
  Z5_CHECK(
      json_only_fields(object, {"subject", "uri", "certChain", "validFor", "operator"}, kWhere));
  TrustedAuthority authority;
  Z5_TRY(authority.window, read_window(object, kWhere));
  Z5_TRY(const Json* chain, json_object(object, "certChain", kWhere));
  Z5_CHECK(json_only_fields(*chain, {"certificates"}, "certChain"));
  Z5_TRY(const Json* certificates, json_array(*chain, "certificates", "certChain"));
  if (certificates->size() > limits::kMaxBundleCertificates)
    return invalid("certChain.certificates: too many");
  for (const Json& each : *certificates) {
    Z5_CHECK(json_only_fields(each, {"rawBytes"}, "certificates"));
    Z5_TRY(const Bytes der, bytes(each, "rawBytes", "certificates"));
    Z5_TRY(Certificate certificate, Certificate::from_der(der));
    authority.chain.push_back(std::move(certificate));
  }
  if (authority.chain.empty()) return invalid("certChain.certificates: empty");
  out.push_back(std::move(authority));
  return Done{};
}

template <class T>
Status read_list(const Json& root, std::string_view field, std::vector<T>& out,
                 Status (*read)(const Json&, std::vector<T>&)) {
  if (!root.contains(field)) return Done{};
  Z5_TRY(const Json* list, json_array(root, field, ""));
  if (list->size() > limits::kMaxTrustedEntries)
    return invalid(fmt::format("{}: too many entries", field));
  for (const Json& each : *list) {
    Z5_CHECK(read(each, out));
  }
  return Done{};
}

Result<TrustedRoot> read_root(std::string_view json) {
  Z5_TRY(const Json root, parse_json(json, limits::kMaxTrustedRoot));
  Z5_CHECK(json_only_fields(
      root, {"mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"},
      ""));
  Z5_TRY(const std::string media_type, json_string(root, "mediaType", ""));
  if (media_type != "application/vnd.dev.sigstore.trustedroot+json;version=0.1" &&
      media_type != "application/vnd.dev.sigstore.trustedroot+json;version=0.2" &&
      media_type != "application/vnd.dev.sigstore.trustedroot.v0.2+json") {
    return invalid("mediaType: not a Sigstore trusted root v0.1 or v0.2");
  }
  TrustedRoot out;
  Z5_CHECK(read_list(root, "tlogs", out.logs, read_log));
  Z5_CHECK(read_list(root, "certificateAuthorities", out.certificate_authorities, read_authority));
  Z5_CHECK(read_list(root, "ctlogs", out.ct_logs, read_log));
  Z5_CHECK(read_list(root, "timestampAuthorities", out.timestamp_authorities, read_authority));
  return out;
}

const TrustedLog* find(const std::vector<TrustedLog>& logs, std::string_view id) {
  for (const TrustedLog& log : logs) {
    if (log.id == id) return &log;
  }
  return nullptr;
}

}  // namespace

Verdict<Done> Window::admits(Time signed_at, Time recorded, Time now, std::string_view what) const {
  if (!covers(signed_at)) {
    return refuse("trust-window",
                  fmt::format("{}: not trusted at {}", what, to_rfc3339(signed_at)));
  }
  if (withdrawn_at.is_set() && withdrawn_at <= now) {
    return refuse("trust-withdrawn",
                  fmt::format("{}: trust was withdrawn at {}", what, to_rfc3339(withdrawn_at)));
  }
  if (invalid_since.is_set() && std::max(signed_at, recorded) >= invalid_since) {
    return refuse("trust-void", fmt::format("{}: what it signed since {} is void", what,
                                            to_rfc3339(invalid_since)));
  }
  return Done{};
}

const TrustedLog* TrustedRoot::log(std::string_view id) const { return find(logs, id); }
const TrustedLog* TrustedRoot::ct_log(std::string_view id) const { return find(ct_logs, id); }

Verdict<TrustedRoot> parse_trusted_root(std::string_view json) {
  return under("trusted-root-malformed", read_root(json));
}

}  // namespace z5::sigstore
