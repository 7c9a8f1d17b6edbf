// SPDX-License-Identifier: Apache-2.0
// Beginning from somebody's snapshot. Its signer says what the log says; that is checked twice: at
// once as far as it can be without reading the log from zero (adopt), and then by reading it from
// zero beside the store that is already in use (replay_adopted). Until then Store::verified() is
// false.
//
// Beside the store's folder S stand meanwhile: S.snapshot (the snapshot as it was adopted),
// S.replay (the store that is built to compare) and S.adopting (an adoption that is not finished).
#pragma once

#include <atomic>

#include "projections/settings.h"
#include "projections/store.h"

namespace z5::projections {

// Makes the store of `settings` from settings.snapshot; nothing when there is a store already, or
// no snapshot is named. Every refusal begins with the snapshot's folder, and leaves nothing:
//   Corrupt   not whole; not signed by a key that counts, or by one that its own rows do not hold
//             as an active `service` key; files, rows or position not as signed; of another ledger;
//             its position is not in the log
//   Conflict  older than limits::kSnapshotLife, or taken in the future: take a newer one
//   Invalid   no snapshot there, or rows of another format
//   Unavailable  log or file system cannot be reached
Status adopt(const Settings& settings);

// Reads the log from zero to the position of the snapshot that `store` began with, and compares.
// Equal: the store is verified from then on, and the folders beside it are gone. Corrupt, naming
// family and key: the snapshot said something that the log does not. Unavailable: the log cannot be
// reached, or `stopping`; call again. Nothing to do for a verified store.
Status replay_adopted(Store& store, const Settings& settings, const std::atomic<bool>& stopping);

}  // namespace z5::projections
