// SPDX-License-Identifier: Apache-2.0
// Reading the past for a person: entries in order, each verified and folded, and a version as it
// was then.
#pragma once

#include <string>

#include "ledger/gate/state.h"
#include "replay/full.h"
#include "replay/verb.h"

namespace z5::replay {

// Verifies the whole log in `audit` as verify --full does, and calls `on_moment` for every entry;
// the log is read to its end whatever `on_moment` finds.
Status relive(Audit& audit, gate::State& state, const OnMoment& on_moment);

// A version for people and programs: what it is, what it rests on, and who approved it.
Json version_json(const gate::Version& version);
// One line: sequence, time, event, actor and what it says.
std::string moment_line(const Entry& entry);
Json moment_json(const Entry& entry, const Digest& hash);

}  // namespace z5::replay
