// SPDX-License-Identifier: Apache-2.0
// cosign signatures of container images, in both forms: the bundle whose Statement names the
// image's digest, and the older "simple signing" payload (containers/image, atomic signature
// format) under a message signature. Pure.
#pragma once

#include <string_view>

#include "ledger/evidence/sigstore/verify.h"

namespace z5::sigstore {

inline constexpr std::string_view kImagePredicateType = "https://sigstore.dev/cosign/sign/v1";

// `payload`: the simple-signing document for a message signature (its SHA-256 is in messageDigest,
// so that a store can find it), nothing for an envelope. Refusals: those of verify, `image-payload`
// (not such a document, or of another image).
Verdict<Verified> verify_image(const Bundle& bundle, std::string_view payload, const Digest& image,
                               const Policy& policy);

}  // namespace z5::sigstore
