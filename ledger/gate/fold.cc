// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/fold.h"

#include <fmt/format.h>

#include "ledger/gate/due.h"
#include "ledger/identity/authenticate.h"
#include "ledger/log/record.h"

namespace z5::gate {
namespace {

// The command that an entry came from, if it came from one whose bytes can be read.
Result<std::optional<identity::Command>> command_of(const Entry& entry, std::string_view commands) {
  using Found = std::optional<identity::Command>;
  const auto bundles = log::decode_commands(commands);
  if (bundles.empty() || bundles[0].encoding != log::Encoding::Clear) return Found();
  auto command = identity::command_of_bundle(bundles[0].bytes);
  if (!command.ok())
    return corrupt(fmt::format("entry {}: command: {}", entry.sequence, command.error().message));
  return Found(*std::move(command));
}

}  // namespace

Status fold_group(State& state, const chain::VerifiedGroup& group, Time remember_since,
                  const OnEntry& on_entry) {
  const auto due = state.due(group.head.recorded_at);
  if (due.size() > group.entries.size()) {
    return corrupt(fmt::format("entry {}: events that were due are missing", group.first));
  }
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    const chain::VerifiedEntry& verified = group.entries[i];
    auto entry = decode_entry(verified.body);
    if (!entry.ok())
      return corrupt(fmt::format("entry {}: {}", group.first + i, entry.error().message));
    Z5_CHECK(check_due(due, i, *entry));
    const bool remember = group.head.recorded_at >= remember_since;
    std::optional<identity::Command> command;
    if ((remember || entry->event.type == fb::Event::TrustRootSet) && !verified.commands.empty()) {
      Z5_TRY(command, command_of(*entry, verified.commands));
    }
    std::optional<CommandIdentity> identity;
    if (command && remember)
      identity = {entry->actor, command->command_id, command->payload, command->expires_at};
    Z5_CHECK(state.apply(*entry, identity ? &*identity : nullptr,
                         carried_document(command ? &*command : nullptr)));
    if (entry->sequence == 0) state.set_genesis(verified.hash);
    if (on_entry) Z5_CHECK(on_entry({*entry, verified}));
  }
  std::vector<Digest> hashes;
  for (const chain::VerifiedEntry& verified : group.entries) hashes.push_back(verified.hash);
  state.note_hashes(group.first, hashes);
  state.forget(group.head.recorded_at);
  return Done{};
}

}  // namespace z5::gate
