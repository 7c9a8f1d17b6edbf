// SPDX-License-Identifier: Apache-2.0
// Goal: no document crashes the reader of trusted roots, and everything that it trusts has a
// start. Method: the accepted ones are walked; certificate and PEM readers get the same bytes.
// Links: schemas ledger/evidence/sigstore
#include <cstdint>
#include <string_view>

#include "ledger/evidence/sigstore/revocation.h"
#include "ledger/evidence/sigstore/trust_document.h"
#include "ledger/evidence/sigstore/trusted_root.h"

using namespace z5::sigstore;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)Certificate::from_der(bytes);
  (void)certificates_from_pem(bytes);
  (void)RevocationList::from_bytes(bytes);
  (void)parse_trust_document(bytes);
  const auto root = parse_trusted_root(bytes);
  if (!root.ok()) {
    Z5_ASSERT(root.error().rule == "trusted-root-malformed");
    return 0;
  }
  for (const auto* authorities : {&root->certificate_authorities, &root->timestamp_authorities}) {
    for (const TrustedAuthority& each : *authorities) Z5_ASSERT(!each.chain.empty());
  }
  return 0;
}
