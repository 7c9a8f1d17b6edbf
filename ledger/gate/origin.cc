// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/origin.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/gate/event_of_command.h"
#include "ledger/identity/keyless.h"
#include "ledger/keys/dsse.h"
#include "ledger/log/record.h"
#include "schemas/limits.h"

namespace z5::gate {
namespace {

using identity::Actor;
using identity::Kind;
using Signed = SignedCommands::Signed;

Error not_from(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

bool grants(Kind kind) {
  return identity::rules_of(kind).quorum || kind == Kind::Approve || kind == Kind::Promote ||
         kind == Kind::Rebind || kind == Kind::LiftQuarantine;
}

bool may_command(const Actor& actor) { return actor.active() && actor.use == fb::KeyUse::Command; }

// The signature in `bundle` as `actor`'s, still to be verified.
AuthorSignature signature_of(const Entry& entry, const Actor& actor, const Signed& bundle,
                             const Before& before) {
  return {entry.sequence,   actor.id,
          actor.key,        bundle.message,
          bundle.signature, actor.identity,
          bundle.certified, *kind_behind(entry.event.type),
          before.trust,     Time{entry.recorded_at}};
}

// The enrolled identity that signed.
const Actor* identity_of(const Entry& entry, const Signed& bundle, const Before& before) {
  const auto grounds =
      identity::command_grounds(*bundle.certified, *kind_behind(entry.event.type), *before.trust);
  if (!grounds.ok()) return nullptr;
  for (const sigstore::Ground& ground : *grounds) {
    const Actor* actor = before.actors.find_by_identity(ground.identity);
    if (actor == nullptr || !may_command(*actor)) continue;
    const auto may =
        identity::may_speak(*grounds, actor->identity, *before.trust, Time{entry.recorded_at});
    if (may.ok()) return actor;
  }
  return nullptr;
}

// The actor whose key signed; the hint only saves trying the others.
const Actor* signer_of(const Entry& entry, const Signed& bundle, const Before& before) {
  if (bundle.certified) return identity_of(entry, bundle, before);
  const identity::Actors& actors = before.actors;
  const auto hint = digest_from_hex(bundle.hint);
  const Actor* hinted = hint.ok() ? actors.find_by_key(*hint) : nullptr;
  const auto signed_by = [&](const Actor& actor) {
    return may_command(actor) && actor.key && actor.key->verify(bundle.message, bundle.signature);
  };
  if (hinted != nullptr && signed_by(*hinted)) return hinted;
  for (const auto& [id, actor] : actors.all()) {
    if (&actor != hinted && signed_by(actor)) return &actor;
  }
  return nullptr;
}

// The key that an enroll-actor event enrols.
std::optional<keys::PublicKey> new_key(const Entry& entry) {
  const auto* enrolled = event_if<fb::ActorEnrolledT>(entry);
  if (enrolled == nullptr || enrolled->key.empty()) return std::nullopt;
  auto key = keys::PublicKey::from_spki(Bytes(enrolled->key.begin(), enrolled->key.end()));
  if (!key.ok()) return std::nullopt;
  return std::move(*key);
}

Status take_cosigners(const Entry& entry, std::span<const Signed> bundles, const Before& before,
                      Signers& signers) {
  const auto enrolling = new_key(entry);
  for (const Signed& bundle : bundles) {
    if (enrolling && enrolling->verify(bundle.message, bundle.signature)) {
      signers.possession = true;
      continue;
    }
    const Actor* cosigner = signer_of(entry, bundle, before);
    if (cosigner == nullptr) return not_from(entry, "a cosigner is no actor who may sign commands");
    if (cosigner == &signers.author || std::ranges::count(signers.cosigners, cosigner) > 0) {
      return not_from(entry, fmt::format("actor {} signed twice", cosigner->id));
    }
    signers.cosigners.push_back(cosigner);
  }
  return Done{};
}

// Events that stand behind another one of their group instead of a command.
bool is_companion(const Entry& entry) {
  const auto* hold = event_if<fb::VersionQuarantinedT>(entry);
  return entry.event.type == fb::Event::ReleasePublished ||
         entry.event.type == fb::Event::IncidentOpened || (hold != nullptr && hold->cause != 0);
}

// What holds for a command of any kind. Empty when nothing is wrong.
std::string_view common_difference(const Entry& entry, const identity::Command& command,
                                   const Before& before) {
  const Time at{entry.recorded_at};
  if (command.kind != *kind_behind(entry.event.type)) return "kind: the command is of another kind";
  if (command.ledger != before.name) return "ledger: the command is for another ledger";
  if (command.ref != event_reference(entry)) return "ref: is not what the command says";
  if (command.dry_run) return "dry_run: the command asked for no event";
  if (at >= command.expires_at) return "expires_at: had passed";
  if (at + limits::kClockSkew < command.issued_at) return "issued_at: lay in the future";
  if (before.history != nullptr &&
      !before.history->contains(command.seen_size, command.seen_root)) {
    return "seen: is not in this ledger's history";
  }
  return "";
}

struct ReadBundle {
  Bytes payload;
  Signed signed_by;
};

// A command's bundle: the short way where it is as our own clients write it.
Result<ReadBundle> read_bundle(std::string_view bytes) {
  const auto message = [](std::string_view payload) {
    return keys::pre_authentication_encoding(keys::kInTotoPayloadType, payload);
  };
  if (auto known = keys::read_signed_bundle(bytes)) {
    Signed signed_by{message(known->payload), std::move(known->signature), std::move(known->hint)};
    return ReadBundle{std::move(known->payload), std::move(signed_by)};
  }
  auto bundle = sigstore::parse_bundle(bytes);
  if (!bundle.ok()) return invalid("command: " + bundle.error().reason);
  if (!bundle->envelope || bundle->envelope->payload_type != keys::kInTotoPayloadType)
    return invalid("command: not a DSSE envelope of an in-toto Statement");
  const sigstore::Envelope& envelope = *bundle->envelope;
  Signed signed_by{message(envelope.payload), {}, {}};
  Bytes payload = envelope.payload;
  if (bundle->key_hint) {
    signed_by.signature = envelope.signature;
    signed_by.hint = *bundle->key_hint;
  } else {
    signed_by.certified = std::make_shared<const sigstore::Bundle>(*std::move(bundle));
  }
  return ReadBundle{std::move(payload), std::move(signed_by)};
}

}  // namespace

Result<SignedCommands> read_commands(std::string_view commands) {
  SignedCommands out;
  std::string payload;
  for (const log::SignedCommandView& recorded : log::decode_commands(commands)) {
    if (recorded.encoding != log::Encoding::Clear) {
      out.hidden = true;
      continue;
    }
    Z5_TRY(ReadBundle bundle, read_bundle(recorded.bytes));
    if (out.bundles.empty()) {
      payload = std::move(bundle.payload);
    } else if (bundle.payload != payload) {
      return invalid("command: a cosigner signed other bytes than the author");
    }
    out.bundles.push_back(std::move(bundle.signed_by));
  }
  if (out.bundles.empty() || out.hidden) return out;
  auto command = identity::parse_command(payload);
  if (!command.ok()) return invalid("command: " + command.error().message);
  out.command = std::move(*command);
  return out;
}

Status AuthorSignature::verify() const {
  std::string why;
  if (key && !bundle && key->verify(message, signature)) return Done{};
  if (!key && bundle) {
    const auto grounds = identity::command_grounds(*bundle, kind, *trust);
    const auto may = grounds.ok() ? identity::may_speak(*grounds, who, *trust, at)
                                  : Verdict<Done>(grounds.error());
    if (may.ok()) return Done{};
    why = fmt::format(": {}", may.error().reason);
  }
  return corrupt(fmt::format("entry {}: command: not signed by the {} of actor {}{}", sequence,
                             key ? "key" : "identity", actor, why));
}

Result<std::vector<AuthorSignature>> OriginCheck::check(const Entry& entry,
                                                        const SignedCommands& commands,
                                                        const Before& before) {
  if (promoted_ && entry.event.type != fb::Event::ReleasePublished) {
    return not_from(entry, "a promotion's release must come before it");
  }
  const bool by_command = !commands.bundles.empty() || commands.hidden;
  if (genesis_) {
    if (by_command || !entry.actor.empty())
      return not_from(entry, "genesis has no commands and no author");
    Z5_CHECK(of_genesis(entry));
    last_ = entry.event.type;
    return std::vector<AuthorSignature>();
  }
  const bool companion = is_companion(entry);
  if (!companion && kind_behind(entry.event.type)) return of_command(entry, commands, before);
  if (by_command) return not_from(entry, "no command makes such an event");
  if (companion) {
    Z5_CHECK(of_companion(entry));
  } else if (entry.event.type == fb::Event::CommandRefused) {
    if (before.actors.find(entry.actor) == nullptr) return not_from(entry, "its author is unknown");
  } else if (!entry.actor.empty()) {
    return not_from(entry, "what follows from the ledger has no author");
  }
  return std::vector<AuthorSignature>();
}

Result<std::vector<AuthorSignature>> OriginCheck::of_command(const Entry& entry,
                                                             const SignedCommands& commands,
                                                             const Before& before) {
  const Actor* author = before.actors.find(entry.actor);
  if (author == nullptr || !may_command(*author)) {
    return not_from(entry, fmt::format("actor '{}' may not sign commands", entry.actor));
  }
  if (!entry.decision || !entry.decision->rules.empty())
    return not_from(entry, "decision: the gate did not say yes");
  if (entry.event.type == fb::Event::VersionPromoted) {
    promoted_ = Cause{entry.sequence, event_reference(entry), entry.actor};
  }
  if (entry.event.type == fb::Event::EvidenceAttached) {
    attached_ = Cause{entry.sequence, event_reference(entry), entry.actor};
    incident_ = false;
  }
  if (commands.hidden) {
    if (grants(*kind_behind(entry.event.type)))
      return not_from(entry, "who asked for it is hidden");
    return std::vector<AuthorSignature>();
  }
  if (!commands.command) return not_from(entry, "no command asks for it");
  const identity::Command& command = *commands.command;
  if (const auto wrong = common_difference(entry, command, before); !wrong.empty())
    return not_from(entry, wrong);
  Signers signers{*author, {}};
  const bool verified = signatures_ == Signatures::All || grants(command.kind);
  if (verified)
    Z5_CHECK(take_cosigners(entry, std::span(commands.bundles).subspan(1), before, signers));
  if (const auto wrong = difference(entry, command, signers, before); !wrong.empty())
    return not_from(entry, wrong);
  std::vector<AuthorSignature> left;
  if (verified) left.push_back(signature_of(entry, *author, commands.bundles.front(), before));
  return left;
}

// LedgerOpened, then actors, then policies, and nothing else.
Status OriginCheck::of_genesis(const Entry& entry) {
  const fb::Event event = entry.event.type;
  bool follows = false;
  if (event == fb::Event::LedgerOpened) {
    follows = last_ == fb::Event::NONE;
  } else if (const auto* enrolled = event_if<fb::ActorEnrolledT>(entry)) {
    follows = (last_ == fb::Event::LedgerOpened || last_ == event) && enrolled->enrolled_by.empty();
  } else if (const auto* activated = event_if<fb::PolicyActivatedT>(entry)) {
    follows = (last_ == fb::Event::ActorEnrolled || last_ == event) && activated->authors.empty();
  }
  return follows ? Status(Done{}) : not_from(entry, "does not belong here in the genesis group");
}

// A release follows its promotion. An incident comes right behind the attach that opened it, and
// the hold that policy places right behind the incident.
Status OriginCheck::of_companion(const Entry& entry) {
  const auto follows = [&](const std::optional<Cause>& cause, const auto& event) {
    return cause && event.cause == cause->sequence && event.ref == cause->ref &&
           entry.actor == cause->actor;
  };
  if (const auto* release = event_if<fb::ReleasePublishedT>(entry)) {
    if (!follows(promoted_, *release))
      return not_from(entry, "does not follow the promotion that it names");
    promoted_.reset();
  } else if (const auto* incident = event_if<fb::IncidentOpenedT>(entry)) {
    if (!follows(attached_, *incident) || entry.sequence != incident->cause + 1)
      return not_from(entry, "does not follow the evidence that it names");
    incident_ = true;
  } else {
    const auto& hold = event_as<fb::VersionQuarantinedT>(entry);
    if (!follows(attached_, hold) || !incident_ || entry.sequence != hold.cause + 2)
      return not_from(entry, "does not follow the incident of the evidence that it names");
  }
  return Done{};
}

Status OriginCheck::finish() const {
  if (promoted_)
    return corrupt(
        fmt::format("entry {}: VersionPromoted: nothing was released", promoted_->sequence));
  if (genesis_ && last_ != fb::Event::PolicyActivated)
    return corrupt("entry 0: the genesis group activates no policy");
  return Done{};
}

}  // namespace z5::gate
