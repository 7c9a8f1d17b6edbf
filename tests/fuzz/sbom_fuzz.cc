// SPDX-License-Identifier: Apache-2.0
// Links: schemas ledger/evidence/document
// Goal: no bytes make the readers of bills of materials, scans and VEX documents fail other than by
// refusing, and what they accept keeps their promises.
#include "ledger/evidence/document/sbom.h"
#include "ledger/evidence/document/scan.h"
#include "schemas/limits.h"

namespace {

using namespace z5::document;

void check(const std::vector<Finding>& findings) {
  Z5_ASSERT(findings.size() <= 2 * z5::limits::kMaxVulnerabilities);
  for (const Finding& finding : findings) Z5_ASSERT(!finding.severities.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto sbom = parse_sbom(bytes); sbom.ok()) {
    Z5_ASSERT(!sbom->format.empty() && sbom->components <= z5::limits::kMaxComponents);
    Z5_ASSERT(sbom->findings.size() >= sbom->statements.size());
    check(sbom->findings);
  }
  if (const auto scan = parse_grype(bytes); scan.ok()) {
    Z5_ASSERT(scan->db_updated_at.is_set() && !scan->scanner.empty());
    check(scan->findings);
  }
  if (const auto scan = parse_vulns_predicate(bytes); scan.ok()) {
    Z5_ASSERT(scan->db_updated_at.is_set() && !scan->scanner.empty());
    check(scan->findings);
  }
  if (const auto vex = parse_vex(bytes); vex.ok()) Z5_ASSERT(!vex->format.empty());
  return 0;
}
