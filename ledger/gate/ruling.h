// SPDX-License-Identifier: Apache-2.0
// One command under judgement (inside decide(); nobody else needs this header): collects refusals
// so that all of them are told at once, remembers the last policy decision, and becomes Decided or
// Refused. One thread, one command.
#pragma once

#include <string>
#include <vector>

#include "ledger/gate/decay.h"
#include "ledger/gate/decide.h"
#include "ledger/gate/policy_input.h"

namespace z5::gate {

class Ruling {
 public:
  explicit Ruling(const DecideInput& input) : in_(input) {}
  Expected<Decided, Refused> run();

 private:
  // Common questions, in this order: the author as of now, authorisation, the version.
  bool author_holds();
  bool authorised();
  bool version_matches();

  // Kinds about a version (ruling_version.cc).
  void submit();
  void attach();
  void open_incident(const Decay& decay);  // and the hold that the bundle asks for
  void annotate();
  void label();
  void stage();
  void approve();
  void withdraw_approval();
  void promote();
  void rebind();
  void quarantine();
  void lift_quarantine();
  void revoke();
  // Kinds about the ledger (ruling_ledger.cc).
  void enroll_actor();
  void retire_actor();
  void set_quorum();
  void activate_policy();
  void set_trust_root();

  void refuse(std::string rule, std::string reason) {
    refusals_.push_back({std::move(rule), std::move(reason)});
  }
  void refuse_all(const std::vector<Refusal>& more) {
    refusals_.insert(refusals_.end(), more.begin(), more.end());
  }
  // Asks the active registry bundle; its reasons become refusals, and the reasons why documents did
  // not count.
  void ask(policy::Package package, const Json& input, const evidence::Collected* collected);
  evidence::Collected facts_of(const Version& version) const;
  // Distinct persons among author and cosigners that hold `role` for `scope`, sorted.
  std::vector<std::string> signers_with(std::string_view role, std::string_view scope) const;
  GateQuestion question(const evidence::Collected& collected, fb::Stage to) const;
  fb::ApprovalGrantedT field_of_view(const evidence::Collected& collected) const;
  template <class Event>
  void emit(Event event) {
    decided_.events_.emplace_back().Set(std::move(event));
  }
  void publish_release(const evidence::Collected& collected,
                       const std::vector<const Approval*>& approvals, const Json& input);

  const identity::Command& command() const { return in_.authentic.command(); }
  const identity::Actor& author() const { return in_.authentic.author(); }

  const DecideInput& in_;
  std::shared_ptr<const Version> version_;  // none for submit and for kinds about the ledger
  std::shared_ptr<const Policies> policies_ = in_.state.policies();
  std::shared_ptr<const identity::Actors> actors_ = in_.state.actors();
  bool conflict_ = false;
  std::vector<Refusal> refusals_;
  Decided decided_;
};

}  // namespace z5::gate
