// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/bundle.h"

#include <fmt/format.h>

#include <limits>

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/encoding.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

// The member, or null when it is absent or JSON null: protobuf's "not set".
const Json* member(const Json& object, std::string_view field) {
  const auto it = object.find(field);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

Result<std::string> text(const Json& object, std::string_view field, std::string_view where) {
  if (member(object, field) == nullptr) return std::string();
  return json_string_or(object, field, "", where);
}

Result<std::uint64_t> number(const Json& object, std::string_view field, std::string_view where) {
  if (member(object, field) == nullptr) return std::uint64_t{0};
  return json_uint(object, field, where);
}

Result<Bytes> bytes(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const std::string encoded, text(object, field, where));
  auto raw = from_base64(encoded);
  if (!raw.ok()) return invalid(fmt::format("{}.{}: {}", where, field, raw.error().message));
  return raw;
}

Result<Bytes> required_bytes(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(Bytes raw, bytes(object, field, where));
  if (raw.empty()) return invalid(fmt::format("{}.{}: missing or empty", where, field));
  return raw;
}

// The array's elements, at most `limit`; an absent one is empty.
Result<const Json*> list(const Json& object, std::string_view field, std::size_t limit,
                         std::string_view where) {
  static const Json kEmpty = Json::array();
  const Json* found = member(object, field);
  if (found == nullptr) return &kEmpty;
  if (!found->is_array()) return invalid(fmt::format("{}.{}: expected an array", where, field));
  if (found->size() > limit)
    return invalid(fmt::format("{}.{}: more than {} elements", where, field, limit));
  return found;
}

Result<Bytes> read_certificate(const Json& object, std::string_view where) {
  Z5_CHECK(json_only_fields(object, {"rawBytes"}, where));
  return required_bytes(object, "rawBytes", where);
}

Result<InclusionProof> read_proof(const Json& object) {
  constexpr std::string_view kWhere = "inclusionProof";
  Z5_CHECK(json_only_fields(object, {"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"},
                            kWhere));
  InclusionProof proof;
  Z5_TRY(proof.log_index, number(object, "logIndex", kWhere));
  Z5_TRY(proof.tree_size, number(object, "treeSize", kWhere));
  Z5_TRY(proof.root_hash, required_bytes(object, "rootHash", kWhere));
  Z5_TRY(const Json* hashes, list(object, "hashes", limits::kMaxInclusionHashes, kWhere));
  for (const Json& hash : *hashes) {
    if (!hash.is_string()) return invalid("inclusionProof.hashes: expected strings");
    Z5_TRY(Bytes raw, from_base64(hash.get_ref<const std::string&>()));
    if (raw.size() != 32) return invalid("inclusionProof.hashes: expected 32 bytes each");
    proof.hashes.push_back(std::move(raw));
  }
  if (const Json* checkpoint = member(object, "checkpoint")) {
    Z5_CHECK(json_only_fields(*checkpoint, {"envelope"}, "checkpoint"));
    Z5_TRY(proof.checkpoint, text(*checkpoint, "envelope", "checkpoint"));
  }
  return proof;
}

Result<LogEntry> read_log_entry(const Json& object) {
  constexpr std::string_view kWhere = "tlogEntries";
  Z5_CHECK(json_only_fields(object,
                            {"logIndex", "logId", "kindVersion", "integratedTime",
                             "inclusionPromise", "inclusionProof", "canonicalizedBody"},
                            kWhere));
  LogEntry entry;
  Z5_TRY(entry.log_index, number(object, "logIndex", kWhere));
  Z5_TRY(const Json* log_id, json_object(object, "logId", kWhere));
  Z5_CHECK(json_only_fields(*log_id, {"keyId"}, "logId"));
  Z5_TRY(entry.log_id, required_bytes(*log_id, "keyId", "logId"));
  Z5_TRY(const Json* kind, json_object(object, "kindVersion", kWhere));
  Z5_CHECK(json_only_fields(*kind, {"kind", "version"}, "kindVersion"));
  Z5_TRY(entry.kind, json_string(*kind, "kind", "kindVersion"));
  Z5_TRY(entry.version, json_string(*kind, "version", "kindVersion"));
  Z5_TRY(const std::uint64_t time, number(object, "integratedTime", kWhere));
  if (time > std::numeric_limits<std::int64_t>::max() / 1'000'000'000) {
    return invalid("tlogEntries.integratedTime: too late");
  }
  entry.integrated_time = static_cast<std::int64_t>(time);
  if (const Json* promise = member(object, "inclusionPromise")) {
    Z5_CHECK(json_only_fields(*promise, {"signedEntryTimestamp"}, "inclusionPromise"));
    Z5_TRY(entry.signed_entry_timestamp,
           bytes(*promise, "signedEntryTimestamp", "inclusionPromise"));
  }
  if (const Json* proof = member(object, "inclusionProof")) {
    Z5_TRY(entry.proof, read_proof(*proof));
  }
  Z5_TRY(entry.body, required_bytes(object, "canonicalizedBody", kWhere));
  return entry;
}

Result<Bytes> read_timestamp(const Json& object) {
  Z5_CHECK(json_only_fields(object, {"signedTimestamp"}, "rfc3161Timestamps"));
  return required_bytes(object, "signedTimestamp", "rfc3161Timestamps");
}

Status read_material(const Json& object, Bundle& bundle) {
  constexpr std::string_view kWhere = "verificationMaterial";
  Z5_CHECK(json_only_fields(object,
                            {"publicKey", "x509CertificateChain", "certificate", "tlogEntries",
                             "timestampVerificationData"},
                            kWhere));
  if (const Json* key = member(object, "publicKey")) {
    // Model signatures until 1.0 brought the key itself, which decides as little as a hint.
    Z5_CHECK(json_only_fields(*key, {"hint", "rawBytes", "keyDetails"}, "publicKey"));
    Z5_TRY(bundle.key_hint, text(*key, "hint", "publicKey"));
  }
  if (const Json* certificate = member(object, "certificate")) {
    Z5_TRY(Bytes der, read_certificate(*certificate, "certificate"));
    bundle.certificates.push_back(std::move(der));
  }
  if (const Json* chain = member(object, "x509CertificateChain")) {
    Z5_CHECK(json_only_fields(*chain, {"certificates"}, "x509CertificateChain"));
    Z5_TRY(const Json* certificates,
           list(*chain, "certificates", limits::kMaxBundleCertificates, kWhere));
    for (const Json& each : *certificates) {
      Z5_TRY(Bytes der, read_certificate(each, "x509CertificateChain.certificates"));
      bundle.certificates.push_back(std::move(der));
    }
  }
  bundle.has_log_entries_field = member(object, "tlogEntries") != nullptr;
  Z5_TRY(const Json* entries, list(object, "tlogEntries", limits::kMaxLogEntries, kWhere));
  for (const Json& each : *entries) {
    Z5_TRY(LogEntry entry, read_log_entry(each));
    bundle.log_entries.push_back(std::move(entry));
  }
  if (const Json* data = member(object, "timestampVerificationData")) {
    Z5_CHECK(json_only_fields(*data, {"rfc3161Timestamps"}, "timestampVerificationData"));
    Z5_TRY(const Json* stamps, list(*data, "rfc3161Timestamps", limits::kMaxTimestamps, kWhere));
    for (const Json& each : *stamps) {
      Z5_TRY(Bytes stamp, read_timestamp(each));
      bundle.timestamps.push_back(std::move(stamp));
    }
  }
  return Done{};
}

Result<Envelope> read_envelope(const Json& object) {
  constexpr std::string_view kWhere = "dsseEnvelope";
  Z5_CHECK(json_only_fields(object, {"payload", "payloadType", "signatures"}, kWhere));
  Envelope envelope;
  Z5_TRY(envelope.payload, required_bytes(object, "payload", kWhere));
  Z5_TRY(envelope.payload_type, json_string(object, "payloadType", kWhere));
  Z5_TRY(const Json* signatures, json_array(object, "signatures", kWhere));
  const Json& signature = signatures->front();  // parse_bundle counted them
  Z5_CHECK(json_only_fields(signature, {"sig", "keyid"}, "signatures"));
  Z5_TRY(envelope.signature, required_bytes(signature, "sig", "signatures"));
  Z5_CHECK(text(signature, "keyid", "signatures"));
  return envelope;
}

Result<MessageSignature> read_message(const Json& object) {
  constexpr std::string_view kWhere = "messageSignature";
  Z5_CHECK(json_only_fields(object, {"messageDigest", "signature"}, kWhere));
  MessageSignature message;
  Z5_TRY(message.signature, required_bytes(object, "signature", kWhere));
  if (const Json* digest = member(object, "messageDigest")) {
    Z5_CHECK(json_only_fields(*digest, {"algorithm", "digest"}, "messageDigest"));
    Z5_TRY(message.digest_algorithm, json_string(*digest, "algorithm", "messageDigest"));
    Z5_TRY(message.digest, required_bytes(*digest, "digest", "messageDigest"));
    const std::string_view name = message.digest_algorithm;
    const std::size_t size = name == "SHA2_256"   ? 32
                             : name == "SHA2_384" ? 48
                             : name == "SHA2_512" ? 64
                                                  : 0;
    if (message.digest.size() != size)
      return invalid("messageDigest: algorithm unknown or digest of another length");
  }
  return message;
}

std::optional<BundleVersion> version_of(std::string_view media_type) {
  if (media_type == "application/vnd.dev.sigstore.bundle+json;version=0.1")
    return BundleVersion::V01;
  if (media_type == "application/vnd.dev.sigstore.bundle+json;version=0.2")
    return BundleVersion::V02;
  if (media_type == "application/vnd.dev.sigstore.bundle+json;version=0.3")
    return BundleVersion::V03;
  if (media_type == "application/vnd.dev.sigstore.bundle.v0.3+json") return BundleVersion::V03;
  return std::nullopt;
}

// Kept apart from read_envelope because "two signatures" is a refusal of its own (FINDINGS: DSSE,
// exactly one).
Verdict<Done> one_signature(const Json& envelope) {
  const Json* signatures = envelope.is_object() ? member(envelope, "signatures") : nullptr;
  const std::size_t count =
      signatures != nullptr && signatures->is_array() ? signatures->size() : 0;
  if (count == limits::kMaxEnvelopeSignatures) return Done{};
  return refuse("dsse-signature-count",
                fmt::format("dsseEnvelope.signatures: expected exactly one, found {}", count));
}

}  // namespace

Verdict<Bundle> parse_bundle(std::string_view json) {
  constexpr std::string_view kRule = "bundle-malformed";
  Z5_TRY(const Json root, under(kRule, parse_json(json, limits::kMaxBundle)));
  if (!root.is_object()) return refuse(kRule, "bundle: expected an object");
  Z5_TRY(const std::string media_type,
         under("bundle-media-type", json_string(root, "mediaType", "")));
  const auto version = version_of(media_type);
  if (!version)
    return refuse("bundle-media-type", "mediaType: not a Sigstore bundle v0.1, v0.2 or v0.3");
  Z5_CHECK(under(
      kRule,
      json_only_fields(
          root, {"mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"}, "")));
  Bundle bundle;
  bundle.version = *version;
  const Json* envelope = member(root, "dsseEnvelope");
  const Json* message = member(root, "messageSignature");
  if ((envelope == nullptr) == (message == nullptr)) {
    return refuse("bundle-content",
                  "bundle: expected exactly one of dsseEnvelope and messageSignature");
  }
  if (envelope != nullptr) {
    Z5_CHECK(one_signature(*envelope));
    Z5_TRY(bundle.envelope, under(kRule, read_envelope(*envelope)));
  } else {
    Z5_TRY(bundle.message, under(kRule, read_message(*message)));
  }
  const Json* material = member(root, "verificationMaterial");
  if (material == nullptr) return refuse("bundle-key-material", "verificationMaterial: missing");
  Z5_CHECK(under(kRule, json_only_fields(*material,
                                         {"publicKey", "x509CertificateChain", "certificate",
                                          "tlogEntries", "timestampVerificationData"},
                                         "verificationMaterial")));
  const int kinds = (member(*material, "publicKey") != nullptr) +
                    (member(*material, "certificate") != nullptr) +
                    (member(*material, "x509CertificateChain") != nullptr);
  if (kinds != 1) {
    return refuse("bundle-key-material",
                  "verificationMaterial: expected exactly one of publicKey, certificate, "
                  "x509CertificateChain");
  }
  Z5_CHECK(under(kRule, read_material(*material, bundle)));
  if (!bundle.key_hint && bundle.certificates.empty()) {
    return refuse("bundle-key-material", "x509CertificateChain.certificates: empty");
  }
  return bundle;
}

}  // namespace z5::sigstore
