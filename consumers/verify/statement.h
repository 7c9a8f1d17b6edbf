// SPDX-License-Identifier: Apache-2.0
// What the signed documents of this folder share: opening a bundle that a pinned key signed, and
// the words of a SLSA verification summary (slsa.dev/verification_summary/v1). Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "schemas/json.h"

namespace z5::verify {

// The payload of the bundle's envelope, which one of `services` signed. Refusals are those of
// sigstore::parse_bundle and verify_dsse_with_keys.
Verdict<std::string> open_bundle(std::string_view bundle,
                                 std::span<const keys::PublicKey> services);

std::string json_text(std::string_view text);  // as a JSON string, RFC 8785

std::string resource_uri(std::string_view ref);           // "urn:z5:version:tenant/model:version"
std::string verifier_id(std::string_view origin);         // "https://<origin>/permit"
std::string policy_uri(const Digest& policy);             // "urn:z5:policy:sha256:…"
std::string_view verified_level(std::string_view stage);  // "Z5_STAGING", "Z5_APPROVED"

}  // namespace z5::verify
