// SPDX-License-Identifier: Apache-2.0
#include "schemas/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "schemas/ids.h"
#include "schemas/limits.h"

namespace flatbuffers {
z5::fb::Digest Pack(const z5::Digest& digest) { return z5::fb::Digest(make_span(digest.bytes)); }
z5::Digest UnPack(const z5::fb::Digest& digest) {
  z5::Digest out;
  std::copy_n(digest.bytes()->data(), out.bytes.size(), out.bytes.begin());
  return out;
}
}  // namespace flatbuffers

namespace z5 {
namespace {

// Collects the first thing that is wrong with the fields of one event.
class Check {
 public:
  void that(bool ok, std::string_view field, std::string_view what) {
    if (!ok && problem_.empty()) problem_ = fmt::format("{}: {}", field, what);
  }
  void ref(const std::string& text, std::string_view field = "ref") {
    that(parse_reference(text).ok(), field, "not tenant/model:version");
  }
  void ref_or_none(const std::string& text, std::string_view field) {
    if (!text.empty()) ref(text, field);
  }
  void slug(const std::string& text, std::string_view field) {
    that(is_slug(text), field, "not a slug");
  }
  void slug_or_none(const std::string& text, std::string_view field) {
    if (!text.empty()) slug(text, field);
  }
  void slugs(const std::vector<std::string>& texts, std::string_view field) {
    for (const std::string& text : texts) slug(text, field);
  }
  void sorted(const std::vector<std::string>& texts, std::string_view field) {
    that(std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) == texts.end(),
         field, "not sorted, or twice");
  }
  template <class Enum>
  void range(Enum value, std::string_view field) {
    that(value >= Enum::MIN && value <= Enum::MAX, field, "unknown value");
  }
  void run_id_or_none(const std::string& text, std::string_view field) {
    that(text.empty() || is_run_id(text), field, "not of its form");
  }
  void documents(const std::vector<std::unique_ptr<fb::DocumentT>>& documents) {
    that(documents.size() <= limits::kMaxVersionDocuments, "documents", "too many");
    for (const auto& document : documents) slug(document->kind, "documents.kind");
    const auto less = [](const auto& a, const auto& b) {
      return std::tie(a->kind, a->digest) < std::tie(b->kind, b->digest);
    };
    that(std::adjacent_find(documents.begin(), documents.end(),
                            [&](const auto& a, const auto& b) { return !less(a, b); }) ==
             documents.end(),
         "documents", "not sorted by (kind, digest), or twice");
  }
  void conditions(const std::vector<std::unique_ptr<fb::ConditionT>>& conditions) {
    that(conditions.size() <= 2 * limits::kMaxConditions, "conditions", "too many");
    for (const auto& condition : conditions)
      that(condition->due > 0 && !condition->text.is_zero(), "conditions", "without date or text");
    const auto less = [](const auto& a, const auto& b) {
      return std::tie(a->due, a->text) < std::tie(b->due, b->text);
    };
    that(std::adjacent_find(conditions.begin(), conditions.end(),
                            [&](const auto& a, const auto& b) { return !less(a, b); }) ==
             conditions.end(),
         "conditions", "not sorted by (due, text), or twice");
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

bool is_dataset(const std::string& text) {
  const std::size_t at = text.find('@');
  return at != std::string::npos && is_run_id(text.substr(0, at)) && is_run_id(text.substr(at + 1));
}
bool is_attribute(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals != std::string::npos && is_slug(text.substr(0, equals)) &&
         is_slug(text.substr(equals + 1));
}

void check(const fb::LedgerOpenedT& e, Check& c) {
  c.that(is_origin(e.origin), "origin", "not an origin");
  c.that(is_ledger_id(e.id), "id", "not [a-z0-9-]{1,32}");
  c.that(!e.key.empty(), "key", "missing");
  c.that(e.admin_threshold > 0 && e.recovery_threshold > 0, "threshold", "zero");
}
void check(const fb::ActorEnrolledT& e, Check& c) {
  c.slug(e.actor, "actor");
  c.range(e.kind, "kind");
  c.range(e.use, "use");
  c.range(e.environment, "environment");
  c.that((e.kind == fb::ActorKind::Person) == !e.person.empty(), "person",
         "given exactly for kind person");
  c.slug_or_none(e.person, "person");
  c.that(e.key.empty() != e.identity.is_zero(), "key", "exactly one of key and identity");
  for (const std::string& role : e.roles) c.that(is_scoped_role(role), "roles", "not role@tenant");
  for (const std::string& attribute : e.attributes)
    c.that(is_attribute(attribute), "attributes", "not key=value");
  c.sorted(e.roles, "roles");
  c.sorted(e.attributes, "attributes");
  c.slug_or_none(e.audience, "audience");
  const bool serving = e.use == fb::KeyUse::Serving;
  c.that(serving == !e.audience.empty() && serving == (e.environment != fb::Environment::None),
         "audience", "audience and environment are given exactly for use serving");
  c.slugs(e.enrolled_by, "enrolled_by");
}
void check(const fb::ActorRetiredT& e, Check& c) {
  c.slug(e.actor, "actor");
  c.range(e.reason, "reason");
  c.that(e.invalid_since >= 0, "invalid_since", "negative");
}
void check(const fb::QuorumSetT& e, Check& c) {
  c.that(e.admin_threshold > 0 && e.recovery_threshold > 0, "threshold", "zero");
}
void check(const fb::KeyRotatedT& e, Check& c) { c.that(!e.key.empty(), "key", "missing"); }
void check(const fb::LedgerKeyRevokedT& e, Check& c) {
  c.that(!e.new_key.empty(), "new_key", "missing");
}
void check(const fb::PolicyActivatedT& e, Check& c) { c.slugs(e.authors, "authors"); }
void check(const fb::TrustRootSetT& e, Check& c) { c.slug(e.root, "root"); }
void check(const fb::VersionSubmittedT& e, Check& c) {
  c.ref(e.ref);
  c.documents(e.documents);
  c.run_id_or_none(e.run_id, "run_id");
  c.that(e.dataset.empty() || is_dataset(e.dataset), "dataset", "not NAME@SNAPSHOT");
  c.slugs(e.persons, "persons");
  c.sorted(e.persons, "persons");
  c.conditions(e.conditions);
}
void check(const fb::EvidenceAttachedT& e, Check& c) {
  c.ref(e.ref);
  c.documents(e.documents);
  c.slugs(e.persons, "persons");
  c.sorted(e.persons, "persons");
  c.conditions(e.conditions);
}
void check(const fb::VersionAnnotatedT& e, Check& c) { c.ref(e.ref); }
void check(const fb::VersionLabelledT& e, Check& c) {
  c.ref(e.ref);
  c.slugs(e.labels, "labels");
}
void check(const fb::VersionStagedT& e, Check& c) { c.ref(e.ref); }
void check(const fb::ApprovalGrantedT& e, Check& c) {
  c.ref(e.ref);
  c.range(e.role, "role");
  c.slug(e.person, "person");
  c.range(e.stage_to, "stage_to");
  c.ref_or_none(e.serving, "serving");
}
void check(const fb::ApprovalWithdrawnT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.person, "person");
}
void check(const fb::VersionPromotedT& e, Check& c) {
  c.ref(e.ref);
  c.ref_or_none(e.previous, "previous");
}
void check(const fb::PolicyReboundT& e, Check& c) { c.ref(e.ref); }
void check(const fb::VersionQuarantinedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.reason, "reason");
}
void check(const fb::QuarantineLiftedT& e, Check& c) {
  c.ref(e.ref);
  c.slugs(e.persons, "persons");
}
void check(const fb::VersionRevokedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.reason, "reason");
}
void check(const fb::RolledBackT& e, Check& c) {
  c.ref_or_none(e.from, "from");
  c.ref(e.to, "to");
  c.slug(e.reason, "reason");
}
void check(const fb::CachePurgeAcknowledgedT& e, Check& c) { c.ref(e.ref); }
void check(const fb::DecisionsAnchoredT& e, Check& c) { c.slug(e.service, "service"); }
void check(const fb::DriftDetectedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.metric, "metric");
}
void check(const fb::BreakGlassUsedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.action, "action");
  c.slug(e.reason, "reason");
  c.ref_or_none(e.to, "to");
}
void check(const fb::BreakGlassSettledT& e, Check& c) { c.slugs(e.persons, "persons"); }
void check(const fb::SubjectErasedT&, Check&) {}
void check(const fb::ReleasePublishedT& e, Check& c) { c.ref(e.ref); }
void check(const fb::CachePurgeRequestedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.actor, "actor");
}
void check(const fb::IncidentOpenedT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.incident, "incident");
}
void check(const fb::QuarantineOverdueT& e, Check& c) { c.ref(e.ref); }
void check(const fb::CachePurgeOverdueT& e, Check& c) {
  c.ref(e.ref);
  c.slug(e.actor, "actor");
}
void check(const fb::BreakGlassOverdueT& e, Check& c) { c.ref(e.ref); }
void check(const fb::ConditionOverdueT& e, Check& c) { c.ref(e.ref); }
void check(const fb::StateCommittedT&, Check&) {}
void check(const fb::CommandRefusedT& e, Check& c) {
  c.slug(e.kind, "kind");
  c.slug(e.rule, "rule");
  c.that(e.ref.size() <= 2 * limits::kMaxName + limits::kMaxVersion + 2, "ref", "too long");
}
void check(const fb::RefusalsSuppressedT& e, Check& c) { c.slug(e.actor, "actor"); }

}  // namespace

namespace {

// Calls f with the event as its own type; false for NONE and unknown types.
template <class F>
bool visit_event(const Entry& entry, F&& f) {
  switch (entry.event.type) {
#define Z5_EVENT(name)                                      \
  case fb::Event::name:                                     \
    f(*static_cast<const fb::name##T*>(entry.event.value)); \
    return true;
    // clang-format off
    Z5_EVENT(LedgerOpened) Z5_EVENT(ActorEnrolled) Z5_EVENT(ActorRetired) Z5_EVENT(QuorumSet)
    Z5_EVENT(KeyRotated) Z5_EVENT(LedgerKeyRevoked) Z5_EVENT(PolicyActivated) Z5_EVENT(TrustRootSet)
    Z5_EVENT(VersionSubmitted) Z5_EVENT(EvidenceAttached) Z5_EVENT(VersionAnnotated)
    Z5_EVENT(VersionLabelled) Z5_EVENT(VersionStaged) Z5_EVENT(ApprovalGranted)
    Z5_EVENT(ApprovalWithdrawn) Z5_EVENT(VersionPromoted) Z5_EVENT(PolicyRebound)
    Z5_EVENT(VersionQuarantined) Z5_EVENT(QuarantineLifted) Z5_EVENT(VersionRevoked)
    Z5_EVENT(RolledBack) Z5_EVENT(CachePurgeAcknowledged) Z5_EVENT(DecisionsAnchored)
    Z5_EVENT(DriftDetected) Z5_EVENT(BreakGlassUsed) Z5_EVENT(BreakGlassSettled)
    Z5_EVENT(SubjectErased) Z5_EVENT(ReleasePublished) Z5_EVENT(CachePurgeRequested)
    Z5_EVENT(IncidentOpened) Z5_EVENT(QuarantineOverdue) Z5_EVENT(CachePurgeOverdue)
    Z5_EVENT(BreakGlassOverdue) Z5_EVENT(ConditionOverdue) Z5_EVENT(StateCommitted)
    Z5_EVENT(CommandRefused) Z5_EVENT(RefusalsSuppressed)
#undef Z5_EVENT
    case fb::Event::NONE: return false;
    // clang-format on
  }
  return false;
}

}  // namespace

Bytes encode_entry(const Entry& entry) {
  thread_local flatbuffers::FlatBufferBuilder builder(1024);
  builder.Clear();
  builder.Finish(fb::Entry::Pack(builder, &entry));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<Entry> decode_entry(std::string_view body) {
  if (body.size() > limits::kMaxBody) return invalid("entry: body longer than 65535 bytes");
  if (reinterpret_cast<std::uintptr_t>(body.data()) % 8 !=
      0) {  // views into a frame are aligned, others may not be
    const Bytes aligned(body);
    return decode_entry(aligned);
  }
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(),
                                 limits::kMaxTableDepth, limits::kMaxTables);
  if (!fb::VerifyEntryBuffer(verifier))
    return invalid("entry: not a FlatBuffer of schemas/entry.fbs");
  const fb::Entry* root = fb::GetEntry(body.data());
  if (root->event_type() == fb::Event::NONE || root->event_type() > fb::Event::MAX ||
      root->event() == nullptr) {
    return invalid("entry: event: missing or of an unknown type");
  }
  Entry entry;
  root->UnPackTo(&entry);
  Check c;
  c.that(entry.recorded_at > 0, "recorded_at", "not positive");
  c.slug_or_none(entry.actor, "actor");
  if (entry.decision) c.slugs(entry.decision->rules, "decision.rules");
  visit_event(entry, [&](const auto& event) { check(event, c); });
  if (!c.problem().empty()) {
    return invalid(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), c.problem()));
  }
  if (encode_entry(entry) != body) {
    return invalid(
        fmt::format("entry {}: {}: not in canonical encoding", entry.sequence, event_name(entry)));
  }
  return entry;
}

std::string_view event_name(const Entry& entry) { return fb::EnumNameEvent(entry.event.type); }

std::string event_reference(const Entry& entry) {
  std::string reference;
  visit_event(entry, [&](const auto& event) {
    if constexpr (requires {
                    event.to;
                    event.from;
                  })
      reference = event.to;
    else if constexpr (requires { event.ref; })
      reference = event.ref;
  });
  return reference;
}

}  // namespace z5
