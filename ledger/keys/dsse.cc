// SPDX-License-Identifier: Apache-2.0
#include "ledger/keys/dsse.h"

#include <fmt/format.h>

#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5::keys {
namespace {

// The parts of a bundle around hint, payload and signature.
constexpr std::string_view kBeforeHint =
    R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)"
    R"("verificationMaterial":{"publicKey":{"hint":")";
constexpr std::string_view kBeforePayload = R"("}},"dsseEnvelope":{"payload":")";
constexpr std::string_view kBeforeSignature =
    R"(","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":")";
constexpr std::string_view kEnd = R"("}]}})";

}  // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

std::string sign_bundle(std::string_view payload, const PrivateKey& signer) {
  const Bytes signature = signer.sign(pre_authentication_encoding(kInTotoPayloadType, payload));
  // Every value is base64, hex or a constant, so that no escaping is needed.
  return fmt::format("{}{}{}{}{}{}{}", kBeforeHint, signer.public_key().digest().hex(),
                     kBeforePayload, to_base64(payload), kBeforeSignature, to_base64(signature),
                     kEnd);
}

std::optional<SignedPayload> read_signed_bundle(std::string_view bundle) {
  if (bundle.size() > limits::kMaxBundle) return std::nullopt;
  // The text up to the next quotation mark, when `before` comes first.
  const auto next = [&bundle](std::string_view before) -> std::string_view {
    if (!bundle.starts_with(before)) return {};
    bundle.remove_prefix(before.size());
    const auto text = bundle.substr(0, bundle.find('"'));
    bundle.remove_prefix(text.size());
    return text;
  };
  const std::string_view hint = next(kBeforeHint), payload = next(kBeforePayload),
                         signature = next(kBeforeSignature);
  if (bundle != kEnd || payload.empty() || signature.empty() || !digest_from_hex(hint).ok())
    return std::nullopt;
  auto raw_payload = from_base64(payload), raw_signature = from_base64(signature);
  if (!raw_payload.ok() || !raw_signature.ok()) return std::nullopt;
  return SignedPayload{std::string(hint), std::move(*raw_payload), std::move(*raw_signature)};
}

}  // namespace z5::keys
