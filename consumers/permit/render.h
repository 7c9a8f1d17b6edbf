// SPDX-License-Identifier: Apache-2.0
// What reads show, as JSON (schemas/openapi.yaml). Pure but for the rows that a View reads; any
// thread.
#pragma once

#include <string>

#include "projections/store.h"
#include "schemas/json.h"

namespace z5::permit {

Json hold_json(const gate::Version& version);  // null without one
// One line of a list.
Json summary_json(const gate::Version& version);
// All of it: the version, its annotations, releases, and whether it serves.
Result<Json> version_json(const projections::View& view, const gate::Version& version);
Json trail_json(const projections::TrailItem& item);
Json pending_json(const projections::Pending& pending);
Json refusals_json(const std::vector<Refusal>& refusals);

}  // namespace z5::permit
