// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/evidence/examined.h"
#include "ledger/evidence/facts.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/image.h"
#include "ledger/evidence/sigstore/statement.h"

namespace z5::evidence {
namespace {

constexpr std::array<std::string_view, 9> kKinds{"manifest",    "signature", "image-signature",
                                                 "attestation", "sbom",      "vex",
                                                 "model-card",  "scdr",      "adr"};

template <class T, class E>
Examined::Content content_of(Expected<T, E> read) {
  if (read.ok()) return std::move(read).value();
  return read.error();
}

Examined::Content read_manifest(std::string_view bytes) {
  auto manifest = document::parse_manifest(bytes);
  if (!manifest.ok()) return Refusal{"manifest-malformed", manifest.error().message};
  return std::move(manifest).value();
}

std::vector<Digest> subjects_of(const sigstore::Statement& statement) {
  std::vector<Digest> subjects;
  for (const sigstore::Subject& subject : statement.subjects) {
    const auto hex = subject.digest.find("sha256");
    if (hex == subject.digest.end()) continue;
    if (const auto digest = digest_from_hex(hex->second); digest.ok()) subjects.push_back(*digest);
  }
  return subjects;
}

// Signs SHA-256 digests, so that a signature can be checked without the signed bytes.
bool signs_digests(const keys::PublicKey& key) {
  return key.algorithm() == keys::Algorithm::P256 || key.algorithm() == keys::Algorithm::Rsa;
}

// A cosign blob bundle: it signs the artifact's bytes, which are no evidence and not here; the
// digest in it is what gets verified, and collect_facts compares it with the manifest. Ed25519
// signs the message itself, P-384 and P-521 digests that a manifest does not hold: those cannot be
// checked so, and say so.
Verdict<SignedDocument> read_blob(const sigstore::Bundle& bundle,
                                  std::span<const keys::PublicKey> keys) {
  const sigstore::MessageSignature& message = *bundle.message;
  for (const keys::PublicKey& key : keys) {
    if (signs_digests(key) || !sigstore::hint_names(bundle.key_hint.value_or(""), key)) continue;
    return Refusal{"signature-needs-bytes",
                   "messageSignature: Ed25519, P-384 and P-521 keys sign the model's bytes, which "
                   "are no evidence; sign with P-256 or RSA, or make a model signature (OMS)"};
  }
  if (message.digest_algorithm != "SHA2_256" || message.digest.size() != Digest{}.bytes.size()) {
    return Refusal{"signature-digest", "messageSignature: expected a SHA-256 digest"};
  }
  for (const keys::PublicKey& key : keys) {
    if (!sigstore::verify_digest(key, message.digest, message.signature)) continue;
    return SignedDocument{key.digest(), "", {digest_from_raw(message.digest)}, {}};
  }
  return Refusal{"signature-invalid",
                 "no enrolled attest key that signs SHA-256 digests (P-256, RSA) signed it"};
}

// cosign's simple signing of an image: here the signed bytes are at hand, whatever the key.
Verdict<SignedDocument> read_signed_payload(const sigstore::SignedPayload& image,
                                            std::span<const keys::PublicKey> keys) {
  for (const keys::PublicKey& key : keys) {
    if (!sigstore::verify_message(key, image.payload, image.signature)) continue;
    return SignedDocument{
        key.digest(), std::string(sigstore::kImagePredicateType), {image.image}, {}};
  }
  return Refusal{"signature-invalid", "no enrolled attest key signed it"};
}

Verdict<SignedDocument> read_envelope(const sigstore::Bundle& bundle, std::string_view kind,
                                      std::span<const keys::PublicKey> keys) {
  Z5_TRY(const std::size_t index, sigstore::verify_dsse_with_keys(bundle, keys));
  Z5_TRY(const sigstore::Statement statement, sigstore::parse_statement(bundle.envelope->payload));
  SignedDocument read{keys[index].digest(), statement.predicate_type, subjects_of(statement), {}};
  if (kind == "signature") {
    if (statement.predicate_type != sigstore::kOmsPredicateType) {
      return Refusal{"predicate-type", "a signature document is no model signature"};
    }
    Z5_TRY(read.content, sigstore::parse_oms(statement));
  } else if (kind == "image-signature") {
    if (statement.predicate_type != sigstore::kImagePredicateType) {
      return Refusal{"predicate-type", "an image-signature document is no image signature"};
    }
  } else {
    const bool is_vex = role_for(statement.predicate_type) == "vex-signer";
    if (is_vex != (kind == "vex")) return Refusal{"predicate-type", "of another kind of document"};
    Z5_TRY(read.content, parse_predicate(statement.predicate_type, statement.predicate));
  }
  return read;
}

Verdict<SignedDocument> read_signed(std::string_view kind, std::string_view bytes,
                                    const Signers& signers) {
  std::vector<keys::PublicKey> keys;
  for (const Signer& signer : signers.actors) keys.push_back(signer.key);
  if (kind == "image-signature") {
    Z5_TRY(const auto image, sigstore::parse_signed_payload(bytes));
    if (image) return read_signed_payload(*image, keys);
  }
  Z5_TRY(const sigstore::Bundle bundle, sigstore::parse_bundle(bytes));
  if (!bundle.key_hint)
    return Refusal{"key-material", "signed with a certificate, which is not trusted here"};
  if (bundle.message && kind == "signature") return read_blob(bundle, keys);
  return read_envelope(bundle, kind, keys);
}

Examined::Content read(std::string_view kind, std::string_view bytes, const Signers& signers) {
  if (kind == "manifest") return read_manifest(bytes);
  if (kind == "sbom") return content_of(document::parse_sbom(bytes));
  if (kind == "model-card") return content_of(document::parse_model_card(bytes));
  if (kind == "scdr" || kind == "adr") return content_of(document::parse_decision_record(bytes));
  if (is_document_kind(kind)) return content_of(read_signed(kind, bytes, signers));
  return Refusal{"document-kind", fmt::format("'{}' is no kind of evidence", kind.substr(0, 64))};
}

}  // namespace

bool is_document_kind(std::string_view kind) {
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

ExaminedDocument examine(std::string_view kind, std::string_view bytes, const Signers& signers) {
  Examined::Content content = Refusal{"document-size", "larger than a document may be"};
  if (bytes.size() <= limits::kMaxDocument) content = read(kind, bytes, signers);
  return ExaminedDocument(new Examined(std::string(kind), sha256(bytes), std::move(content)));
}

}  // namespace z5::evidence
