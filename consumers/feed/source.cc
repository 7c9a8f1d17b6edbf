// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/source.h"

#include <fmt/format.h>

#include "ledger/gate/due.h"

namespace z5::feed {
namespace {

Error at_entry(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

}  // namespace

Source::Source(std::unique_ptr<log::Reader> reader, chain::Trust trust)
    : log_(std::move(reader), chain::empty_head(std::move(trust))) {}

Result<const Group*> Source::next(std::chrono::milliseconds timeout) {
  const chain::CompactRange before = log_.head().tree;
  Z5_TRY(const chain::VerifiedGroup* group, log_.next(timeout));
  if (group == nullptr) return static_cast<const Group*>(nullptr);
  group_ = {{}, before, {}};
  Z5_CHECK(take(*group));
  return static_cast<const Group*>(&group_);
}

Status Source::take(const chain::VerifiedGroup& group) {
  const auto due = state_.due(group.head.recorded_at);
  if (due.size() > group.entries.size())
    return corrupt(fmt::format("entry {}: events that were due are missing", group.first));
  gate::OriginCheck origins(group.first, gate::Signatures::Grants);
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    const auto entry = decode_entry(group.entries[i].body);
    if (!entry.ok())
      return corrupt(fmt::format("entry {}: {}", group.first + i, entry.error().message));
    Z5_CHECK(gate::check_due(due, i, *entry));
    Z5_CHECK(take(*entry, group.entries[i], origins));
    group_.hashes.push_back(group.entries[i].hash);
  }
  Z5_CHECK(origins.finish());
  state_.note_hashes(group.first, group_.hashes);
  state_.forget(group.head.recorded_at);
  return Done{};
}

Status Source::take(const Entry& entry, const chain::VerifiedEntry& verified,
                    gate::OriginCheck& origins) {
  const auto commands = gate::read_commands(verified.commands);
  if (!commands.ok()) return at_entry(entry, commands.error().message);
  const auto before = state_.version(event_reference(entry));
  const auto actors = state_.actors();
  const auto policies = state_.policies();
  Z5_TRY(const auto signatures, origins.check(entry, *commands,
                                              {state_.name(), *actors, *policies, state_.quorum(),
                                               before.get(), state_.trust()}));
  for (const gate::AuthorSignature& signature : signatures) Z5_CHECK(signature.verify());
  std::optional<gate::CommandIdentity> identity;
  std::shared_ptr<const sigstore::TrustDocument> document;
  if (commands->command) {
    const identity::Command& command = *commands->command;
    identity = {entry.actor, command.command_id, command.payload, command.expires_at};
    document = gate::carried_document(&command);
    const auto* used = state_.first_outcome(entry.actor, command.command_id);
    if (used != nullptr && used->forget_at >= Time{entry.recorded_at})
      return at_entry(entry, fmt::format("command {} was used before", command.command_id));
  }
  Z5_CHECK(state_.apply(entry, identity ? &*identity : nullptr, std::move(document)));
  if (entry.sequence == 0) state_.set_genesis(verified.hash);
  if (const auto stream = stream_of(entry.event.type))
    group_.told.push_back({entry.sequence, verified.hash, Bytes(verified.body), *stream});
  return Done{};
}

}  // namespace z5::feed
