// SPDX-License-Identifier: Apache-2.0
// Goal: no bundle crashes the reader or the verifier, and none is accepted that was not signed.
// Method: what parses is verified under a policy that trusts a key and a root nobody here has;
// every answer must be a refusal with a rule.
// Links: schemas ledger/evidence/sigstore
#include <cstdint>
#include <string_view>

#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/image.h"
#include "ledger/evidence/sigstore/log_body.h"
#include "ledger/evidence/sigstore/rekor.h"
#include "ledger/evidence/sigstore/timestamp.h"
#include "ledger/evidence/sigstore/verify.h"

using namespace z5::sigstore;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TrustedRoot root;
  static const z5::keys::PublicKey key =
      z5::keys::PrivateKey::generate(z5::keys::Algorithm::P256).public_key();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto image = parse_signed_payload(text); image.ok() && *image)
    Z5_ASSERT(!verify_message(key, (*image)->payload, (*image)->signature));
  const auto bundle = parse_bundle(text);
  if (!bundle.ok()) {
    Z5_ASSERT(!bundle.error().rule.empty() && !bundle.error().reason.empty());
    return 0;
  }
  Policy policy;
  policy.keys = {{key, {}}};
  policy.trusted_root = &root;
  policy.now = policy.signed_at = z5::Time{1};
  Asked asked{Artifact::of("artifact"), ""};
  if (bundle->envelope) {
    if (const auto statement = parse_statement(bundle->envelope->payload); statement.ok()) {
      asked.predicate_type = statement->predicate_type;
      asked.artifact.reset();
    }
  }
  Z5_ASSERT(!verify(*bundle, asked, policy).ok());
  // The parts behind the signature, which an unsigned bundle would never reach.
  for (const LogEntry& entry : bundle->log_entries) (void)binds(entry, SignedThing{});
  for (const z5::Bytes& stamp : bundle->timestamps)
    (void)verify_timestamp(stamp, bundle->signature(), root);
  for (const z5::Bytes& der : bundle->certificates) {
    if (const auto certificate = Certificate::from_der(der); certificate.ok()) {
      (void)certificate->identity();
      (void)certificate->oidc_issuer();
      (void)may_sign_code(*certificate);
    }
  }
  return 0;
}
