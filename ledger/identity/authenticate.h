// SPDX-License-Identifier: Apache-2.0
// The gate's first step: whose command is this? Finds the enrolled command key that signed the
// bundle, and the cosigners', over the same payload bytes. What comes out can only be made here, so
// a command that nobody signed does not get any further. Pure, on a snapshot of the actors; any
// thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ledger/identity/actor.h"
#include "ledger/identity/command.h"

namespace z5::identity {

class Authentic {
 public:
  const Command& command() const { return command_; }
  const Actor& author() const { return author_; }
  // Other actors that signed the same payload, each once, in request order.
  const std::vector<Actor>& cosigners() const { return cosigners_; }
  // enroll-actor: the new key signed too (proof of possession).
  bool possession_proved() const { return possession_proved_; }
  // The exact bytes of the bundles: the author's, then the cosigners' in request order.
  const std::vector<Bytes>& bundles() const { return bundles_; }
  // SHA-256 over the concatenated SHA-256 of each bundle.
  const Digest& command_digest() const { return command_digest_; }
  std::uint64_t actors_version() const { return actors_version_; }

 private:
  friend class Authenticator;
  Authentic() = default;
  Command command_;
  Actor author_;
  std::vector<Actor> cosigners_;
  bool possession_proved_ = false;
  std::vector<Bytes> bundles_;
  Digest command_digest_;
  std::uint64_t actors_version_ = 0;
};

// Why a command is not authentic. Malformed: 400. Unknown: nobody known signed it (401, one
// constant reason). Refused: a known author, but the command is of another ledger, expired, or not
// yet valid; such bytes can be replayed by anybody, so they are never recorded against the author.
struct NotAuthentic {
  enum class Why { Malformed, Unknown, Refused } why;
  Refusal refusal;
};

class Authenticator {
 public:
  Authenticator(LedgerName ledger, std::shared_ptr<const Actors> actors)
      : ledger_(std::move(ledger)), actors_(std::move(actors)) {}

  // `now` judges expiry and issue time (limits::kClockSkew). Rules: bundle-malformed,
  // command-malformed, not-authenticated, wrong-ledger, expired, not-yet-valid, cosigner-payload,
  // cosigner-unknown, cosigner-twice.
  Expected<Authentic, NotAuthentic> authenticate(std::span<const Bytes> bundles, Time now) const;

 private:
  Expected<Command, NotAuthentic> read_command(const std::string& payload) const;
  LedgerName ledger_;
  std::shared_ptr<const Actors> actors_;
};

Digest command_digest(std::span<const Bytes> bundles);

// For readers of the ledger: the command inside a recorded bundle, without judging its signature.
Result<Command> command_of_bundle(std::string_view bundle);

}  // namespace z5::identity
