// SPDX-License-Identifier: Apache-2.0
// z5-replay verify: is this log the ledger that trust.json pins, whole and in order? With --full
// also: does every event come from where it says, who signed it, and does the evidence still say
// the same?
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "ledger/chain/verify_log.h"
#include "replay/evidence_audit.h"
#include "replay/full.h"
#include "replay/verb.h"

namespace z5::replay {
namespace {

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

Result<Outcome> verify_chain(const Source& source) {
  Z5_TRY(Audit audit, open_audit(source));
  Z5_CHECK(chain::verify_log(*audit.reader, audit.verifier, cores()));
  Z5_CHECK(audit.finish());
  Outcome outcome{"chain verified: " + describe_text(audit), describe(audit), 0};
  outcome.document["verified"] = "chain";
  return outcome;
}

// What an auditor must know about a ledger that one admin can govern alone.
std::string quorum_notice(const gate::State& state) {
  return state.quorum().admin > 1 ? ""
                                  : "\nadmin_threshold is 1: one person alone can change actors "
                                    "and policy (a lab, not a "
                                    "governed ledger)";
}

Result<Outcome> verify_everything(const Source& source) {
  Z5_TRY(Audit audit, open_audit(source));
  gate::State state;
  std::optional<EvidenceAudit> evidence;
  if (!source.evidence.empty()) evidence.emplace(source.evidence);
  OnMoment on_moment;
  if (evidence)
    on_moment = [&](const Moment& moment) { return evidence->check(moment.entry, moment.state); };
  Z5_TRY(const FullCount count,
         verify_full(*audit.reader, audit.verifier, state, cores(), on_moment));
  Z5_CHECK(audit.finish());
  Outcome outcome{"fully verified: " + describe_text(audit), describe(audit), 0};
  outcome.text += fmt::format(
      "\n{} commands compared with their events, {} author signatures verified, {} versions folded",
      count.commands, count.signatures, state.version_count());
  if (count.hidden > 0)
    outcome.text += fmt::format("\n{} commands are sealed or erased: not looked at", count.hidden);
  outcome.text += evidence ? fmt::format("\n{} documents read again, facts of {} transitions equal",
                                         evidence->documents(), evidence->transitions())
                           : "\nno --evidence was given: documents and facts were not looked at";
  outcome.text += quorum_notice(state);
  outcome.document.update({{"verified", "full"},
                           {"commands", std::to_string(count.commands)},
                           {"signatures", std::to_string(count.signatures)},
                           {"hidden_commands", std::to_string(count.hidden)},
                           {"versions", std::to_string(state.version_count())},
                           {"evidence_verified", evidence.has_value()},
                           {"admin_threshold", std::to_string(state.quorum().admin)}});
  if (evidence) {
    outcome.document["documents"] = std::to_string(evidence->documents());
    outcome.document["transitions"] = std::to_string(evidence->transitions());
  }
  return outcome;
}

}  // namespace

Verb add_verify(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("verify", "verify the log");
  const auto full = std::make_shared<bool>(false);
  auto* chain_flag =
      verb->add_flag("--chain")->description("hashes, order, seals and checkpoint (the default)");
  verb->add_flag("--full", *full)
      ->description("also every event against its command, every signature, and the evidence")
      ->excludes(chain_flag);
  return [full](const Source& source) {
    return *full ? verify_everything(source) : verify_chain(source);
  };
}

}  // namespace z5::replay
