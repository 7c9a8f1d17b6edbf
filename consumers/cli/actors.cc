// SPDX-License-Identifier: Apache-2.0
// z5 actor request, enroll, retire. A request is the enroll-actor command itself, signed by the new
// key (that proves its possession); the admins sign the same bytes.
#include <fmt/format.h>

#include "consumers/cli/command.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/carrier.h"
#include "ledger/chain/chain_reader.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/identity/enrollment.h"
#include "schemas/entry.h"

namespace z5::cli {
namespace {

struct RequestFlags {
  std::string id, kind = "person", person, use = "command", audience, environment, key, out, life,
                  identity, issuer;
  std::vector<std::string> roles, attributes;
};

void declare_request(CLI::App& verb, RequestFlags& flags) {
  verb.add_option("--key", flags.key, "private key of the new actor");
  verb.add_option(
      "--identity", flags.identity,
      "instead of a key: who its certificates name, exactly (subject alternative name)");
  verb.add_option("--issuer", flags.issuer,
                  "and whose account that is: the OpenID issuer, or root:NAME of a private root");
  verb.add_option("--id", flags.id, "pseudonymous slug")->required();
  verb.add_option("--kind", flags.kind, "person or workload");
  verb.add_option("--person", flags.person, "which human; for kind person (default: the id)");
  verb.add_option("--use", flags.use, "command, attest, serving, service or witness");
  add_list(verb, "--role", flags.roles, "role@tenant or role@*");
  add_list(verb, "--attribute", flags.attributes, "key=value");
  verb.add_option("--audience", flags.audience, "serving actors: who loads");
  verb.add_option("--environment", flags.environment,
                  "serving actors: staging, canary or production");
  verb.add_option("--out", flags.out, "the request")->required();
  verb.add_option("--life", flags.life, "until when admins may send it; at most 24h");
}

Json actor_of(const RequestFlags& flags) {
  Json actor = {{"id", flags.id}, {"kind", flags.kind}, {"use", flags.use}, {"roles", flags.roles}};
  if (flags.kind == "person") actor["person"] = flags.person.empty() ? flags.id : flags.person;
  if (flags.kind != "person" && !flags.person.empty()) actor["person"] = flags.person;
  if (!flags.attributes.empty()) actor["attributes"] = flags.attributes;
  if (!flags.audience.empty()) actor["audience"] = flags.audience;
  if (!flags.environment.empty()) actor["environment"] = flags.environment;
  return actor;
}

// Nobody can sign for an identity yet: the request is what the admins are asked to sign.
Result<Outcome> request_identity(const RequestFlags& flags) {
  Json actor = actor_of(flags);
  actor["identity"] = {{"issuer", flags.issuer}, {"subject", flags.identity}};
  Z5_CHECK(identity::parse_enrollment(actor));
  Z5_CHECK(write_file(flags.out, Json{{"actor", actor}}.dump(2) + "\n"));
  return Outcome{.text = flags.out + "\n", .document = {{"out", flags.out}}, .exit = 0};
}

Result<Outcome> request(const Globals& globals, const RequestFlags& flags) {
  if (flags.key.empty() == flags.identity.empty())
    return invalid("exactly one of --key and --identity (with --issuer)");
  if (flags.key.empty()) return request_identity(flags);
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const keys::PrivateKey key, keys::PrivateKey::load(flags.key));
  Json actor = actor_of(flags);
  actor["key"] = key.public_key().pem();
  Z5_TRY(const fb::ActorEnrolledT event, identity::parse_enrollment(actor));
  return carry_out(installation,
                   {.kind = identity::Kind::EnrollActor,
                    .ref = "",
                    .subject = key.public_key().digest(),
                    .fields = {{"actor", identity::write_enrollment(event)}}},
                   {.key = flags.key,
                    .cosign = {},
                    .out = flags.out,
                    .life = flags.life,
                    .comment = {},
                    .model_digest = {}});
}

struct EnrollFlags {
  std::string file, key, out;
  std::vector<std::string> cosign;
};

Result<Outcome> enroll_identity(const Installation& installation, const EnrollFlags& flags,
                                const Json& actor) {
  Z5_TRY(const fb::ActorEnrolledT event, identity::parse_enrollment(actor));
  std::fprintf(stderr, "z5: enrols %s\n", actor.dump().c_str());
  return carry_out(installation,
                   {.kind = identity::Kind::EnrollActor,
                    .ref = "",
                    .subject = event.identity,
                    .fields = {{"actor", actor}}},
                   {.key = flags.key,
                    .cosign = flags.cosign,
                    .out = flags.out,
                    .life = {},
                    .comment = {},
                    .model_digest = {}});
}

// The admins' signatures over the payload that the new key signed, then that key's own.
Result<Outcome> enroll(const Globals& globals, const EnrollFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const Bytes text, read_file(flags.file, limits::kMaxRequest));
  if (const auto json = parse_json(text); json.ok() && json->contains("actor")) {
    Z5_CHECK(json_only_fields(*json, {"actor"}, flags.file));
    return enroll_identity(installation, flags, (*json)["actor"]);
  }
  auto asked = ledger::parse_request(text);
  if (!asked.ok()) return invalid(fmt::format("{}: {}", flags.file, asked.error().message));
  const auto bundle = sigstore::parse_bundle(asked->bundles[0]);
  if (!bundle.ok() || !bundle->envelope) return invalid(flags.file + ": holds no signed command");
  const std::string& payload = bundle->envelope->payload;
  const auto command = identity::parse_command(payload);
  if (!command.ok()) return invalid(fmt::format("{}: {}", flags.file, command.error().message));
  if (command->kind != identity::Kind::EnrollActor)
    return invalid(flags.file + ": is no request of z5 actor request");
  std::fprintf(stderr, "z5: enrols %s\n", command->fields["actor"].dump().c_str());
  ledger::CommandRequest request;
  std::vector<std::string> key_files = {flags.key};
  key_files.insert(key_files.end(), flags.cosign.begin(), flags.cosign.end());
  Z5_CHECK(sign(payload, key_files, request.bundles));
  request.bundles.insert(request.bundles.end(), asked->bundles.begin(), asked->bundles.end());
  return send_or_keep(installation, request, flags.out);
}

struct RetireFlags {
  std::string id, reason, invalid_since, actor_key;
  SigningFlags signing;
};

// The key that the ledger has for the actor, out of the verified log of this home.
Result<Expected<Digest, No>> key_of(const Installation& installation, const RetireFlags& flags) {
  using Found = Expected<Digest, No>;
  if (!flags.actor_key.empty()) {
    Z5_TRY(const keys::PublicKey key, keys::load_public_key(flags.actor_key));
    return Found(key.digest());
  }
  Z5_TRY(const ledger::Config config, ledger::load_config(installation.home()));
  auto opened = ledger::log_opener(installation.home(), config)({});
  if (!opened.ok()) return unavailable(opened.error().message + " (give --actor-key PUB.pem)");
  chain::ChainReader reader(std::move(*opened), chain::empty_head(installation.trust()));
  for (;;) {
    Z5_TRY(const chain::VerifiedGroup* group, reader.next(std::chrono::milliseconds(0)));
    if (group == nullptr) break;
    for (const chain::VerifiedEntry& verified : group->entries) {
      Z5_TRY(const Entry entry, decode_entry(verified.body));
      const auto* event = event_if<fb::ActorEnrolledT>(entry);
      if (event == nullptr || event->actor != flags.id) continue;
      if (event->key.empty()) return Found(event->identity);
      return Found(sha256({reinterpret_cast<const char*>(event->key.data()), event->key.size()}));
    }
  }
  return Found(No{1, {{"unknown-actor", fmt::format("actor {} was never enrolled", flags.id)}}});
}

Result<Outcome> retire(const Globals& globals, const RetireFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const auto key, key_of(installation, flags));
  if (!key.ok()) return outcome_of(key.error());
  Draft draft{.kind = identity::Kind::RetireActor,
              .ref = "",
              .subject = *key,
              .fields = {{"actor", flags.id}, {"reason", flags.reason}}};
  if (!flags.invalid_since.empty()) draft.fields["invalid_since"] = flags.invalid_since;
  return carry_out(installation, draft, flags.signing);
}

}  // namespace

void add_actors(CLI::App& app, Verb& chosen) {
  CLI::App* actor = app.add_subcommand("actor", "who may do what");
  actor->require_subcommand(1);
  add_verb<RequestFlags>(*actor, chosen, "request", "ask to be enrolled; signed by the new key",
                         declare_request, request);
  add_verb<EnrollFlags>(
      *actor, chosen, "enroll", "admins enrol who asked",
      [](CLI::App& verb, EnrollFlags& flags) {
        verb.add_option("file", flags.file, "the request")->required();
        verb.add_option("--key", flags.key, "private key of an admin")->required();
        add_list(verb, "--cosign", flags.cosign, "private key of another admin");
        verb.add_option("--out", flags.out, "write the signed request here instead of sending it");
      },
      enroll);
  add_verb<RetireFlags>(
      *actor, chosen, "retire", "nothing new from this actor",
      [](CLI::App& verb, RetireFlags& flags) {
        verb.add_option("id", flags.id, "the actor")->required();
        verb.add_option("--reason", flags.reason, "rotation, departure or compromise")
            ->required()
            ->check(CLI::IsMember({"rotation", "departure", "compromise"}));
        verb.add_option("--invalid-since", flags.invalid_since,
                        "compromise: from when on its signatures are void");
        verb.add_option("--actor-key", flags.actor_key,
                        "its public key, where the ledger's file is not at hand");
        add_signing_flags(verb, flags.signing);
      },
      retire);
}

}  // namespace z5::cli
