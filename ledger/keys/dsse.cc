// SPDX-License-Identifier: Apache-2.0
#include "ledger/keys/dsse.h"

#include <fmt/format.h>

#include "schemas/encoding.h"

namespace z5::keys {

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

std::string sign_bundle(std::string_view payload, const PrivateKey& signer) {
  const Bytes signature = signer.sign(pre_authentication_encoding(kInTotoPayloadType, payload));
  // Every value is base64, hex or a constant, so that no escaping is needed.
  return fmt::format(
      R"({{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{"hint":"{}"}}}},)"
      R"("dsseEnvelope":{{"payload":"{}","payloadType":"{}","signatures":[{{"sig":"{}"}}]}}}})",
      signer.public_key().digest().hex(), to_base64(payload), kInTotoPayloadType,
      to_base64(signature));
}

}  // namespace z5::keys
