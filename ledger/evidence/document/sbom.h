// SPDX-License-Identifier: Apache-2.0
// Software bills of materials: CycloneDX 1.2 to 1.7 JSON and XML (ECMA-424),
// SPDX 2.3 JSON. Checked against the standard's shape and then reduced to what facts need. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/document/finding.h"
#include "schemas/result.h"

namespace z5::document {

struct Sbom {
  std::string format{};             // "cyclonedx-1.6", "cyclonedx-1.6-xml", "spdx-2.3"
  std::uint64_t components = 0;     // all of them, nested ones and the described one included
  std::vector<Finding> findings{};  // CycloneDX vulnerabilities
  // CycloneDX analysis of those: what clears only when a trusted VEX signer says it.
  std::vector<VexStatement> statements{};
};

// Refusals: `sbom-malformed` (size, encoding, JSON or XML), `sbom-format` (neither CycloneDX nor
// SPDX, or a version that is not read), `sbom-invalid` (breaks the format's rules; the place is
// named), `sbom-limit` (too many components or vulnerabilities).
Verdict<Sbom> parse_sbom(std::string_view bytes);

}  // namespace z5::document
