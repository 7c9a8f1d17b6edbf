// SPDX-License-Identifier: Apache-2.0
// CycloneDX 1.2 to 1.7 in XML, read by libxml2 without entities, DTDs, network or oversized nodes.
// The rules are those that carry meaning here (types, hashes, licences, identifiers, dates,
// severities); the rest of the standard's XSD is not checked. Pure; any thread.
#pragma once

#include "ledger/evidence/document/sbom.h"

namespace z5::document {

// Refusals as parse_sbom.
Verdict<Sbom> read_cyclonedx_xml(std::string_view bytes);

}  // namespace z5::document
