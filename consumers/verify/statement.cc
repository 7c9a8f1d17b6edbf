// SPDX-License-Identifier: Apache-2.0
#include "consumers/verify/statement.h"

#include <fmt/format.h>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/dsse.h"

namespace z5::verify {

Verdict<std::string> open_bundle(std::string_view bundle,
                                 std::span<const keys::PublicKey> services) {
  auto parsed = sigstore::parse_bundle(bundle);
  if (!parsed.ok()) return parsed.error();
  if (auto signer = sigstore::verify_dsse_with_keys(*parsed, services); !signer.ok()) {
    return signer.error();
  }
  return std::move(parsed->envelope->payload);
}

std::string json_text(std::string_view text) { return canonical_json(Json(text)); }

std::string resource_uri(std::string_view ref) { return fmt::format("urn:z5:version:{}", ref); }

std::string verifier_id(std::string_view origin) {
  return fmt::format("https://{}/permit", origin);
}

std::string policy_uri(const Digest& policy) {
  return fmt::format("urn:z5:policy:{}", policy.text());
}

std::string_view verified_level(std::string_view stage) {
  return stage == "Approved" ? "Z5_APPROVED" : "Z5_STAGING";
}

}  // namespace z5::verify
