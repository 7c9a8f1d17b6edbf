// SPDX-License-Identifier: Apache-2.0
// Signing and sending: the flags of every signing verb, the command that they sign, and what
// becomes of it. A command is signed over the newest checkpoint that this client verified, and its
// receipt is verified before it counts as done. One thread.
#pragma once

#include <string>
#include <vector>

#include "consumers/cli/installation.h"
#include "ledger/identity/command.h"
#include "ledger/intake.h"

namespace z5::cli {

struct SigningFlags {
  std::string key;
  std::vector<std::string> cosign;
  std::string out;      // sign now, send later
  std::string life;     // "90s", "15m", "24h"
  std::string comment;  // stays in the signed command, never in the ledger's entries
  std::string model_digest;
};
void add_signing_flags(CLI::App& verb, SigningFlags& flags);

// What is to be signed: everything but when, over what and by whom.
struct Draft {
  identity::Kind kind = identity::Kind::Submit;
  std::string ref;  // empty for kinds about the ledger
  Digest subject = {};
  Json fields = Json::object();
  gate::Attachments attachments = {};
  bool dry_run = false;
};

// The Statement's text with a fresh command id. Errors are those of the head (Corrupt: the ledger
// shows less or something else than before) and of flags.
Result<std::string> compose(const Installation& installation, const Draft& draft,
                            const SigningFlags& flags);
// Composes, signs with --key and --cosign, and sends, or writes the request to --out.
Result<Outcome> carry_out(const Installation& installation, const Draft& draft,
                          const SigningFlags& flags);
// One signature over `payload` per key, in order.
Status sign(const std::string& payload, const std::vector<std::string>& key_files,
            std::vector<Bytes>& bundles);
// Sends a request; the outcome has sequence, entry_hash and receipt. Corrupt: the receipt does not
// hold.
Result<Outcome> send(const Installation& installation, const ledger::CommandRequest& request);
// Sends it, or writes it to --out.
Result<Outcome> send_or_keep(const Installation& installation,
                             const ledger::CommandRequest& request, const std::string& out);

// The model digest of a version, from z5-permit, or from z5-ledger where that does not run; or the
// one that --model-digest gives.
Result<Expected<Digest, No>> model_digest_of(const Installation& installation,
                                             const std::string& ref, const SigningFlags& flags);
// z5-ledger's answer to "what would an approver sign now".
Result<Expected<Json, No>> field_of_view(const Installation& installation, const std::string& ref);

}  // namespace z5::cli
