// SPDX-License-Identifier: Apache-2.0
// The gate's first step: whose command is this? Finds the enrolled command key, or identity under a
// root of trust, that signed the bundle, and the cosigners', over the same payload bytes. What
// comes out can only be made here, so a command that nobody signed does not get any further. Pure,
// on snapshots of actors and trust; any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ledger/identity/actor.h"
#include "ledger/identity/command.h"
#include "ledger/identity/keyless.h"

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
  std::uint64_t trust_version() const { return trust_version_; }
  // Of an author or cosigner that is an identity: why it may speak, judged again by may_speak() at
  // the time that the command is recorded. Empty for those with a key.
  std::span<const sigstore::Ground> grounds(const std::string& actor) const {
    const auto it = grounds_.find(actor);
    return it == grounds_.end() ? std::span<const sigstore::Ground>() : it->second;
  }
  bool keyless() const { return !grounds_.empty(); }

 private:
  friend class Authenticator;
  Authentic() = default;
  Command command_;
  Actor author_;
  std::vector<Actor> cosigners_;
  bool possession_proved_ = false;
  std::vector<Bytes> bundles_;
  Digest command_digest_;
  std::uint64_t actors_version_ = 0, trust_version_ = 0;
  std::map<std::string, std::vector<sigstore::Ground>> grounds_;
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
  Authenticator(LedgerName ledger, std::shared_ptr<const Actors> actors,
                std::shared_ptr<const sigstore::TrustRoots> trust)
      : ledger_(std::move(ledger)), actors_(std::move(actors)), trust_(std::move(trust)) {}

  // `now` judges expiry and issue time (limits::kClockSkew), and whether an identity may speak.
  // Rules: bundle-malformed, command-malformed, not-authenticated, wrong-ledger, expired,
  // not-yet-valid, cosigner-payload, cosigner-unknown, cosigner-twice, those of may_speak().
  Expected<Authentic, NotAuthentic> authenticate(std::span<const Bytes> bundles, Time now) const;

 private:
  struct Signer {
    const Actor* actor = nullptr;  // null: nobody known
    std::vector<sigstore::Ground> grounds;
  };
  Signer signer_of(const sigstore::Bundle& bundle) const;
  // A known signer may speak only as what it was enrolled for, only while it is active.
  Expected<Done, NotAuthentic> check_speaker(const Signer& signer, Time now) const;
  LedgerName ledger_;
  std::shared_ptr<const Actors> actors_;
  std::shared_ptr<const sigstore::TrustRoots> trust_;
};

Digest command_digest(std::span<const Bytes> bundles);

// For readers of the ledger: the command inside a recorded bundle, without judging its signature.
Result<Command> command_of_bundle(std::string_view bundle);

}  // namespace z5::identity
