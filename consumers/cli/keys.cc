// SPDX-License-Identifier: Apache-2.0
// z5 keygen, token.
#include <fmt/format.h>

#include "consumers/cli/files.h"
#include "consumers/cli/installation.h"
#include "consumers/cli/verbs.h"
#include "ledger/http/tokens.h"
#include "ledger/keys/key.h"

namespace z5::cli {
namespace {

struct KeygenFlags {
  std::string out, algorithm = "ed25519";
};

Result<Outcome> keygen(const Globals&, const KeygenFlags& flags) {
  const auto algorithm =
      flags.algorithm == "p256" ? keys::Algorithm::P256 : keys::Algorithm::Ed25519;
  const keys::PrivateKey key = keys::PrivateKey::generate(algorithm);
  const std::string key_file = flags.out + ".key", public_file = flags.out + ".pub";
  const std::string digest = key.public_key().digest().text();
  Z5_CHECK(write_new_file(key_file, key.pem(), 0600));
  Z5_CHECK(write_file(public_file, key.public_key().pem()));
  return Outcome{.text = fmt::format("{} {}\n", public_file, digest),
                 .document = {{"key", key_file},
                              {"public_key", public_file},
                              {"digest", digest},
                              {"algorithm", flags.algorithm}},
                 .exit = 0};
}

struct TokenFlags {
  std::string actor;
};

Result<Outcome> token(const Globals& globals, const TokenFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  const auto made = http::create_token(installation.home().tokens(), flags.actor);
  if (!made.ok() && made.error().code == ErrorCode::Conflict) return invalid(made.error().message);
  if (!made.ok()) return made.error();
  const std::string file = fmt::format("{}/{}", installation.home().tokens(), flags.actor);
  return Outcome{
      .text = file + "\n", .document = {{"actor", flags.actor}, {"file", file}}, .exit = 0};
}

}  // namespace

void add_keys(CLI::App& app, Verb& chosen) {
  add_verb<KeygenFlags>(
      app, chosen, "keygen", "a key pair: NAME.key (keep it) and NAME.pub",
      [](CLI::App& verb, KeygenFlags& flags) {
        verb.add_option("--out", flags.out, "path without .key and .pub")->required();
        verb.add_option("--algorithm", flags.algorithm, "ed25519 or p256")
            ->check(CLI::IsMember({"ed25519", "p256"}));
      },
      keygen);
  add_verb<TokenFlags>(
      app, chosen, "token", "a bearer token for an actor, in tokens/ACTOR",
      [](CLI::App& verb, TokenFlags& flags) {
        verb.add_option("actor", flags.actor, "its id")->required();
      },
      token);
}

}  // namespace z5::cli
