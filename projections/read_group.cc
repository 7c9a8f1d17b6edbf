// SPDX-License-Identifier: Apache-2.0
#include "projections/read_group.h"

#include <fmt/format.h>

namespace z5::projections {

Result<ReadGroup> read_group(const chain::VerifiedGroup& group) {
  ReadGroup out{group.first, {}, group.head, 0};
  out.entries.reserve(group.entries.size());
  for (const chain::VerifiedEntry& each : group.entries) {
    const std::uint64_t sequence = group.first + out.entries.size();
    auto entry = decode_entry(each.body);
    if (!entry.ok()) return corrupt(fmt::format("entry {}: {}", sequence, entry.error().message));
    auto commands = gate::read_commands(each.commands);
    if (!commands.ok()) {
      return corrupt(
          fmt::format("entry {}: {}: {}", sequence, event_name(*entry), commands.error().message));
    }
    out.bytes += each.body.size() + each.commands.size();
    out.entries.push_back({std::move(*entry), std::move(*commands), Bytes(each.body), each.hash});
  }
  return out;
}

}  // namespace z5::projections
