// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/evidenced.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledger/evidence/document/ticket.h"
#include "schemas/limits.h"

namespace z5::gate {
namespace {

using identity::Kind;

Refusal missing(std::string_view what, const Digest& digest) {
  return {"document-missing",
          fmt::format("{} {}: neither attached nor stored", what, digest.text())};
}

// Kinds that look at what the version rests on.
bool rests_on_documents(Kind kind) {
  switch (kind) {
    case Kind::Submit:
    case Kind::Attach:
    case Kind::Stage:
    case Kind::Approve:
    case Kind::Promote:
    case Kind::Rebind:
      return true;
    default:
      return false;
  }
}

Json ticket_json(const document::Ticket& ticket) {
  return {{"id", ticket.id},
          {"window", {{"start", to_rfc3339(ticket.start)}, {"end", to_rfc3339(ticket.end)}}},
          {"rollback_plan", ticket.rollback_plan},
          {"impact", ticket.impact}};
}

}  // namespace

evidence::Signers signers_for(const identity::Actors& actors,
                              std::shared_ptr<const sigstore::TrustRoots> trust,
                              std::string_view tenant, Time now) {
  evidence::Signers signers{{}, std::move(trust), now};
  for (const auto& [id, actor] : actors.all()) {
    if (actor.use != fb::KeyUse::Attest) continue;
    evidence::Signer signer{.actor = id,
                            .person = actor.person,
                            .key = actor.key,
                            .roles = {},
                            .void_since = {},
                            .identity = actor.identity};
    for (const std::string& held : actor.roles) {
      const std::size_t at = held.find('@');
      const std::string_view scope = std::string_view(held).substr(at + 1);
      if (scope == "*" || scope == tenant) signer.roles.insert(held.substr(0, at));
    }
    if (!actor.active()) {
      signer.void_since = actor.retire_reason == fb::RetireReason::Compromise ? actor.invalid_since
                                                                              : actor.retired_at;
    }
    signers.actors.push_back(std::move(signer));
  }
  return signers;
}

Result<std::shared_ptr<const Bytes>> EvidenceStep::fetch(const Digest& digest,
                                                         const Attachments& attachments,
                                                         bool keep) const {
  if (const auto it = attachments.find(digest); it != attachments.end()) {
    if (keep) {
      Z5_TRY([[maybe_unused]] const Digest stored, store_.put(it->second));
    }
    return std::make_shared<const Bytes>(it->second);
  }
  if (!store_.has(digest)) return std::shared_ptr<const Bytes>();
  Z5_TRY(Bytes bytes, store_.get(digest));
  return std::make_shared<const Bytes>(std::move(bytes));
}

Result<Verdict<Done>> EvidenceStep::take_ticket(const identity::Command& command,
                                                const Attachments& attachments,
                                                Evidenced& out) const {
  if (command.kind != Kind::Approve && command.kind != Kind::Promote) return Verdict<Done>(Done{});
  out.ticket_digest_ = command.digest("ticket");
  Z5_TRY(const auto bytes, fetch(out.ticket_digest_, attachments, !command.dry_run));
  if (!bytes) return Verdict<Done>(missing("ticket", out.ticket_digest_));
  out.added_bytes_ += bytes->size();
  auto ticket = document::parse_ticket(*bytes);
  if (!ticket.ok()) return Verdict<Done>(Refusal{"ticket-malformed", ticket.error().reason});
  out.ticket_ = ticket_json(*ticket);
  return Verdict<Done>(Done{});
}

Result<Verdict<Done>> EvidenceStep::take_held(const std::string& ref, Evidenced& out) const {
  const auto version = state_.version(ref);
  const auto actors = state_.actors();
  const auto trust = state_.trust();
  out.actors_version_ = actors->version();
  out.trust_version_ = trust->version();
  if (!version) return Verdict<Done>(Done{});
  const evidence::Signers signers = signers_for(*actors, trust, version->reference().tenant, {});
  out.version_changed_ = version->changed;
  for (const HeldDocument& document : version->documents) {
    const std::string& kind = document_kinds()[document.kind];
    Z5_TRY(const auto bytes, fetch(document.digest, {}, false));
    if (!bytes) return Verdict<Done>(missing(kind, document.digest));
    out.documents_.push_back({kind, document.digest, evidence::examine(kind, *bytes, signers),
                              document.first_recorded, version->attachers[document.attacher]});
  }
  return Verdict<Done>(Done{});
}

Result<Verdict<Done>> EvidenceStep::take_documents(const identity::Command& command,
                                                   const Attachments& attachments,
                                                   Evidenced& out) const {
  Z5_TRY(const auto held, take_held(command.ref, out));
  if (!held.ok()) return held;
  std::set<identity::DocumentName> names;
  for (const evidence::Submitted& document : out.documents_)
    names.insert({document.kind, document.digest});
  std::vector<identity::DocumentName> named = command.documents();
  if (command.kind == Kind::Submit)
    named.push_back({"manifest", command.subject});  // the digest of its text names the model
  const evidence::Signers signers =
      signers_for(*state_.actors(), state_.trust(), command.reference().tenant, {});
  for (const identity::DocumentName& name : named) {
    if (!names.insert(name).second) continue;
    if (names.size() > limits::kMaxVersionDocuments) {
      return Verdict<Done>(
          Refusal{"too-many-documents", fmt::format("more than {}", limits::kMaxVersionDocuments)});
    }
    Z5_TRY(const auto bytes, fetch(name.digest, attachments, !command.dry_run));
    if (!bytes) return Verdict<Done>(missing(name.kind, name.digest));
    out.added_.push_back(name);
    out.added_bytes_ += bytes->size();
    if (out.added_bytes_ > limits::kMaxNewEvidence) {
      return Verdict<Done>(
          Refusal{"too-many-documents",
                  fmt::format("more than {} bytes in one command", limits::kMaxNewEvidence)});
    }
    out.documents_.push_back(
        {name.kind, name.digest, evidence::examine(name.kind, *bytes, signers), Time{}, ""});
  }
  std::sort(out.added_.begin(), out.added_.end());
  return Verdict<Done>(Done{});
}

// Both bundles must be whole, compile, and refuse a question without content.
Result<Verdict<Done>> EvidenceStep::take_policy(const identity::Command& command,
                                                const Attachments& attachments) const {
  if (command.kind != Kind::ActivatePolicy) return Verdict<Done>(Done{});
  for (const std::string_view field : {"registry", "authz"}) {
    const Digest digest = command.digest(field);
    if (digest.is_zero()) continue;
    auto bundle = policy::bundle_from_store(digest, [&](const Digest& part) -> Result<Bytes> {
      Z5_TRY(const auto bytes, fetch(part, attachments, !command.dry_run));
      if (!bytes) return invalid(missing("bundle file", part).reason);
      return *bytes;
    });
    if (!bundle.ok() && bundle.error().code != ErrorCode::Invalid) return bundle.error();
    if (!bundle.ok())
      return Verdict<Done>(
          Refusal{"policy-malformed", fmt::format("{}: {}", field, bundle.error().message)});
    const auto packages =
        field == "registry" ? policy::registry_packages() : policy::authz_packages();
    if (auto admitted = bundles_.admit(*bundle, packages); !admitted.ok()) {
      return Verdict<Done>(
          Refusal{"policy-malformed", fmt::format("{}: {}", field, admitted.error().message)});
    }
  }
  return Verdict<Done>(Done{});
}

Result<Evidenced> EvidenceStep::of_version(const std::string& ref) const {
  if (!state_.version(ref)) return invalid(fmt::format("{}: was never submitted", ref));
  Evidenced out;
  Z5_TRY(const auto held, take_held(ref, out));
  if (!held.ok()) return unavailable(held.error().reason);
  return out;
}

Result<Verdict<Evidenced>> EvidenceStep::run(const identity::Authentic& authentic,
                                             const Attachments& attachments) const {
  const identity::Command& command = authentic.command();
  Evidenced out;
  Z5_TRY(const auto policy, take_policy(command, attachments));
  if (!policy.ok()) return Verdict<Evidenced>(policy.error());
  Z5_TRY(const auto ticket, take_ticket(command, attachments, out));
  if (!ticket.ok()) return Verdict<Evidenced>(ticket.error());
  if (rests_on_documents(command.kind)) {
    Z5_TRY(const auto documents, take_documents(command, attachments, out));
    if (!documents.ok()) return Verdict<Evidenced>(documents.error());
  }
  return Verdict<Evidenced>(std::move(out));
}

}  // namespace z5::gate
