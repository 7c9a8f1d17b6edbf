// SPDX-License-Identifier: Apache-2.0
// SPDX 2.3 JSON documents (ISO/IEC 5962 with the 2.3 additions): the fields that every document and
// package must have, the form of identifiers, and that relationships name elements that exist.
// Pure; any thread.
#pragma once

#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/sbom.h"

namespace z5::document {

// Refusals as parse_sbom. Components = packages.
Verdict<Sbom> read_spdx(Element document);

}  // namespace z5::document
