// SPDX-License-Identifier: Apache-2.0
// z5-replay explain SEQ: one entry: what was asked, by whom, what the gate decided, and on what.
#include <fmt/format.h>

#include <memory>

#include "replay/history.h"

namespace z5::replay {
namespace {

Json command_json(const identity::Command& command) {
  return {
      {"kind", identity::kind_text(command.kind)},
      {"ref", command.ref},
      {"command_id", command.command_id},
      {"issued_at", to_rfc3339(command.issued_at)},
      {"expires_at", to_rfc3339(command.expires_at)},
      {"seen", {{"size", std::to_string(command.seen_size)}, {"root", command.seen_root.text()}}},
      {"payload", command.payload.text()},
      {"fields", command.fields}};
}

Result<Outcome> explain(const Source& source, std::uint64_t sequence) {
  Z5_TRY(Audit audit, open_audit(source));
  gate::State state;
  Outcome outcome;
  Z5_CHECK(relive(audit, state, [&](const Moment& moment) -> Status {
    if (moment.entry.sequence != sequence) return Done{};
    outcome.document = moment_json(moment.entry, moment.hash);
    if (moment.commands.command)
      outcome.document["command"] = command_json(*moment.commands.command);
    outcome.document["signatures"] = moment.commands.bundles.size();
    outcome.text = moment_line(moment.entry);
    return Done{};
  }));
  if (outcome.text.empty())
    return invalid(fmt::format("explain: the log holds no entry {}", sequence));
  outcome.text += fmt::format("\n{}", outcome.document.dump(2));
  return outcome;
}

}  // namespace

Verb add_explain(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("explain", "one entry: what was asked, decided, and on what");
  const auto sequence = std::make_shared<std::uint64_t>();
  verb->add_option("SEQ", *sequence, "sequence of the entry")->required();
  return [sequence](const Source& source) { return explain(source, *sequence); };
}

}  // namespace z5::replay
