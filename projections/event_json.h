// SPDX-License-Identifier: Apache-2.0
// An entry as people and other programs read it: field names as in entry.fbs, digests
// "sha256:…", times RFC 3339, sequences and counts as decimal text, enumerators by name, keys by
// their digest. What is empty or zero is left out. Pure; any thread.
#pragma once

#include "schemas/entry.h"
#include "schemas/json.h"

namespace z5::projections {

Json event_json(const Entry& entry);
// {policy, input, engine, rules}; null when nothing was decided.
Json decision_json(const Entry& entry);

}  // namespace z5::projections
