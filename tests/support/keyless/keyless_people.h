// SPDX-License-Identifier: Apache-2.0
// People without keys for a World: a Sigstore of their own under which they sign models and
// commands, and the admins' commands that make the ledger trust it and them.
#pragma once

#include <string>
#include <vector>

#include "tests/support/sigstore/private_stack.h"
#include "tests/support/world.h"

namespace z5::support {

inline constexpr const char* kRootName = "public-good";

class KeylessPeople {
 public:
  // set-trust-root of this Sigstore; `times`: valid_from, …. The same document each time.
  ledger::Outcome trust(World& world, const Json& times = Json::object()) const;
  // enroll-actor of "<id>@example.test"; a person of the same name unless `workload`.
  ledger::Outcome enroll(World& world, const std::string& id, const std::string& use,
                         const std::vector<std::string>& roles, bool workload = true) const;
  ledger::Outcome retire(World& world, const std::string& id, const std::string& reason,
                         Time invalid_since = {}) const;
  static Digest identity_of(const std::string& id);

  // A statement signed by `id` at `at` (log, certificate and timestamp).
  Json sign(const std::string& payload, const std::string& id, Time at) const;
  Document model_signature(World& world, const std::string& id, Time at) const;
  ledger::CommandRequest command(World& world, const identity::Command& command,
                                 const std::string& id) const;

  const PrivateStack& stack() const { return stack_; }

 private:
  PrivateStack stack_;
};

}  // namespace z5::support
