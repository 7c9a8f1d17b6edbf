// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/event_of_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledger/evidence/facts.h"
#include "ledger/gate/due.h"
#include "ledger/gate/separation.h"
#include "ledger/identity/enrollment.h"

namespace z5::gate {
namespace {

using identity::Command;
using identity::DocumentName;
using identity::Kind;

std::string_view role_text(fb::ApprovalRole role) {
  return role == fb::ApprovalRole::Security ? "security" : "product";
}
std::string_view stage_text(fb::Stage stage) { return fb::EnumNameStage(stage); }

// Collects the first field that differs.
class Comparison {
 public:
  Comparison(const Command& command, const Signers& signers, const Before& before)
      : command_(command), signers_(signers), before_(before) {}

  std::string result() const { return difference_; }

  void on(const fb::ActorEnrolledT& event) {
    const auto asked = identity::parse_enrollment(command_.fields["actor"]);
    if (!asked.ok()) return say(false, "actor", asked.error().message);
    fb::EventUnion left, right;
    fb::ActorEnrolledT with_signers = *asked;
    with_signers.enrolled_by = admins();
    left.Set(std::move(with_signers));
    right.Set(fb::ActorEnrolledT(event));
    say(same_event(left, right), "actor", "is not the one that was asked for and signed for");
    const bool keyed = !event.key.empty();  // an identity proves its possession when it first signs
    say((keyed ? digest_of(event.key) : event.identity) == command_.subject, "subject",
        "is not the digest of the actor's key or identity");
    say(!keyed || signers_.possession, "key", "the new key did not sign");
    quorum();
  }
  void on(const fb::ActorRetiredT& event) {
    const identity::Actor* actor = before_.actors.find(event.actor);
    if (actor == nullptr) return say(false, "actor", "is unknown");
    const auto reason = identity::parse_retire_reason(command_.text("reason"));
    const auto since = from_rfc3339(command_.text("invalid_since"));
    const std::int64_t from = since.ok() ? since->ns : actor->enrolled_at.ns;
    say(event.actor == command_.text("actor"), "actor");
    say(actor->credential() == command_.subject, "subject",
        "is not the digest of the actor's key or identity");
    say(reason.ok() && *reason == event.reason, "reason");
    say(event.invalid_since == (event.reason == fb::RetireReason::Compromise ? from : 0),
        "invalid_since");
    quorum();
  }
  void on(const fb::QuorumSetT& event) {
    say(command_.text("admin_threshold") == std::to_string(event.admin_threshold),
        "admin_threshold");
    say(command_.text("recovery_threshold") == std::to_string(event.recovery_threshold),
        "recovery_threshold");
    say(command_.subject == before_.name.genesis, "subject", "is not the genesis hash");
    quorum();
  }
  void on(const fb::PolicyActivatedT& event) {
    const Digest registry = command_.digest("registry"), authz = command_.digest("authz");
    say(event.registry == (registry.is_zero() ? before_.policies.registry : registry), "registry");
    say(event.authz == (authz.is_zero() ? before_.policies.authz : authz), "authz");
    say(command_.subject == (registry.is_zero() ? authz : registry), "subject",
        "is not the bundle's digest");
    say(event.withdraw_previous == command_.fields["withdraw_previous"].get<bool>(),
        "withdraw_previous");
    say(event.authors == admins(), "authors", "are not the admins who signed");
    quorum();
  }

  // What may follow (withdrawal is for ever) is the fold's to say.
  void on(const fb::TrustRootSetT& event) {
    const auto document = carried_document(&command_);
    say(event.root == command_.text("root"), "root");
    say(event.document == command_.subject, "document");
    say(!document || document->digest == event.document, "document",
        "is not the one that the command carries");
    say(Time{event.valid_from} == command_.time("valid_from"), "valid_from");
    say(Time{event.valid_to} == command_.time("valid_to"), "valid_to");
    say(Time{event.withdrawn_at} == command_.time("withdrawn_at"), "withdrawn_at");
    say(Time{event.invalid_since} == command_.time("invalid_since"), "invalid_since");
    quorum();
  }

  void on(const fb::VersionSubmittedT& event) {
    std::set<DocumentName> asked = documents_asked();
    asked.insert({"manifest", command_.subject});
    say(event.model_digest == command_.subject, "model_digest");
    say(names(event.documents) == asked, "documents");
    say(event.evidence_root == root(asked), "evidence_root", "is not that of its documents");
    say(event.run_id == command_.text("run_id"), "run_id");
    say(event.dataset == command_.text("dataset"), "dataset");
    say(event.container_digest == command_.digest("container_digest"), "container_digest");
    say(event.policy == before_.policies.registry, "policy", "is not the active bundle");
  }
  void on(const fb::EvidenceAttachedT& event) {
    if (!about_this_model()) return;
    std::set<DocumentName> all = held();
    std::set<DocumentName> added;
    for (const DocumentName& document : documents_asked()) {
      if (all.insert(document).second) added.insert(document);
    }
    say(!added.empty() && names(event.documents) == added, "documents");
    say(event.evidence_root == root(all), "evidence_root",
        "is not that of the version's documents");
  }
  void on(const fb::VersionAnnotatedT&) { about_this_model(); }
  void on(const fb::VersionLabelledT& event) {
    if (!about_this_model()) return;
    say(command_.fields["labels"] == Json(event.labels), "labels");
  }
  void on(const fb::VersionStagedT& event) {
    if (!about_this_model()) return;
    say(event.evidence_root == before_.version->evidence_root, "evidence_root");
    say(event.policy == before_.policies.registry, "policy", "is not the active bundle");
  }
  void on(const fb::ApprovalGrantedT& event) {
    if (!about_this_model()) return;
    say(event.role == fb::ApprovalRole::Security || event.role == fb::ApprovalRole::Product,
        "role");
    say(command_.text("role") == role_text(event.role), "role");
    say(command_.text("stage_to") == stage_text(event.stage_to), "stage_to");
    say(event.model_digest == command_.subject, "model_digest");
    say(event.evidence_root == command_.digest("evidence_root"), "evidence_root");
    say(event.facts == command_.digest("facts"), "facts");
    say(event.policy == command_.digest("policy"), "policy");
    say(event.engine == command_.text("engine"), "engine");
    say(event.ticket == command_.digest("ticket"), "ticket");
    say(event.serving == command_.text("serving"), "serving");
    say(!event.person.empty() && event.person == signers_.author.person, "person",
        "is not the author");
    refused(check_approver(*before_.version, signers_.author, event.role, {}, before_.actors,
                           before_.policies));
  }
  void on(const fb::ApprovalWithdrawnT& event) {
    if (!about_this_model()) return;
    say(event.person == signers_.author.person, "person", "is not the author");
  }
  void on(const fb::VersionPromotedT& event) {
    if (!about_this_model()) return;
    say(event.ticket == command_.digest("ticket"), "ticket");
    say(event.evidence_root == before_.version->evidence_root, "evidence_root");
    say(event.policy == before_.policies.registry, "policy", "is not the active bundle");
    std::vector<const Approval*> counted;
    for (const std::uint64_t sequence : event.approvals) {
      const auto& live = before_.version->approvals;
      const auto found = std::find_if(live.begin(), live.end(), [&](const Approval& approval) {
        return approval.sequence == sequence;
      });
      if (found == live.end()) return say(false, "approvals", "one of them is not a live approval");
      const fb::ApprovalGrantedT& view = found->view;
      say(view.model_digest == command_.subject && view.evidence_root == event.evidence_root &&
              view.facts == event.facts && view.policy == event.policy &&
              view.ticket == event.ticket && view.stage_to == fb::Stage::Approved,
          "approvals", "one of them was given for something else");
      counted.push_back(&*found);
    }
    refused(check_promoter(*before_.version, signers_.author, counted, before_.actors));
  }
  void on(const fb::PolicyReboundT& event) {
    if (!about_this_model()) return;
    say(event.policy == before_.policies.registry, "policy", "is not the active bundle");
  }
  void on(const fb::VersionQuarantinedT& event) {
    if (!about_this_model()) return;
    const auto review_by = from_rfc3339(command_.text("review_by"));
    say(event.reason == command_.text("reason"), "reason");
    say(review_by.ok() && event.review_by == review_by->ns, "review_by");
    say(event.cause == 0, "cause", "has a command of its own");
  }
  void on(const fb::QuarantineLiftedT& event) {
    if (!about_this_model()) return;
    const auto revokers = signers_.persons_with("revoker", before_.version->reference().tenant);
    say(event.persons == revokers, "persons", "are not the revokers who signed");
    say(revokers.size() >= 2, "persons", "two must sign");
  }
  void on(const fb::VersionRevokedT& event) {
    if (!about_this_model()) return;
    say(event.reason == command_.text("reason"), "reason");
  }

 private:
  void say(bool equal, std::string_view field,
           std::string_view why = "is not what the command says") {
    if (!equal && difference_.empty()) difference_ = fmt::format("{}: {}", field, why);
  }
  void refused(const std::vector<Refusal>& refusals) {
    if (!refusals.empty()) say(false, refusals.front().rule, refusals.front().reason);
  }
  // The floor for every command about a version: it exists, and the author meant these bytes.
  bool about_this_model() {
    say(before_.version != nullptr, "ref", "was never submitted");
    if (before_.version != nullptr)
      say(before_.version->model_digest == command_.subject, "subject", "is another model");
    return difference_.empty();
  }
  void quorum() {
    say(admins().size() >= before_.quorum.admin, "quorum",
        fmt::format("{} admins must sign, {} did", before_.quorum.admin, admins().size()));
  }
  std::vector<std::string> admins() const { return signers_.persons_with("admin", "*"); }

  static Digest digest_of(const std::vector<std::uint8_t>& key) {
    return sha256({reinterpret_cast<const char*>(key.data()), key.size()});
  }
  static std::set<DocumentName> names(
      const std::vector<std::unique_ptr<fb::DocumentT>>& documents) {
    std::set<DocumentName> out;
    for (const auto& document : documents) out.insert({document->kind, document->digest});
    return out;
  }
  std::set<DocumentName> documents_asked() const {
    const auto documents = command_.documents();
    return {documents.begin(), documents.end()};
  }
  std::set<DocumentName> held() const {
    std::set<DocumentName> out;
    for (const HeldDocument& document : before_.version->documents) {
      out.insert({document_kinds()[document.kind], document.digest});
    }
    return out;
  }
  static Digest root(const std::set<DocumentName>& documents) {
    std::vector<evidence::DocumentName> out;
    for (const DocumentName& document : documents) out.push_back({document.kind, document.digest});
    return evidence::evidence_root(out);
  }

  const Command& command_;
  const Signers& signers_;
  const Before& before_;
  std::string difference_;
};

}  // namespace

std::optional<Kind> kind_behind(fb::Event event) {
  switch (event) {
    case fb::Event::ActorEnrolled:
      return Kind::EnrollActor;
    case fb::Event::ActorRetired:
      return Kind::RetireActor;
    case fb::Event::QuorumSet:
      return Kind::SetQuorum;
    case fb::Event::PolicyActivated:
      return Kind::ActivatePolicy;
    case fb::Event::TrustRootSet:
      return Kind::SetTrustRoot;
    case fb::Event::VersionSubmitted:
      return Kind::Submit;
    case fb::Event::EvidenceAttached:
      return Kind::Attach;
    case fb::Event::VersionAnnotated:
      return Kind::Annotate;
    case fb::Event::VersionLabelled:
      return Kind::Label;
    case fb::Event::VersionStaged:
      return Kind::Stage;
    case fb::Event::ApprovalGranted:
      return Kind::Approve;
    case fb::Event::ApprovalWithdrawn:
      return Kind::WithdrawApproval;
    case fb::Event::VersionPromoted:
      return Kind::Promote;
    case fb::Event::PolicyRebound:
      return Kind::Rebind;
    case fb::Event::VersionQuarantined:
      return Kind::Quarantine;
    case fb::Event::QuarantineLifted:
      return Kind::LiftQuarantine;
    case fb::Event::VersionRevoked:
      return Kind::Revoke;
    default:
      return std::nullopt;
  }
}

std::vector<std::string> Signers::persons_with(std::string_view role,
                                               std::string_view scope) const {
  std::set<std::string> persons;
  const auto add = [&](const identity::Actor& actor) {
    if (!actor.person.empty() && actor.has_role(role, scope)) persons.insert(actor.person);
  };
  add(author);
  for (const identity::Actor* cosigner : cosigners) add(*cosigner);
  return {persons.begin(), persons.end()};
}

std::string difference(const Entry& entry, const Command& command, const Signers& signers,
                       const Before& before) {
  Comparison comparison(command, signers, before);
  switch (entry.event.type) {
    // clang-format off: a table
#define Z5_ON(name) \
  case fb::Event::name: comparison.on(event_as<fb::name##T>(entry)); break;
    Z5_ON(ActorEnrolled) Z5_ON(ActorRetired) Z5_ON(QuorumSet) Z5_ON(PolicyActivated)
    Z5_ON(TrustRootSet)
    Z5_ON(VersionSubmitted) Z5_ON(EvidenceAttached) Z5_ON(VersionAnnotated) Z5_ON(VersionLabelled)
    Z5_ON(VersionStaged) Z5_ON(ApprovalGranted) Z5_ON(ApprovalWithdrawn) Z5_ON(VersionPromoted)
    Z5_ON(PolicyRebound) Z5_ON(VersionQuarantined) Z5_ON(QuarantineLifted) Z5_ON(VersionRevoked)
#undef Z5_ON
        // clang-format on
        default : Z5_ASSERT(false);
  }
  return comparison.result();
}

}  // namespace z5::gate
