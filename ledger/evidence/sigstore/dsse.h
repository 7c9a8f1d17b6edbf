// SPDX-License-Identifier: Apache-2.0
// Whose signature a DSSE envelope carries (secure-systems-lab/dsse v1.0.2), and the same for
// messages. The signed text is the pre-authentication encoding, so that neither the payload alone
// nor another payload type passes. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/keys/key.h"

namespace z5::sigstore {

// What is signed by an in-toto envelope. Refusals: `bundle-content` (a messageSignature),
// `dsse-payload-type` (not exactly application/vnd.in-toto+json).
Verdict<std::string> signed_text(const Bundle& bundle);

// The index into `keys` of the key that signed the bundle's in-toto envelope. The hint only orders
// the tries: it is not signed. Refusals: those of signed_text, `signature-invalid` (no key of
// `keys` signed it).
Verdict<std::size_t> verify_dsse_with_keys(const Bundle& bundle,
                                           std::span<const keys::PublicKey> keys);

// True when the hint could mean this key: hex or base64 of SHA-256 over the SPKI (Z5, cosign), or
// hex of SHA-256 over the PEM text (model-signing).
bool hint_names(std::string_view hint, const keys::PublicKey& key);

// The signature check of this folder: as PublicKey::verify, and for RSA also PSS with SHA-256 (RFC
// 8017 section 8.1).
bool verify_message(const keys::PublicKey& key, std::string_view message,
                    std::string_view signature);
// The same over a digest made elsewhere. False for Ed25519, which signs messages, and when the
// digest is not of the hash that belongs to the key.
bool verify_digest(const keys::PublicKey& key, std::string_view digest, std::string_view signature);

}  // namespace z5::sigstore
