// SPDX-License-Identifier: Apache-2.0
// An event as OCSF 1.3.0 sees it: class Entity Management (3004) of category Identity & Access
// Management (3), where the managed entity is a model version. What OCSF has no name for, proof
// included, stands whole in `unmapped`. Pure; any thread.
#pragma once

#include "schemas/entry.h"
#include "schemas/json.h"

namespace z5::feed {

// `data`: the message of the event's own stream (message.h).
Json ocsf_document(const Entry& entry, Json data);

}  // namespace z5::feed
