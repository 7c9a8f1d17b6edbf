// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/log_body.h"

#include <fmt/format.h>

#include "ledger/evidence/sigstore/certificate.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/encoding.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

// What a body states, whichever its kind: compared with what the bundle was found to hold.
struct Stated {
  Bytes signature;
  Bytes verifier;
  Bytes hash;  // of the message (hashedrekord) or of the payload (dsse, intoto)
};

Result<Bytes> base64_field(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const std::string text, json_string(object, field, where));
  return from_base64(text);
}

// A PEM text in base64: one certificate's DER or one public key's SPKI. It is compared, never used.
Result<Bytes> pem_verifier(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const Bytes pem, base64_field(object, field, where));
  Z5_TRY(auto blocks, pem_blocks(pem));
  const bool known = blocks.front().name == "CERTIFICATE" || blocks.front().name == "PUBLIC KEY";
  if (blocks.size() != 1 || !known)
    return invalid(fmt::format("{}.{}: expected one certificate or key", where, field));
  return std::move(blocks.front().der);
}

Result<Bytes> hex_hash(const Json& object, std::string_view where) {
  Z5_TRY(const std::string algorithm, json_string(object, "algorithm", where));
  Z5_TRY(const std::string value, json_string(object, "value", where));
  Z5_TRY(Bytes raw, from_hex(value));
  const std::size_t size = algorithm == "sha256"   ? 32
                           : algorithm == "sha384" ? 48
                           : algorithm == "sha512" ? 64
                                                   : 0;
  if (raw.size() != size)
    return invalid(fmt::format("{}: unknown hash, or a value of another length", where));
  return raw;
}

Result<Bytes> v2_hash(const Json& object, std::string_view where) {
  Z5_TRY(const std::string algorithm, json_string(object, "algorithm", where));
  Z5_TRY(Bytes raw, base64_field(object, "digest", where));
  const std::size_t size = algorithm == "SHA2_256"   ? 32
                           : algorithm == "SHA2_384" ? 48
                           : algorithm == "SHA2_512" ? 64
                                                     : 0;
  if (raw.size() != size)
    return invalid(fmt::format("{}: unknown hash, or a digest of another length", where));
  return raw;
}

Result<Bytes> v2_verifier(const Json& signature) {
  Z5_TRY(const Json* verifier, json_object(signature, "verifier", "signature"));
  const bool has_key = verifier->contains("publicKey");
  if (has_key == verifier->contains("x509Certificate"))
    return invalid("verifier: expected one of key and certificate");
  Z5_TRY(const Json* holder,
         json_object(*verifier, has_key ? "publicKey" : "x509Certificate", "verifier"));
  return base64_field(*holder, "rawBytes", "verifier");
}

Result<const Json*> only(const Json& object, std::string_view field, std::string_view where) {
  Z5_TRY(const Json* list, json_array(object, field, where));
  if (list->size() != 1) return invalid(fmt::format("{}.{}: expected exactly one", where, field));
  return &list->front();
}

Result<Stated> hashedrekord_v1(const Json& spec) {
  Stated out;
  Z5_TRY(const Json* data, json_object(spec, "data", "spec"));
  Z5_TRY(const Json* hash, json_object(*data, "hash", "data"));
  Z5_TRY(out.hash, hex_hash(*hash, "data.hash"));
  Z5_TRY(const Json* signature, json_object(spec, "signature", "spec"));
  Z5_TRY(out.signature, base64_field(*signature, "content", "signature"));
  Z5_TRY(const Json* key, json_object(*signature, "publicKey", "signature"));
  Z5_TRY(out.verifier, pem_verifier(*key, "content", "publicKey"));
  return out;
}

Result<Stated> hashedrekord_v2(const Json& spec) {
  Stated out;
  Z5_TRY(const Json* record, json_object(spec, "hashedRekordV002", "spec"));
  Z5_TRY(const Json* data, json_object(*record, "data", "hashedRekordV002"));
  Z5_TRY(out.hash, v2_hash(*data, "data"));
  Z5_TRY(const Json* signature, json_object(*record, "signature", "hashedRekordV002"));
  Z5_TRY(out.signature, base64_field(*signature, "content", "signature"));
  Z5_TRY(out.verifier, v2_verifier(*signature));
  return out;
}

Result<Stated> dsse_v1(const Json& spec) {
  Stated out;
  Z5_TRY(const Json* hash, json_object(spec, "payloadHash", "spec"));
  Z5_TRY(out.hash, hex_hash(*hash, "payloadHash"));
  Z5_TRY(const Json* signature, only(spec, "signatures", "spec"));
  Z5_TRY(out.signature, base64_field(*signature, "signature", "signatures"));
  Z5_TRY(out.verifier, pem_verifier(*signature, "verifier", "signatures"));
  return out;
}

Result<Stated> dsse_v2(const Json& spec) {
  Stated out;
  Z5_TRY(const Json* record, json_object(spec, "dsseV002", "spec"));
  Z5_TRY(const Json* hash, json_object(*record, "payloadHash", "dsseV002"));
  Z5_TRY(out.hash, v2_hash(*hash, "payloadHash"));
  Z5_TRY(const Json* signature, only(*record, "signatures", "dsseV002"));
  Z5_TRY(out.signature, base64_field(*signature, "content", "signatures"));
  Z5_TRY(out.verifier, v2_verifier(*signature));
  return out;
}

// intoto 0.0.2 holds signature and key in base64 twice over.
Result<Stated> intoto_v1(const Json& spec) {
  Stated out;
  Z5_TRY(const Json* content, json_object(spec, "content", "spec"));
  Z5_TRY(const Json* hash, json_object(*content, "payloadHash", "content"));
  Z5_TRY(out.hash, hex_hash(*hash, "payloadHash"));
  Z5_TRY(const Json* envelope, json_object(*content, "envelope", "content"));
  Z5_TRY(const Json* signature, only(*envelope, "signatures", "envelope"));
  Z5_TRY(const Bytes encoded, base64_field(*signature, "sig", "signatures"));
  Z5_TRY(out.signature, from_base64(encoded));
  Z5_TRY(out.verifier, pem_verifier(*signature, "publicKey", "signatures"));
  return out;
}

struct Kind {
  std::string_view kind, version;
  bool over_payload;  // its hash is the payload's, not the signed message's
  bool v2;
  Result<Stated> (*read)(const Json& spec);
};
constexpr Kind kKinds[] = {{"hashedrekord", "0.0.1", false, false, hashedrekord_v1},
                           {"hashedrekord", "0.0.2", false, true, hashedrekord_v2},
                           {"dsse", "0.0.1", true, false, dsse_v1},
                           {"dsse", "0.0.2", true, true, dsse_v2},
                           {"intoto", "0.0.2", true, false, intoto_v1}};

const Kind* kind_of(const LogEntry& entry) {
  for (const Kind& each : kKinds) {
    if (each.kind == entry.kind && each.version == entry.version) return &each;
  }
  return nullptr;
}

Result<Stated> read_body(const LogEntry& entry, const Kind& kind) {
  Z5_TRY(const Json body, parse_json(entry.body, limits::kMaxBundle));
  Z5_CHECK(json_only_fields(body, {"apiVersion", "kind", "spec"}, "body"));
  Z5_TRY(const std::string name, json_string(body, "kind", "body"));
  Z5_TRY(const std::string version, json_string(body, "apiVersion", "body"));
  if (name != entry.kind || version != entry.version)
    return invalid("body: its kind differs from kindVersion");
  Z5_TRY(const Json* spec, json_object(body, "spec", "body"));
  return kind.read(*spec);
}

Refusal mismatch(std::string_view what) {
  return refuse("log-entry-mismatch", fmt::format("log entry: made for another {}", what));
}

}  // namespace

bool is_rekor_v2(const LogEntry& entry) {
  const Kind* kind = kind_of(entry);
  return kind != nullptr && kind->v2;
}

Verdict<Done> binds(const LogEntry& entry, const SignedThing& thing) {
  const Kind* kind = kind_of(entry);
  if (kind == nullptr) {
    return refuse("log-entry-kind",
                  fmt::format("log entry: kind {} {} is not accepted", entry.kind.substr(0, 32),
                              entry.version.substr(0, 32)));
  }
  if (kind->over_payload && thing.payload.is_zero()) {
    return refuse("log-entry-kind", "log entry: an attestation's entry beside a message signature");
  }
  Z5_TRY(const Stated stated, under("log-entry-malformed", read_body(entry, *kind)));
  if (stated.signature != thing.signature) return mismatch("signature");
  if (stated.verifier != thing.verifier)
    return mismatch(thing.is_certificate ? "certificate" : "key");
  if (stated.hash !=
      (kind->over_payload ? thing.payload.view() : std::string_view(thing.message_hash))) {
    return mismatch("digest");
  }
  return Done{};
}

}  // namespace z5::sigstore
