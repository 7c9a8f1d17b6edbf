// SPDX-License-Identifier: Apache-2.0
// The policy bundles that the ledger speaks of, by digest: fetched from the evidence store once,
// checked, compiled by the engine, asked. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "ledger/log/evidence_store.h"
#include "ledger/policy/engine.h"

namespace z5::gate {

class Bundles {
 public:
  Bundles(policy::Engine& engine, const log::EvidenceStore& store)
      : engine_(engine), store_(store) {}

  // The bundle of that digest. Errors are those of policy::bundle_from_store.
  Result<std::shared_ptr<const policy::Bundle>> find(const Digest& digest);
  bool holds(const Digest& digest) { return find(digest).ok(); }

  // Compiles with all that `packages` ask for, and refuses the empty question in each. Invalid
  // otherwise, with the place: such a bundle is never activated.
  Status admit(const policy::Bundle& bundle, std::span<const policy::Package> packages);

  // Asks the bundle; one that cannot be had refuses with policy-error.
  policy::Decision ask(policy::Package package, const Digest& bundle, const Json& input);

 private:
  policy::Engine& engine_;
  const log::EvidenceStore& store_;
  std::mutex mutex_;
  std::map<Digest, std::shared_ptr<const policy::Bundle>> bundles_;
};

}  // namespace z5::gate
