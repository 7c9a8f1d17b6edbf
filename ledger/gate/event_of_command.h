// SPDX-License-Identifier: Apache-2.0
// Field by field: is this the event that this command asks for? The mirror of what decide() emits,
// written from the reader's side. Pure; for gate/origin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/gate/origin.h"

namespace z5::gate {

// The kind of command that an event comes from; nullopt for events that no command makes.
std::optional<identity::Kind> kind_behind(fb::Event event);

// Who signed a command, verified.
struct Signers {
  const identity::Actor& author;
  std::vector<const identity::Actor*> cosigners;  // distinct, none is the author
  bool possession = false;                        // enroll-actor: the new key signed too

  // Distinct persons that hold `role` for `scope`, sorted.
  std::vector<std::string> persons_with(std::string_view role, std::string_view scope) const;
};

// What differs between the event and what the command asks for, "field: why"; empty when nothing
// does. Asserts that kind_behind(event) is the command's kind. Events of `Signatures::Grants` also
// depend on who signed.
std::string difference(const Entry& entry, const identity::Command& command, const Signers& signers,
                       const Before& before);

}  // namespace z5::gate
