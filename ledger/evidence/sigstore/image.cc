// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/image.h"

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/encoding.h"
#include "schemas/json.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

Result<std::string> image_of(std::string_view payload) {
  Z5_TRY(const Json root, parse_json(payload, limits::kMaxBundle));
  Z5_CHECK(json_only_fields(root, {"critical", "optional"}, ""));
  Z5_TRY(const Json* critical, json_object(root, "critical", ""));
  Z5_CHECK(json_only_fields(*critical, {"identity", "image", "type"}, "critical"));
  Z5_TRY(const std::string type, json_string(*critical, "type", "critical"));
  if (type != "cosign container image signature")
    return invalid("critical.type: expected cosign's");
  Z5_TRY(const Json* image, json_object(*critical, "image", "critical"));
  Z5_CHECK(json_only_fields(*image, {"docker-manifest-digest"}, "image"));
  return json_string(*image, "docker-manifest-digest", "image");
}

Result<SignedPayload> read_signed_payload(const Json& root) {
  const bool downloaded = root.contains("Payload");
  const std::string_view payload = downloaded ? "Payload" : "payload";
  const std::string_view signature = downloaded ? "Base64Signature" : "signature";
  Z5_CHECK(downloaded ? json_only_fields(root,
                                         {"Base64Signature", "Payload", "Cert", "Chain", "Bundle",
                                          "RFC3161Timestamp"},
                                         "")
                      : json_only_fields(root, {"payload", "signature"}, ""));
  SignedPayload out;
  Z5_TRY(const std::string encoded_payload, json_string(root, payload, ""));
  Z5_TRY(out.payload, from_base64(encoded_payload));
  Z5_TRY(const std::string encoded_signature, json_string(root, signature, ""));
  Z5_TRY(out.signature, from_base64(encoded_signature));
  Z5_TRY(const std::string image, image_of(out.payload));
  Z5_TRY(out.image, digest_from_text(image));
  return out;
}

}  // namespace

Verdict<std::optional<SignedPayload>> parse_signed_payload(std::string_view json) {
  Z5_TRY(const Json root, under("image-payload", parse_json(json, limits::kMaxBundle)));
  if (!root.is_object()) return refuse("image-payload", "expected an object");
  if (root.contains("mediaType")) return std::optional<SignedPayload>();
  for (const char* field : {"Cert", "Chain"}) {
    const auto found = root.find(field);
    if (found != root.end() && !found->is_null())
      return refuse("key-material", "signed with a certificate: only a bundle can bring one");
  }
  Z5_TRY(SignedPayload read, under("image-payload", read_signed_payload(root)));
  return std::optional<SignedPayload>(std::move(read));
}

Verdict<Verified> verify_image(const Bundle& bundle, std::string_view payload, const Digest& image,
                               const Policy& policy) {
  if (bundle.envelope) {
    return verify(bundle, Asked{Artifact{image, std::nullopt}, std::string(kImagePredicateType)},
                  policy);
  }
  Z5_TRY(const std::string stated, under("image-payload", image_of(payload)));
  if (stated != image.text())
    return refuse("image-payload", "critical.image: another image's digest");
  return verify(bundle, Asked{Artifact::of(payload), ""}, policy);
}

}  // namespace z5::sigstore
