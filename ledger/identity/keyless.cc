// SPDX-License-Identifier: Apache-2.0
#include "ledger/identity/keyless.h"

#include <fmt/format.h>

namespace z5::identity {

Verdict<std::vector<sigstore::Ground>> command_grounds(const sigstore::Bundle& bundle, Kind kind,
                                                       const sigstore::TrustRoots& trust) {
  return trust.grounds(bundle, {std::nullopt, kind_type(kind)});
}

Verdict<Done> may_speak(std::span<const sigstore::Ground> grounds, const Digest& identity,
                        const sigstore::TrustRoots& trust, Time now) {
  Refusal last{"not-authenticated", "not signed by this identity"};
  for (const sigstore::Ground& ground : grounds) {
    if (ground.identity != identity) continue;
    const auto admitted = trust.admits(ground, now, now);
    if (!admitted.ok()) {
      last = admitted.error();
    } else if (!trust.find(ground.root)->window.covers(now)) {
      last = {"trust-window", fmt::format("root {}: ended", ground.root)};
    } else {
      return Done{};
    }
  }
  return last;
}

}  // namespace z5::identity
