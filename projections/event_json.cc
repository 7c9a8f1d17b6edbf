// SPDX-License-Identifier: Apache-2.0
#include "projections/event_json.h"

#include "schemas/time.h"

namespace z5::projections {
namespace {

class Fields {
 public:
  Fields& add(const char* name, const std::string& text) {
    if (!text.empty()) json_[name] = text;
    return *this;
  }
  Fields& add(const char* name, const Digest& digest) {
    if (!digest.is_zero()) json_[name] = digest.text();
    return *this;
  }
  Fields& add(const char* name, const std::vector<std::string>& texts) {
    if (!texts.empty()) json_[name] = texts;
    return *this;
  }
  Fields& count(const char* name, std::uint64_t number) {
    json_[name] = std::to_string(number);
    return *this;
  }
  Fields& time(const char* name, std::int64_t ns) {
    if (ns != 0) json_[name] = to_rfc3339(Time{ns});
    return *this;
  }
  Fields& key(const char* name, const std::vector<std::uint8_t>& spki) {
    return spki.empty()
               ? *this
               : add(name, sha256({reinterpret_cast<const char*>(spki.data()), spki.size()}));
  }
  Fields& documents(const std::vector<std::unique_ptr<fb::DocumentT>>& documents) {
    Json list = Json::array();
    for (const auto& document : documents)
      list.push_back({{"kind", document->kind}, {"digest", document->digest.text()}});
    json_["documents"] = std::move(list);
    return *this;
  }
  Fields& conditions(const std::vector<std::unique_ptr<fb::ConditionT>>& conditions) {
    if (conditions.empty()) return *this;
    Json list = Json::array();
    for (const auto& condition : conditions)
      list.push_back({{"text", condition->text.text()}, {"due", to_rfc3339(Time{condition->due})}});
    json_["conditions"] = std::move(list);
    return *this;
  }
  Fields& set(const char* name, Json value) {
    json_[name] = std::move(value);
    return *this;
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

Fields fields(const fb::LedgerOpenedT& e) {
  return Fields()
      .add("origin", e.origin)
      .add("id", e.id)
      .key("key", e.key)
      .count("admin_threshold", e.admin_threshold)
      .count("recovery_threshold", e.recovery_threshold);
}
Fields fields(const fb::ActorEnrolledT& e) {
  Fields out;
  out.add("actor", e.actor)
      .set("kind", fb::EnumNameActorKind(e.kind))
      .add("person", e.person)
      .set("use", fb::EnumNameKeyUse(e.use))
      .key("key", e.key)
      .add("identity", e.identity)
      .add("roles", e.roles)
      .add("attributes", e.attributes)
      .add("audience", e.audience)
      .add("enrolled_by", e.enrolled_by);
  if (e.environment != fb::Environment::None)
    out.set("environment", fb::EnumNameEnvironment(e.environment));
  return out;
}
Fields fields(const fb::ActorRetiredT& e) {
  return Fields()
      .add("actor", e.actor)
      .set("reason", fb::EnumNameRetireReason(e.reason))
      .time("invalid_since", e.invalid_since);
}
Fields fields(const fb::QuorumSetT& e) {
  return Fields()
      .count("admin_threshold", e.admin_threshold)
      .count("recovery_threshold", e.recovery_threshold);
}
Fields fields(const fb::PolicyActivatedT& e) {
  return Fields()
      .add("registry", e.registry)
      .add("authz", e.authz)
      .set("withdraw_previous", e.withdraw_previous)
      .add("authors", e.authors);
}
Fields fields(const fb::TrustRootSetT& e) {
  return Fields()
      .add("root", e.root)
      .add("document", e.document)
      .time("valid_from", e.valid_from)
      .time("valid_to", e.valid_to)
      .time("withdrawn_at", e.withdrawn_at)
      .time("invalid_since", e.invalid_since);
}
Fields fields(const fb::VersionSubmittedT& e) {
  return Fields()
      .add("ref", e.ref)
      .add("model_digest", e.model_digest)
      .documents(e.documents)
      .add("evidence_root", e.evidence_root)
      .add("facts", e.facts)
      .add("policy", e.policy)
      .add("run_id", e.run_id)
      .add("dataset", e.dataset)
      .add("container_digest", e.container_digest)
      .add("persons", e.persons)
      .conditions(e.conditions);
}
Fields fields(const fb::EvidenceAttachedT& e) {
  return Fields()
      .add("ref", e.ref)
      .documents(e.documents)
      .add("evidence_root", e.evidence_root)
      .add("facts", e.facts)
      .add("persons", e.persons)
      .conditions(e.conditions);
}
Fields fields(const fb::VersionAnnotatedT& e) { return Fields().add("ref", e.ref); }
Fields fields(const fb::VersionLabelledT& e) {
  return Fields().add("ref", e.ref).add("labels", e.labels);
}
Fields fields(const fb::VersionStagedT& e) {
  return Fields()
      .add("ref", e.ref)
      .add("evidence_root", e.evidence_root)
      .add("facts", e.facts)
      .add("policy", e.policy);
}
Fields fields(const fb::ApprovalGrantedT& e) {
  return Fields()
      .add("ref", e.ref)
      .set("role", e.role == fb::ApprovalRole::Security ? "security" : "product")
      .add("person", e.person)
      .set("stage_to", fb::EnumNameStage(e.stage_to))
      .add("model_digest", e.model_digest)
      .add("evidence_root", e.evidence_root)
      .add("facts", e.facts)
      .add("policy", e.policy)
      .add("engine", e.engine)
      .add("ticket", e.ticket)
      .add("serving", e.serving);
}
Fields fields(const fb::ApprovalWithdrawnT& e) {
  return Fields().add("ref", e.ref).add("person", e.person);
}
Fields fields(const fb::VersionPromotedT& e) {
  Json approvals = Json::array();
  for (const std::uint64_t sequence : e.approvals) approvals.push_back(std::to_string(sequence));
  return Fields()
      .add("ref", e.ref)
      .add("ticket", e.ticket)
      .set("approvals", std::move(approvals))
      .add("evidence_root", e.evidence_root)
      .add("facts", e.facts)
      .add("policy", e.policy)
      .add("previous", e.previous);
}
Fields fields(const fb::PolicyReboundT& e) {
  return Fields().add("ref", e.ref).add("policy", e.policy).add("facts", e.facts);
}
Fields fields(const fb::VersionQuarantinedT& e) {
  Fields out;
  out.add("ref", e.ref).add("reason", e.reason).time("review_by", e.review_by);
  if (e.cause != 0) out.count("cause", e.cause);
  return out;
}
Fields fields(const fb::QuarantineLiftedT& e) {
  return Fields().add("ref", e.ref).add("persons", e.persons);
}
Fields fields(const fb::VersionRevokedT& e) {
  return Fields().add("ref", e.ref).add("reason", e.reason);
}
Fields fields(const fb::ReleasePublishedT& e) {
  return Fields()
      .add("ref", e.ref)
      .count("cause", e.cause)
      .add("release_manifest", e.release_manifest)
      .add("policy_snapshot", e.policy_snapshot)
      .add("release_notes", e.release_notes)
      .add("dashboards_links", e.dashboards_links);
}
Fields fields(const fb::QuarantineOverdueT& e) {
  return Fields().add("ref", e.ref).time("due", e.due).count("cause", e.cause);
}
Fields fields(const fb::IncidentOpenedT& e) {
  return Fields().add("ref", e.ref).count("cause", e.cause).add("incident", e.incident);
}
Fields fields(const fb::ConditionOverdueT& e) {
  return Fields().add("ref", e.ref).time("due", e.due).add("condition", e.condition);
}
Fields fields(const fb::CommandRefusedT& e) {
  return Fields()
      .set("kind", e.kind)
      .add("payload", e.payload)
      .add("rule", e.rule)
      .add("ref", e.ref);
}
Fields fields(const fb::RefusalsSuppressedT& e) {
  return Fields().add("actor", e.actor).count("count", e.count).time("since", e.since);
}

}  // namespace

Json event_json(const Entry& entry) {
  switch (entry.event.type) {
    // clang-format off: a table
#define Z5_ON(name) \
  case fb::Event::name: return fields(event_as<fb::name##T>(entry)).take();
    Z5_ON(LedgerOpened) Z5_ON(ActorEnrolled) Z5_ON(ActorRetired) Z5_ON(QuorumSet)
    Z5_ON(PolicyActivated) Z5_ON(TrustRootSet) Z5_ON(VersionSubmitted) Z5_ON(EvidenceAttached) Z5_ON(VersionAnnotated)
    Z5_ON(VersionLabelled) Z5_ON(VersionStaged) Z5_ON(ApprovalGranted) Z5_ON(ApprovalWithdrawn)
    Z5_ON(VersionPromoted) Z5_ON(PolicyRebound) Z5_ON(VersionQuarantined) Z5_ON(QuarantineLifted)
    Z5_ON(VersionRevoked) Z5_ON(ReleasePublished) Z5_ON(QuarantineOverdue) Z5_ON(CommandRefused)
    Z5_ON(RefusalsSuppressed) Z5_ON(IncidentOpened) Z5_ON(ConditionOverdue)
#undef Z5_ON
        // clang-format on
        default : return Fields()
                      .add("ref", event_reference(entry))
                      .take();  // events that the fold does not know yet
  }
}

Json decision_json(const Entry& entry) {
  if (!entry.decision || (entry.decision->policy.is_zero() && entry.decision->rules.empty()))
    return nullptr;
  return Fields()
      .add("policy", entry.decision->policy)
      .add("input", entry.decision->input)
      .add("engine", entry.decision->engine)
      .set("rules", entry.decision->rules)
      .take();
}

}  // namespace z5::projections
