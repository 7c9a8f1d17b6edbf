// SPDX-License-Identifier: Apache-2.0
// SPDX 3.0 in JSON-LD, the flat form that the standard prescribes: one @graph of elements. No
// JSON-LD is processed: names are those of the standard's own context, and nothing is fetched. For
// sbom.cc.
#pragma once

#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/sbom.h"

namespace z5::document {

// Components are packages, AI packages and datasets. A security_Vulnerability is a finding, rated
// by the CVSS assessments of it; without one it is unknown. VEX relationships clear nothing.
// Refusals: `sbom-format` (another context than SPDX 3.0's), `sbom-invalid` (an element without id,
// creation or type; an id twice; not one SpdxDocument; a package without name; a relationship that
// names nothing), `sbom-limit`.
Verdict<Sbom> read_spdx3(Element document);

}  // namespace z5::document
