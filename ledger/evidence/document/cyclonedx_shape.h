// SPDX-License-Identifier: Apache-2.0
// The shape of CycloneDX 1.7 JSON (ECMA-424), which holds everything that 1.2 to 1.6 define. Taken
// from the standard's schema by field, type, enumeration and requirement. Any thread.
#pragma once

#include "ledger/evidence/document/shape.h"

namespace z5::document {

// Types: "bom", "component", "vulnerability", "model-card" and what they are made of.
const Shape& cyclonedx_shape();

}  // namespace z5::document
