// SPDX-License-Identifier: Apache-2.0
// `z5 evidence check` for the kinds that no signature is needed to read: is this document
// well-formed, and for a scan: would it block? The kinds of signatures are
// ledger/evidence/sigstore's. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "ledger/evidence/facts.h"
#include "ledger/keys/key.h"
#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::evidence {

enum class CheckKind { Sbom, Vex, Scan, ModelCard };

struct CheckRequest {
  CheckKind kind = CheckKind::Sbom;
  std::string_view bytes;
  // Whose bundles are believed: a document inside a bundle that this key signed may clear findings.
  std::optional<keys::PublicKey> vex_signer;
  Data data;
};

// What was read, for people and scripts; or the refusal: those of the parsers,
// `blocking-vulnerability` (a scan finds one that no trusted VEX clears), `signer-missing` (a
// bundle, but no key to check it with), those of bundles. sbom: {format, components,
// vulnerabilities} · vex: {format, statements} · model-card: {format, purpose, …, license} · scan:
// {format, scanner, db_updated_at, scanned_at, findings}. A scan may be Grype JSON, a vulns/v0.2
// predicate, either inside a bundle, or CycloneDX, which never says on which database it rests and
// so only ever blocks.
Verdict<Json> check(const CheckRequest& request);

}  // namespace z5::evidence
