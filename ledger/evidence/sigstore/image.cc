// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/image.h"

#include "ledger/evidence/sigstore/refusal.h"
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

}  // namespace

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
