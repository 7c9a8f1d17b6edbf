// SPDX-License-Identifier: Apache-2.0
// SLSA provenance (slsa.dev/provenance v1, and v0.2 read) as far as the signer goes: whether the
// certificate backs the builder that the document claims. What the document says about run and
// materials is the facts' matter. Pure.
#pragma once

#include <string>
#include <string_view>

#include "ledger/evidence/sigstore/statement.h"
#include "schemas/result.h"

namespace z5::sigstore {

inline constexpr std::string_view kSlsaV1 = "https://slsa.dev/provenance/v1";
inline constexpr std::string_view kSlsaV02 = "https://slsa.dev/provenance/v0.2";

// The claimed builder: runDetails.builder.id (v1), builder.id (v0.2). Refusal
// `provenance-malformed`.
Verdict<std::string> claimed_builder(const Statement& statement);

// For a caller that does not pin an identity: the keyless signer is the claimed builder itself, the
// workflow that the document says was run, or a delegator of slsa-github-generator at a version
// tag, which states builders for others by design. Anything else is somebody's signature under
// another's name. Refusal `builder-mismatch`.
Verdict<Done> signer_backs_builder(const Statement& statement, std::string_view identity);

}  // namespace z5::sigstore
