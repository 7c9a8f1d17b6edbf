// SPDX-License-Identifier: Apache-2.0
// cosign signatures of container images, in both forms: the bundle whose Statement names the
// image's digest, and the older "simple signing" payload (containers/image, atomic signature
// format) under a message signature. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "ledger/evidence/sigstore/verify.h"

namespace z5::sigstore {

inline constexpr std::string_view kImagePredicateType = "https://sigstore.dev/cosign/sign/v1";

// `payload`: the simple-signing document for a message signature (its SHA-256 is in messageDigest,
// so that a store can find it), nothing for an envelope. Refusals: those of verify, `image-payload`
// (not such a document, or of another image).
Verdict<Verified> verify_image(const Bundle& bundle, std::string_view payload, const Digest& image,
                               const Policy& policy);

// Payload and signature in one file: what cosign stores in a registry as a layer and its annotation
// `dev.cosignproject.cosign/signature`. The file is the line that `cosign download signature`
// prints
// ({"Base64Signature", "Payload", "Cert": null, "Chain": null, "Bundle", "RFC3161Timestamp"}), or
// {"payload", "signature"} with the same two in base64. The signature is over the payload's bytes,
// so that a key of any algorithm can be checked; what a log said of it is not read.
struct SignedPayload {
  Bytes payload;
  Bytes signature;
  Digest image;
};
// nullopt: not this form but a bundle (it has a mediaType). Refusals: `image-payload` (malformed,
// or not cosign's document), `key-material` (with a certificate, which only a bundle can bring).
Verdict<std::optional<SignedPayload>> parse_signed_payload(std::string_view json);

}  // namespace z5::sigstore
