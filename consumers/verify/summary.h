// SPDX-License-Identifier: Apache-2.0
// A plain SLSA verification summary (slsa.dev/verification_summary/v1) about a version, for tools
// that know nothing of Z5. It answers nobody's nonce and lets nobody load: that is the permit's
// matter. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/keys/key.h"
#include "schemas/digest.h"
#include "schemas/entry.h"
#include "schemas/time.h"

namespace z5::verify {

inline constexpr std::string_view kSummaryType = "https://slsa.dev/verification_summary/v1";

struct Summary {
  std::string origin;  // of the ledger; names the verifier
  std::string ref;
  Digest model_digest;
  Digest policy_digest;
  std::vector<Digest> attestations;  // documents that counted
  fb::Stage stage = fb::Stage::None;
  bool passed = false;
  Time verified_at;
  bool operator==(const Summary&) const = default;
};

// The Statement to sign: RFC 8785 text.
std::string write_summary(const Summary& summary);
// Refusals: those of bundles and signatures; summary-type, summary-malformed (anything that
// write_summary would not have written), summary-model (about another model digest).
Verdict<Summary> verify_summary(std::string_view bundle, std::span<const keys::PublicKey> services,
                                const Digest& model);

}  // namespace z5::verify
