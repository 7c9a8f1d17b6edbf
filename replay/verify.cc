// SPDX-License-Identifier: Apache-2.0
// z5-replay verify: is this log the ledger that trust.json pins, whole and in order?
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "ledger/chain/verify_log.h"
#include "replay/verb.h"

namespace z5::replay {
namespace {

Result<Outcome> verify_chain(const Source& source) {
  Z5_TRY(Audit audit, open_audit(source));
  Z5_CHECK(chain::verify_log(*audit.reader, audit.verifier,
                             std::max(1u, std::thread::hardware_concurrency())));
  Z5_CHECK(audit.finish());
  Outcome outcome{"chain verified: " + describe_text(audit), describe(audit), 0};
  outcome.document["verified"] = "chain";
  return outcome;
}

}  // namespace

Verb add_verify(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("verify", "verify the log");
  verb->add_flag("--chain")->description("hashes, order, seals and checkpoint (the default)");
  return verify_chain;
}

}  // namespace z5::replay
