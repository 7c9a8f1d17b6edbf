// SPDX-License-Identifier: Apache-2.0
// CycloneDX JSON documents beyond their shape. Pure; any thread.
#pragma once

#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/sbom.h"

namespace z5::document {

// True for the specVersions that are read: 1.2 to 1.7.
bool is_cyclonedx_version(std::string_view version);

// Refusals as parse_sbom.
Verdict<Sbom> read_cyclonedx(Element bom);

// True when CycloneDX's analysis state says that the finding does not matter here.
bool state_clears(std::string_view state);
// The length of a hash in hex digits, by CycloneDX's name of the algorithm; 0 = any of the allowed
// ones.
std::size_t hash_length(std::string_view algorithm);

}  // namespace z5::document
