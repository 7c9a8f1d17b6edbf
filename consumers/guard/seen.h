// SPDX-License-Identifier: Apache-2.0
// What this host has seen of the ledger through its permits, kept in heads/guard-<actor>.json: a
// service that is set back to an older state, or shows another history of the same size, is found
// out here. Also audience and environment, once known. One process at a time holds the file
// (flock).
#pragma once

#include <string>

#include "consumers/verify/permit.h"

namespace z5::guard {

// Compares the permit with what was kept and keeps it in turn. Corrupt: it is older (fewer
// entries), or of another root, ledger, audience or environment than what was kept. Unavailable:
// the file cannot be read or replaced.
Status keep_seen(const std::string& folder, const std::string& actor, const verify::Permit& permit);

}  // namespace z5::guard
