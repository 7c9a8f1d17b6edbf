// SPDX-License-Identifier: Apache-2.0
// Sigstore bundles as values: the strict reader of media types v0.1, v0.2 and v0.3
// (sigstore/protobuf-specs, sigstore_bundle.proto, in its JSON form). Reading proves nothing;
// verify.h does. Pure; any thread.
//
// Narrower than protobuf JSON: lowerCamelCase names only, unknown fields refused, base64 of the
// standard alphabet with padding and without line breaks, enumerations by name. An absent or null
// member has its default, as protobuf says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::sigstore {

enum class BundleVersion { V01, V02, V03 };

// A DSSE envelope with its one signature, decoded.
struct Envelope {
  std::string payload_type;
  Bytes payload;
  Bytes signature;
};

// A signature over an artifact's bytes. `digest` is what the producer says; it is compared, never
// trusted.
struct MessageSignature {
  std::string
      digest_algorithm;  // "SHA2_256", "SHA2_384", "SHA2_512"; empty when the digest is absent
  Bytes digest;
  Bytes signature;
};

struct InclusionProof {
  std::uint64_t log_index = 0;
  std::uint64_t tree_size = 0;
  Bytes root_hash;
  std::vector<Bytes> hashes;
  std::string checkpoint;  // the signed note; empty when absent
};

struct LogEntry {
  std::uint64_t log_index = 0;
  Bytes log_id;
  std::string kind, version;         // "hashedrekord" "0.0.1", ...
  std::int64_t integrated_time = 0;  // seconds since the epoch; 0 = the log says no time
  Bytes signed_entry_timestamp;      // the promise; empty when absent
  std::optional<InclusionProof> proof;
  Bytes body;  // canonicalizedBody, decoded
};

struct Bundle {
  BundleVersion version = BundleVersion::V03;
  // Exactly one of the two:
  std::optional<Envelope> envelope;
  std::optional<MessageSignature> message;
  // Exactly one of the two: a managed key's hint (may be empty), or certificates in DER, leaf
  // first.
  std::optional<std::string> key_hint;
  std::vector<Bytes> certificates;
  bool has_log_entries_field = false;  // OMS demands it beside a single certificate
  std::vector<LogEntry> log_entries;
  std::vector<Bytes> timestamps;  // RFC 3161 TimeStampResp, DER

  const Bytes& signature() const { return envelope ? envelope->signature : message->signature; }
};

// Refusals: `bundle-malformed` (size, JSON, field, encoding, count), `bundle-media-type`,
// `bundle-content` (not exactly one content), `bundle-key-material` (not exactly one key material),
// `dsse-signature-count`.
Verdict<Bundle> parse_bundle(std::string_view json);

}  // namespace z5::sigstore
