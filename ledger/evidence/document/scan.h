// SPDX-License-Identifier: Apache-2.0
// Vulnerability scans and VEX documents. A scan is a scan only when it says which scanner ran on
// which state of which database: a report that found nothing because its database was empty looks
// just the same otherwise. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/document/finding.h"
#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::document {

struct Scan {
  std::string scanner;              // URI or name, with its version where given; never empty
  Time db_updated_at{};             // state of the vulnerability database; always set
  Time scanned_at{};                // when the scan ended, as the scanner says; may be not set
  std::vector<Finding> findings{};  // suppressed and ignored ones included
  // Why the scanner ignored some (Grype with a VEX file): clears only in a trusted VEX signer's
  // bundle.
  std::vector<VexStatement> statements{};
};

// The predicate of https://in-toto.io/attestation/vulns/v0.2 as JSON text; results stand in
// scanner.result (the specification) or in result, not in both. Refusals: `scan-malformed`,
// `scan-database` (scanner or database not named, database without a date), `scan-limit`.
Verdict<Scan> parse_vulns_predicate(std::string_view predicate);

// A scanner's own report: Grype JSON. Refusals as above.
Verdict<Scan> parse_grype(std::string_view bytes);

struct Vex {
  std::string format;  // "openvex-0.2.0", "cyclonedx-1.6"
  std::vector<VexStatement> statements;
};

// OpenVEX v0.2.0 (openvex.dev) and CycloneDX. Refusals: `vex-malformed`, `vex-format`,
// `vex-invalid` (a required field is missing; not_affected without justification or
// impact_statement; affected without action_statement), `vex-limit`; those of parse_sbom for
// CycloneDX.
Verdict<Vex> parse_vex(std::string_view bytes);

}  // namespace z5::document
