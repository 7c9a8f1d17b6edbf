// SPDX-License-Identifier: Apache-2.0
#include "ledger/identity/authenticate.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "schemas/limits.h"

namespace z5::identity {
namespace {

using Why = NotAuthentic::Why;
NotAuthentic reject(Why why, std::string rule, std::string reason) {
  return {why, {std::move(rule), std::move(reason)}};
}

// A bundle's hint is hex or base64 of the SPKI digest where tools write one; it only saves trying
// the other keys.
const Actor* hinted(const Actors& actors, const std::string& hint) {
  if (const auto digest = digest_from_hex(hint); digest.ok()) return actors.find_by_key(*digest);
  if (const auto raw = from_base64(hint); raw.ok() && raw->size() == 32) {
    return actors.find_by_key(digest_from_raw(*raw));
  }
  return nullptr;
}

bool signed_by(const keys::PublicKey& key, const sigstore::Envelope& envelope) {
  return key.verify(keys::pre_authentication_encoding(envelope.payload_type, envelope.payload),
                    envelope.signature);
}

const Actor* keyed_signer(const Actors& actors, const sigstore::Bundle& bundle) {
  const Actor* first = hinted(actors, *bundle.key_hint);
  if (first != nullptr && signed_by(*first->key, *bundle.envelope)) return first;
  for (const auto& [id, actor] : actors.all()) {
    if (&actor != first && actor.key && signed_by(*actor.key, *bundle.envelope)) return &actor;
  }
  return nullptr;
}

Expected<sigstore::Bundle, NotAuthentic> read_bundle(const Bytes& bytes) {
  auto bundle = sigstore::parse_bundle(bytes);
  if (!bundle.ok()) return reject(Why::Malformed, "bundle-malformed", bundle.error().reason);
  if (!bundle->envelope || bundle->envelope->payload_type != keys::kInTotoPayloadType) {
    return reject(Why::Malformed, "bundle-malformed",
                  "command: not a DSSE envelope of application/vnd.in-toto+json");
  }
  return std::move(*bundle);
}

// The key that an enroll-actor command wants to enrol, if it is one and the key can be read.
std::optional<keys::PublicKey> new_key(const Command& command) {
  if (command.kind != Kind::EnrollActor) return std::nullopt;
  const Json& actor = command.fields["actor"];
  if (!actor.contains("key") || !actor["key"].is_string()) return std::nullopt;
  auto key = keys::PublicKey::from_pem(actor["key"].get_ref<const std::string&>());
  if (!key.ok()) return std::nullopt;
  return std::move(*key);
}

}  // namespace

Digest command_digest(std::span<const Bytes> bundles) {
  Bytes digests;
  for (const Bytes& bundle : bundles) digests += sha256(bundle).view();
  return sha256(digests);
}

Result<Command> command_of_bundle(std::string_view bytes) {
  auto bundle = sigstore::parse_bundle(bytes);
  if (!bundle.ok()) return invalid(bundle.error().reason);
  if (!bundle->envelope) return invalid("command: not a DSSE envelope");
  return parse_command(bundle->envelope->payload);
}

Authenticator::Signer Authenticator::signer_of(const sigstore::Bundle& bundle) const {
  if (bundle.key_hint) return {keyed_signer(*actors_, bundle), {}};
  const auto command = parse_command(bundle.envelope->payload);
  if (!command.ok()) return {};
  auto grounds = command_grounds(bundle, command->kind, *trust_);
  if (!grounds.ok()) return {};
  for (const sigstore::Ground& ground : *grounds) {
    const Actor* actor = actors_->find_by_identity(ground.identity);
    if (actor != nullptr) return {actor, *std::move(grounds)};
  }
  return {};
}

Expected<Done, NotAuthentic> Authenticator::check_speaker(const Signer& signer, Time now) const {
  const Actor& actor = *signer.actor;
  if (actor.use != fb::KeyUse::Command) {
    return reject(
        Why::Refused, "wrong-use",
        fmt::format("actor {}: enrolled for {}, not for commands", actor.id, use_name(actor.use)));
  }
  if (!actor.active())
    return reject(Why::Refused, "actor-retired", fmt::format("actor {} is retired", actor.id));
  if (actor.key) return Done{};
  if (const auto may = may_speak(signer.grounds, actor.identity, *trust_, now); !may.ok())
    return reject(Why::Refused, may.error().rule, may.error().reason);
  return Done{};
}

Expected<Authentic, NotAuthentic> Authenticator::authenticate(std::span<const Bytes> bundles,
                                                              Time now) const {
  Z5_ASSERT(!bundles.empty() && bundles.size() <= limits::kMaxCosigners + 1);
  Z5_TRY(const sigstore::Bundle bundle, read_bundle(bundles[0]));
  Signer signer = signer_of(bundle);
  const Actor* author = signer.actor;
  if (author == nullptr)
    return reject(Why::Unknown, "not-authenticated", "no enrolled actor signed this command");
  auto read = parse_command(bundle.envelope->payload);
  if (!read.ok()) return reject(Why::Malformed, "command-malformed", read.error().message);
  Command command = *std::move(read);
  Z5_CHECK(check_speaker(signer, now));
  if (command.ledger != ledger_) {
    return reject(Why::Refused, "wrong-ledger",
                  "predicate.ledger: the command is for another ledger");
  }
  if (now >= command.expires_at)
    return reject(Why::Refused, "expired", "predicate.expires_at: has passed");
  if (now + limits::kClockSkew < command.issued_at) {
    return reject(Why::Refused, "not-yet-valid", "predicate.issued_at: lies in the future");
  }

  Authentic out;
  out.author_ = *author;
  out.bundles_.assign(bundles.begin(), bundles.end());
  out.command_digest_ = z5::identity::command_digest(bundles);
  out.actors_version_ = actors_->version();
  out.trust_version_ = trust_->version();
  if (!author->key) out.grounds_[author->id] = std::move(signer.grounds);
  const auto enrolling = new_key(command);
  for (const Bytes& bytes : bundles.subspan(1)) {
    Z5_TRY(const sigstore::Bundle cosigned, read_bundle(bytes));
    if (cosigned.envelope->payload != bundle.envelope->payload) {
      return reject(Why::Refused, "cosigner-payload",
                    "cosigners: signed other bytes than the author");
    }
    if (enrolling && signed_by(*enrolling, *cosigned.envelope)) {
      out.possession_proved_ = true;
      continue;
    }
    signer = signer_of(cosigned);
    const Actor* cosigner = signer.actor;
    if (cosigner == nullptr)
      return reject(Why::Refused, "cosigner-unknown", "cosigners: not an enrolled actor");
    Z5_CHECK(check_speaker(signer, now));
    const auto same = [&](const Actor& other) { return other.id == cosigner->id; };
    if (same(*author) || std::any_of(out.cosigners_.begin(), out.cosigners_.end(), same)) {
      return reject(Why::Refused, "cosigner-twice",
                    fmt::format("cosigners: actor {} signed twice", cosigner->id));
    }
    out.cosigners_.push_back(*cosigner);
    if (!cosigner->key) out.grounds_[cosigner->id] = std::move(signer.grounds);
  }
  out.command_ = std::move(command);
  return out;
}

}  // namespace z5::identity
