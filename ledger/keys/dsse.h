// SPDX-License-Identifier: Apache-2.0
// DSSE envelopes (secure-systems-lab/dsse v1.0.2) as far as signing goes: the pre-authentication
// encoding, and the Sigstore bundle that Z5 itself writes around one signed in-toto Statement.
// Reading bundles is ledger/evidence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/keys/key.h"

namespace z5::keys {

inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

// "DSSEv1" SP len(type) SP type SP len(body) SP body: what is signed, so that a payload cannot pass
// as another type.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

// A Sigstore bundle v0.3 with one DSSE signature by a managed key. The hint is hex SHA-256 of the
// SPKI (a hint only: readers try the keys that they trust).
std::string sign_bundle(std::string_view payload, const PrivateKey& signer);

// What is in a bundle that has exactly the form in which sign_bundle writes it; nullopt: another
// form, which says nothing against it (ledger/evidence/sigstore reads all of them, and gives the
// same for this one). Proves nothing.
struct SignedPayload {
  std::string hint;  // 64 hex digits
  Bytes payload;     // application/vnd.in-toto+json
  Bytes signature;
};
std::optional<SignedPayload> read_signed_bundle(std::string_view bundle);

}  // namespace z5::keys
