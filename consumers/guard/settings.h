// SPDX-License-Identifier: Apache-2.0
// What a guard knows before it asks: who it is, which ledger and which service keys it believes,
// and where the policy bundles lie that it holds. All of it is pinned by whoever runs the host;
// none of it comes from the service. Reads files; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/http/client.h"
#include "ledger/identity/command.h"
#include "ledger/keys/key.h"
#include "schemas/entry.h"

namespace z5::guard {

struct Settings {
  std::string actor;
  http::ClientOptions service;  // with the actor's token
  identity::LedgerName ledger;
  std::vector<keys::PublicKey> service_keys;
  std::vector<Digest>
      policies;       // computed from the bytes held; at most limits::kMaxRuntimePolicies
  std::string heads;  // folder of what was seen before
  // Not set: what the first permit says is kept in heads/, and holds from then on.
  std::optional<std::string> audience;
  std::optional<fb::Environment> environment;
  std::vector<std::string> sources;  // folders that fetch may copy from
};

struct SettingsRequest {
  std::string home;           // $Z5_HOME, or empty
  std::string config;         // guard.toml; empty: the one in the home, if there is one
  std::string actor;          // --as; empty: the file's
  std::string policy_digest;  // only this one of the bundles held; empty: all
};

// guard.toml: actor, service (URL), token, trust, keys, policy, heads (paths, relative to the
// file), audience, environment, sources. What it does not say is taken from the home:
// run/permit.json, tokens/<actor>, trust.json, keys/permit.pub, policy/, heads/. Invalid, naming
// the field: what is missing or not of its form, a bundle whose folder has another digest's name.
// Unavailable: no service is running here.
Result<Settings> load_settings(const SettingsRequest& request);

}  // namespace z5::guard
