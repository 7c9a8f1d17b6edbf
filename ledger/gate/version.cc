// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/version.h"

#include <fmt/format.h>

#include <algorithm>

namespace z5::gate {
namespace {

Error impossible(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

void add_persons(std::vector<std::string>& persons, const std::vector<std::string>& more) {
  persons.insert(persons.end(), more.begin(), more.end());
  std::sort(persons.begin(), persons.end());
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
}

// `person` of the entry's author, by the actors as they are; empty for workloads.
std::string person_of(const identity::Actors& actors, const std::string& actor) {
  const identity::Actor* found = actors.find(actor);
  return found == nullptr ? std::string() : found->person;
}

void add_documents(Version& version, const std::vector<std::unique_ptr<fb::DocumentT>>& documents,
                   const std::string& attacher, Time at) {
  auto known = std::find(version.attachers.begin(), version.attachers.end(), attacher);
  if (known == version.attachers.end()) known = version.attachers.insert(known, attacher);
  const auto index = static_cast<std::uint8_t>(known - version.attachers.begin());
  for (const auto& document : documents) {
    version.documents.push_back({document->digest, at, document_kind_index(document->kind), index});
  }
}

void set_conditions(Version& version,
                    const std::vector<std::unique_ptr<fb::ConditionT>>& conditions) {
  std::vector<Condition> next;
  for (const auto& asked : conditions) {
    const auto& known = version.conditions;
    const auto same = std::find_if(known.begin(), known.end(), [&](const Condition& condition) {
      return condition.due.ns == asked->due && condition.text == asked->text;
    });
    next.push_back({Time{asked->due}, asked->text, same != known.end() && same->overdue});
  }
  version.conditions = std::move(next);
}

// One event on one version. Each `on` returns why the event cannot follow, or an empty text.
class Change {
 public:
  Change(Version& version, const Entry& entry, const identity::Actors& actors)
      : v_(version), entry_(entry), actors_(actors) {}

  std::string_view on(const fb::VersionSubmittedT& event) {
    v_.ref = event.ref;
    v_.model_digest = event.model_digest;
    v_.stage = fb::Stage::Candidate;
    add_documents(v_, event.documents, person_of(actors_, entry_.actor), Time{entry_.recorded_at});
    v_.evidence_root = event.evidence_root;
    v_.facts = event.facts;
    v_.policy = event.policy;
    v_.run_id = event.run_id;
    v_.dataset = event.dataset;
    v_.container_digest = event.container_digest;
    set_conditions(v_, event.conditions);
    v_.persons = event.persons;
    v_.submitter = entry_.actor;
    v_.submitted = entry_.sequence;
    return "";
  }
  std::string_view on(const fb::EvidenceAttachedT& event) {
    add_documents(v_, event.documents, person_of(actors_, entry_.actor), Time{entry_.recorded_at});
    v_.evidence_root = event.evidence_root;
    v_.facts = event.facts;
    set_conditions(v_, event.conditions);
    v_.approvals.clear();  // they were given for other evidence
    add_persons(v_.persons, event.persons);
    return "";
  }
  std::string_view on(const fb::VersionAnnotatedT&) { return ""; }
  std::string_view on(const fb::VersionLabelledT& event) {
    v_.labels = event.labels;
    return "";
  }
  std::string_view on(const fb::VersionStagedT& event) {
    if (v_.stage != fb::Stage::Candidate) return "the version is not Candidate";
    v_.stage = fb::Stage::Staging;
    return rebind(event.policy, event.facts);
  }
  std::string_view on(const fb::ApprovalGrantedT& event) {
    v_.approvals.push_back({entry_.sequence, entry_.actor, event});
    return "";
  }
  std::string_view on(const fb::ApprovalWithdrawnT& event) {
    std::erase_if(v_.approvals,
                  [&](const Approval& approval) { return approval.view.person == event.person; });
    return "";
  }
  std::string_view on(const fb::VersionPromotedT& event) {
    if (v_.stage != fb::Stage::Staging || v_.hold) return "the version is not Staging, or on hold";
    v_.stage = fb::Stage::Approved;
    v_.policy = event.policy;
    v_.facts = event.facts;
    v_.once_served = true;
    return "";
  }
  std::string_view on(const fb::ReleasePublishedT&) { return ""; }
  std::string_view on(const fb::PolicyReboundT& event) { return rebind(event.policy, event.facts); }
  std::string_view on(const fb::VersionQuarantinedT& event) {
    if (v_.hold) return "the version is on hold already";
    v_.hold = Hold{entry_.sequence, Time{event.review_by}, false};
    v_.approvals.clear();
    return "";
  }
  std::string_view on(const fb::QuarantineLiftedT& event) {
    if (!v_.hold) return "the version is not on hold";
    v_.hold.reset();
    add_persons(v_.persons, event.persons);
    return "";
  }
  std::string_view on(const fb::QuarantineOverdueT& event) {
    if (!v_.hold || v_.hold->overdue || v_.hold->review_by.ns != event.due)
      return "no such review is due";
    v_.hold->overdue = true;
    return "";
  }
  std::string_view on(const fb::IncidentOpenedT&) { return ""; }
  std::string_view on(const fb::ConditionOverdueT& event) {
    for (Condition& condition : v_.conditions) {
      if (condition.overdue || condition.due.ns != event.due || condition.text != event.condition)
        continue;
      condition.overdue = true;
      return "";
    }
    return "no such condition is due";
  }
  std::string_view on(const fb::VersionRevokedT&) {
    v_.stage = fb::Stage::Revoked;
    v_.approvals.clear();
    return "";
  }

 private:
  std::string_view rebind(const Digest& policy, const Digest& facts) {
    v_.policy = policy;
    v_.facts = facts;
    v_.approvals.clear();
    return "";
  }
  Version& v_;
  const Entry& entry_;
  const identity::Actors& actors_;
};

}  // namespace

const std::vector<std::string>& document_kinds() {
  static const std::vector<std::string> kinds = {"adr",      "attestation", "image-signature",
                                                 "manifest", "model-card",  "sbom",
                                                 "scdr",     "signature",   "vex"};
  return kinds;
}

std::uint8_t document_kind_index(std::string_view kind) {
  const auto& kinds = document_kinds();
  const auto it = std::find(kinds.begin(), kinds.end(), kind);
  Z5_ASSERT(it != kinds.end());
  return static_cast<std::uint8_t>(it - kinds.begin());
}

Result<std::shared_ptr<const Version>> apply_event(std::shared_ptr<const Version> version,
                                                   const Entry& entry,
                                                   const identity::Actors& actors) {
  const bool submitted = entry.event.type == fb::Event::VersionSubmitted;
  if (submitted && version) return impossible(entry, version->ref + " exists already");
  if (!submitted && !version) return impossible(entry, "the version was never submitted");
  if (version && version->stage == fb::Stage::Revoked)
    return impossible(entry, "the version is Revoked");
  auto next = submitted ? std::make_shared<Version>() : std::make_shared<Version>(*version);
  Change change(*next, entry, actors);
  std::string_view why;
  switch (entry.event.type) {
    // clang-format off: a table
#define Z5_ON(name) \
  case fb::Event::name: why = change.on(event_as<fb::name##T>(entry)); break;
    Z5_ON(VersionSubmitted) Z5_ON(EvidenceAttached) Z5_ON(VersionAnnotated) Z5_ON(VersionLabelled)
    Z5_ON(VersionStaged) Z5_ON(ApprovalGranted) Z5_ON(ApprovalWithdrawn) Z5_ON(VersionPromoted)
    Z5_ON(ReleasePublished) Z5_ON(PolicyRebound) Z5_ON(VersionQuarantined) Z5_ON(QuarantineLifted)
    Z5_ON(QuarantineOverdue) Z5_ON(VersionRevoked) Z5_ON(IncidentOpened) Z5_ON(ConditionOverdue)
#undef Z5_ON
        // clang-format on
        default : why = "this version of the program does not know how to fold it";
  }
  if (!why.empty()) return impossible(entry, why);
  next->changed = entry.sequence;
  return std::shared_ptr<const Version>(std::move(next));
}

}  // namespace z5::gate
