// SPDX-License-Identifier: Apache-2.0
// Which log goes into which store, and whom to believe. A value.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/chain/trust.h"
#include "ledger/gate/origin.h"
#include "ledger/log/log.h"

namespace z5::projections {

// Where a store that does not exist yet begins, instead of at nothing (adoption.h).
struct SnapshotSource {
  std::string folder;                 // made by take_snapshot; empty = none
  std::vector<keys::PublicKey> keys;  // whose snapshots count; empty = service keys of genesis
  Time now;
};

struct Settings {
  std::string state;   // folder of the store
  chain::Trust trust;  // trust.json
  // Opens the log at a position; asked again after Unavailable.
  std::function<Result<std::unique_ptr<log::Reader>>(log::Position)> open_log;
  std::string checkpoint_file;  // newest checkpoint of the ledger; empty = none is compared
  gate::Signatures signatures = gate::Signatures::Grants;
  SnapshotSource snapshot = {};
};

}  // namespace z5::projections
