// SPDX-License-Identifier: Apache-2.0
// A small governed ledger for tests: fixed keys and times, real signed commands, and the events
// that the gate would make of them, without asking policy. What a test wants to be wrong it changes
// in a Draft. Failures here are assertions: the tests that use it are about something else.
#pragma once

#include <string>
#include <vector>

#include "ledger/chain/appender.h"
#include "ledger/gate/state.h"
#include "ledger/identity/command.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::gate::sample {

// An entry on its way into the ledger.
struct Draft {
  Entry entry;
  std::vector<log::SignedCommand> commands;
};
using Group = std::vector<Draft>;

// Key of an actor: its RFC 8032 seed is the id's SHA-256.
keys::PrivateKey key_of(const std::string& actor);
fb::ActorEnrolledT enrolled(const std::string& actor, const std::string& person, fb::KeyUse use,
                            std::vector<std::string> roles);

// Actors of every ledger made here: alice and bob (admins and revokers), ci (submitter), pipeline
// (release manager), sam (security approver), pat (product approver), assessor (attest key).
class GovernedLedger {
 public:
  // Makes the ledger in `folder`, with its genesis group, or goes on with the one that is there.
  // `trust`: an older GovernedLedger's.
  explicit GovernedLedger(const std::string& folder,
                          const chain::Trust& trust = chain::sample::trust());

  const State& state() const { return state_; }
  const chain::Trust& trust() const { return appender_->trust(); }
  const chain::Head& head() const { return appender_->head(); }
  const std::string& checkpoint() const { return appender_->checkpoint(); }
  Time now() const { return now_; }

  // Drafts of one command each, as the gate would let it happen now.
  Draft submit(const std::string& ref, const Json& more = Json::object());
  Draft attach(const std::string& ref, const std::string& document);
  // An attach that decays the version: with its incident and the hold; alone in its group.
  Group decay(const std::string& ref, const std::string& document, Time review_by);
  Draft annotate(const std::string& ref, const std::string& key, const std::string& value);
  Draft stage(const std::string& ref);
  Draft approve(const std::string& ref, const std::string& actor, fb::ApprovalRole role);
  Draft withdraw(const std::string& ref, const std::string& actor);
  Group promote(const std::string& ref);  // with its release; alone in its group
  Draft quarantine(const std::string& ref, Time review_by);
  Draft lift(const std::string& ref);
  Draft revoke(const std::string& ref);
  Draft enroll(const std::string& actor, std::vector<std::string> roles,
               fb::KeyUse use = fb::KeyUse::Command);
  Draft retire(const std::string& actor);
  Draft activate(const Digest& registry);
  // `document` "": the root's own stays.
  Draft set_root(const std::string& root, const std::string& document, Time withdrawn_at = {});
  Draft refused(const std::string& ref);  // CommandRefused
  Group due() const;                      // what the time of the next group makes due

  // Appends one group, a second later than the one before; what is due comes first by itself.
  void append(Group group);
  void append(Draft draft) { append(group_of(std::move(draft))); }
  static Group group_of(Draft draft);
  // Candidate, Staging, approved twice, promoted: five groups.
  void promote_all_the_way(const std::string& ref);
  void pass(std::chrono::nanoseconds time) { now_ = now_ + time; }
  // The same command for another event, or with other fields: signs it anew.
  Draft signed_as(identity::Kind kind, const std::string& author, const std::string& ref,
                  const Digest& subject, Json fields,
                  const std::vector<std::string>& cosigners = {});

 private:
  template <class Event>
  Draft draft(identity::Kind kind, const std::string& author, const Digest& subject, Json fields,
              Event event, const std::vector<std::string>& cosigners = {});
  void open_genesis();
  Digest model_of(const std::string& ref) const;

  std::unique_ptr<chain::Appender> appender_;
  State state_;
  Time now_;
  std::uint32_t commands_ = 0;
};

}  // namespace z5::gate::sample
