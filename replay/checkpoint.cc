// SPDX-License-Identifier: Apache-2.0
// z5-replay checkpoint: the three lines that a checkpoint of this log must have, to compare with
// any note, and the verifier keys by which other programs (C2SP signed-note) check one.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "ledger/chain/verify_log.h"
#include "replay/verb.h"

namespace z5::replay {
namespace {

Result<Outcome> checkpoint(const Source& source) {
  Z5_TRY(Audit audit, open_audit(source));
  Z5_CHECK(chain::verify_log(*audit.reader, audit.verifier,
                             std::max(1u, std::thread::hardware_concurrency())));
  Z5_CHECK(audit.finish());
  const chain::Trust& trust = audit.verifier.head().trust;
  Outcome outcome{"", describe(audit), 0};
  outcome.document["verifier_keys"] = trust.verifier_text();
  outcome.text = fmt::format("{}\n{}", outcome.document["checkpoint_text"].get<std::string>(),
                             trust.verifier_text());
  outcome.text.pop_back();  // the caller ends the line
  return outcome;
}

}  // namespace

Verb add_checkpoint(CLI::App& app) {
  app.add_subcommand("checkpoint", "verify the chain and print size and root");
  return checkpoint;
}

}  // namespace z5::replay
