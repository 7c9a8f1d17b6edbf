// SPDX-License-Identifier: Apache-2.0
// Brings a model to this host: from where its submitter says it lies, if that is one of the places
// that this host allows, and only what the manifest of a fresh permit names. Nothing else is
// followed: no other scheme, no other host, no link (FINDINGS: never fetch what a document names).
#pragma once

#include <string>

#include "consumers/guard/guard.h"

namespace z5::guard {

// Copies the model into `destination`, which must not exist; it appears there whole and verified,
// or not at all. Failures beside those of Guard::ask: Refused `source-not-allowed` (no artifact URI
// is file:// below one of the settings' sources), Unavailable, Integrity (the bytes there are
// others).
Expected<Loadable, Failure> fetch(Guard& guard, const std::string& model,
                                  const std::string& destination);

}  // namespace z5::guard
