// SPDX-License-Identifier: Apache-2.0
// What became of a command, as an ordinary value. How it looks in HTTP is said in routes.cc only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ledger/chain/appender.h"
#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::ledger {

enum class Answer {
  Accepted,         // appended, now or when it came the first time
  Refused,          // the gate said no
  Conflict,         // version exists, or a command id used for something else
  Malformed,        // not a command
  Unauthenticated,  // nobody known signed it
  TooMany,          // rate limit
  Unavailable,      // nothing was changed, or (after a broken append) nobody knows: repeat the same
                    // bytes
};

struct Outcome {
  Answer answer = Answer::Unavailable;
  std::vector<Refusal> refusals;  // empty exactly for Accepted
  std::string command_id;         // of what somebody known signed; empty: nobody did
  bool dry_run = false;           // Accepted: would have been

  // Accepted, and not a dry run:
  std::uint64_t sequence = 0;
  Digest entry_hash;
  std::shared_ptr<const chain::Receipts> receipts;  // of its group; null for a repeat of long ago

  static Outcome no(Answer answer, std::string rule, std::string reason) {
    Outcome outcome;
    outcome.answer = answer;
    outcome.refusals.push_back({std::move(rule), std::move(reason)});
    return outcome;
  }
  static Outcome yes(std::uint64_t sequence) {
    Outcome outcome;
    outcome.answer = Answer::Accepted;
    outcome.sequence = sequence;
    return outcome;
  }
};

}  // namespace z5::ledger
