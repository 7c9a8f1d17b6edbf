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

struct Trusted {
  std::vector<keys::PublicKey> keys;
  const sigstore::TrustRoots& roots;
};

// Signs SHA-256 digests, so that a signature can be checked without the signed bytes.
bool signs_digests(const keys::PublicKey& key) {
  return key.algorithm() == keys::Algorithm::P256 || key.algorithm() == keys::Algorithm::Rsa;
}

// A cosign blob bundle: it signs the artifact's bytes, which are no evidence and not here; the
// digest in it is what gets verified, and collect_facts compares it with the manifest. Ed25519
// signs the message itself, P-384 and P-521 digests that a manifest does not hold: those cannot be
// checked so, and say so.
Verdict<SignedDocument> read_blob(const sigstore::Bundle& bundle, const Trusted& trusted) {
  const sigstore::MessageSignature& message = *bundle.message;
  for (const keys::PublicKey& key : trusted.keys) {
    if (signs_digests(key) || !sigstore::hint_names(bundle.key_hint.value_or(""), key)) continue;
    return Refusal{"signature-needs-bytes",
                   "messageSignature: Ed25519, P-384 and P-521 keys sign the model's bytes, which "
                   "are no evidence; sign with P-256 or RSA, or make a model signature (OMS)"};
  }
  if (message.digest_algorithm != "SHA2_256" || message.digest.size() != Digest{}.bytes.size()) {
    return Refusal{"signature-digest", "messageSignature: expected a SHA-256 digest"};
  }
  const Digest digest = digest_from_raw(message.digest);
  const sigstore::Asked asked{sigstore::Artifact{digest, std::nullopt}, ""};
  SignedDocument read{{}, "", {digest}, {}};
  if (!bundle.key_hint) {
    Z5_TRY(read.grounds, trusted.roots.grounds(bundle, asked));
    return read;
  }
  for (const keys::PublicKey& key : trusted.keys) {
    if (!sigstore::verify_digest(key, message.digest, message.signature)) continue;
    read.signer = key.digest();
    Z5_TRY(read.grounds, trusted.roots.witnesses(bundle, asked, key));
    return read;
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

// Whose signature the envelope carries, into `read`.
Verdict<Done> find_signer(const sigstore::Bundle& bundle, const Trusted& trusted,
                          SignedDocument& read) {
  const sigstore::Asked asked{std::nullopt, read.predicate_type};
  if (!bundle.key_hint) {
    Z5_TRY(read.grounds, trusted.roots.grounds(bundle, asked));
    return Done{};
  }
  Z5_TRY(const std::size_t index, sigstore::verify_dsse_with_keys(bundle, trusted.keys));
  read.signer = trusted.keys[index].digest();
  Z5_TRY(read.grounds, trusted.roots.witnesses(bundle, asked, trusted.keys[index]));
  return Done{};
}

Verdict<SignedDocument> read_envelope(const sigstore::Bundle& bundle, std::string_view kind,
                                      const Trusted& trusted) {
  Z5_CHECK(sigstore::signed_text(bundle));
  Z5_TRY(const sigstore::Statement statement, sigstore::parse_statement(bundle.envelope->payload));
  SignedDocument read{{}, statement.predicate_type, subjects_of(statement), {}};
  Z5_CHECK(find_signer(bundle, trusted, read));
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
  for (const Signer& signer : signers.actors) {
    if (signer.key) keys.push_back(*signer.key);
  }
  if (kind == "image-signature") {
    Z5_TRY(const auto image, sigstore::parse_signed_payload(bytes));
    if (image) return read_signed_payload(*image, keys);
  }
  static const sigstore::TrustRoots kNone;
  Z5_TRY(const sigstore::Bundle bundle, sigstore::parse_bundle(bytes));
  const Trusted trusted{std::move(keys), signers.trust ? *signers.trust : kNone};
  if (bundle.message && kind == "signature") return read_blob(bundle, trusted);
  return read_envelope(bundle, kind, trusted);
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
