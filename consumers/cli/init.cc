// SPDX-License-Identifier: Apache-2.0
// z5 init: a home with a ledger in it. Everything is checked before the first file is written, and
// what was written is taken away again when something fails.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "consumers/cli/files.h"
#include "consumers/cli/heads.h"
#include "consumers/cli/installation.h"
#include "consumers/cli/verbs.h"
#include "ledger/carrier.h"
#include "ledger/clock.h"
#include "ledger/genesis.h"
#include "ledger/http/tokens.h"
#include "ledger/identity/actor.h"
#include "ledger/log/kafka/topics.h"
#include "ledger/policy/engine.h"

namespace z5::cli {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string ledger, origin, actors, policy, authz, log = "file", brokers, kafka, dashboards;
};

// What init makes, and so must not find.
constexpr const char* kMade[] = {"config.toml", "trust.json", "keys",  "tokens", "policy", "ledger",
                                 "evidence",    "state",      "heads", "run",    "logs"};
constexpr const char* kServices[] = {"permit", "feed"};

// Takes a half-made home away, unless it was kept.
class Unfinished {
 public:
  explicit Unfinished(std::string home) : home_(std::move(home)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    std::error_code ignored;
    if (!kept_) {
      for (const char* name : kMade) fs::remove_all(home_ + "/" + name, ignored);
      fs::remove(home_, ignored);  // only when nothing else is in it
    }
  }
  void keep() { kept_ = true; }

 private:
  std::string home_;
  bool kept_ = false;
};

struct Plan {
  ledger::Config config;
  ledger::Genesis genesis;
  std::map<std::string, keys::PrivateKey> keys;  // by service
};

Result<policy::Bundle> bundle_of(const std::string& folder, bool registry) {
  if (folder.empty())
    return registry ? policy::default_registry_bundle() : policy::default_authz_bundle();
  return policy::bundle_from_directory(folder);
}

// Where the ledger will live. Files that it names are absolute from here on.
Result<kafka::Cluster> cluster_of(const Flags& flags) {
  kafka::Cluster cluster;
  if (!flags.kafka.empty()) {
    std::error_code ignored;
    Z5_TRY(cluster, ledger::load_cluster(fs::absolute(flags.kafka, ignored).string()));
  }
  if (!flags.brokers.empty()) cluster.brokers = flags.brokers;
  if (const Status good = kafka::check(cluster); !good.ok())
    return invalid("--log kafka: " + good.error().message + " (--brokers, --kafka-config)");
  return cluster;
}

// The service actor behind keys/<service>.key.
fb::ActorEnrolledT service_actor(const std::string& service, const keys::PublicKey& key) {
  fb::ActorEnrolledT actor;
  actor.actor = "z5-" + service;
  actor.kind = fb::ActorKind::Workload;
  actor.use = fb::KeyUse::Service;
  actor.key.assign(key.spki().begin(), key.spki().end());
  return actor;
}

Result<Plan> make_plan(const Flags& flags) {
  if (!is_ledger_id(flags.ledger))
    return invalid(fmt::format("--ledger: '{}' is not [a-z0-9-]{{1,32}}", flags.ledger));
  const std::string origin = flags.origin.empty() ? "z5.local/" + flags.ledger : flags.origin;
  if (!is_origin(origin))
    return invalid(fmt::format("--origin: '{}' is not a URL without scheme", origin));
  ledger::Config config;
  config.ledger = flags.ledger;
  config.origin = origin;
  config.log = flags.log;
  config.dashboards = flags.dashboards;
  if (flags.log == "kafka") {
    Z5_TRY(config.kafka, cluster_of(flags));
  } else if (!flags.brokers.empty() || !flags.kafka.empty()) {
    return invalid("--brokers, --kafka-config: are for --log kafka");
  }
  Z5_TRY(const std::string text, read_file(flags.actors, limits::kMaxActorsFile));
  const std::string folder = fs::path(flags.actors).parent_path().string();
  Z5_TRY(identity::ActorsFile actors,
         identity::parse_actors_file(text, folder.empty() ? "." : folder));
  Z5_TRY(policy::Bundle registry, bundle_of(flags.policy, true));
  Z5_TRY(policy::Bundle authz, bundle_of(flags.authz, false));
  policy::Engine engine;
  Z5_CHECK(engine.check(registry, policy::registry_packages()));
  Z5_CHECK(engine.check(authz, policy::authz_packages()));
  Plan plan{
      std::move(config),
      {origin, flags.ledger, keys::PrivateKey::generate(keys::Algorithm::Ed25519),
       std::move(actors), std::move(registry), std::move(authz), ledger::machine_clock().wall()},
      {}};
  plan.keys.emplace("ledger", plan.genesis.key);
  for (const std::string service : kServices) {
    const auto key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
    for (const fb::ActorEnrolledT& actor : plan.genesis.actors.actors) {
      if (actor.actor == "z5-" + service)
        return invalid(fmt::format("actors.toml: actor z5-{}: init enrols it", service));
    }
    plan.genesis.actors.actors.push_back(service_actor(service, key.public_key()));
    plan.keys.emplace(service, key);
  }
  return plan;
}

Status check_empty(const ledger::Home& home) {
  std::error_code problem;
  for (const char* name : kMade) {
    if (fs::exists(home.path() + "/" + name, problem)) {
      return invalid(fmt::format("{}/{} exists; init never overwrites", home.path(), name));
    }
  }
  return Done{};
}

Status make_folders(const ledger::Home& home) {
  std::error_code problem;
  for (const char* name :
       {"keys", "tokens", "policy", "evidence", "state", "heads", "run", "logs"}) {
    fs::create_directories(home.path() + "/" + name, problem);
    if (problem) return invalid(fmt::format("{}/{}: {}", home.path(), name, problem.message()));
  }
  return Done{};
}

Status write_bundle(const ledger::Home& home, const policy::Bundle& bundle) {
  const fs::path folder = fs::path(home.policy()) / bundle.digest().hex();
  for (const auto& [path, bytes] : bundle.files()) {
    std::error_code problem;
    fs::create_directories((folder / path).parent_path(), problem);
    Z5_CHECK(write_file((folder / path).string(), bytes));
  }
  return Done{};
}

Result<std::vector<std::string>> make_tokens(const ledger::Home& home,
                                             const identity::ActorsFile& actors) {
  std::vector<std::string> names = {"local"};
  for (const fb::ActorEnrolledT& actor : actors.actors) {
    if (actor.use == fb::KeyUse::Serving) names.push_back(actor.actor);
  }
  for (const std::string& name : names) {
    Z5_TRY([[maybe_unused]] const std::string token, http::create_token(home.tokens(), name));
  }
  return names;
}

// The first thing this client sees of the ledger.
Status keep_head(const ledger::Home& home, const chain::Trust& trust) {
  Z5_TRY(const auto note, chain::read_checkpoint_file(home.checkpoint_file()));
  if (!note) return corrupt("the new ledger has no checkpoint");
  Z5_TRY(const chain::Checkpoint checkpoint, chain::verify_checkpoint(*note, trust));
  Z5_TRY(Heads heads, Heads::open(home.heads(), trust.genesis));
  return heads.keep_newest(checkpoint);
}

// The last step that can fail for a reason outside of this machine: nothing takes a topic's first
// entries back.
Result<chain::Trust> write_genesis(const ledger::Home& home, const Plan& plan) {
  if (plan.config.log == "kafka") {
    Z5_CHECK(kafka::create_topics(plan.config.kafka, plan.config.ledger));
    Z5_TRY(const auto reader, ledger::log_opener(home, plan.config)({}));
    log::Batch batch;
    Z5_CHECK(reader->next(batch, std::chrono::milliseconds(0)));
    if (!batch.empty()) {
      return invalid(fmt::format("{} holds entries already; init never overwrites",
                                 kafka::entries_topic(plan.config.ledger)));
    }
  }
  Z5_TRY(auto log, ledger::open_log_writer(home, plan.config, [](const std::string& text) {
           std::fprintf(stderr, "z5: %s\n", text.c_str());
         }));
  return ledger::open_ledger(plan.genesis, std::move(log), home.checkpoint_file(),
                             log::EvidenceStore(home.evidence()));
}

Result<Outcome> init(const Globals& globals, const Flags& flags) {
  Z5_TRY(const ledger::Home home, home_of(globals));
  Z5_TRY(const Plan plan, make_plan(flags));
  ::umask(077);
  Z5_CHECK(check_empty(home));
  Unfinished unfinished(home.path());
  Z5_CHECK(make_folders(home));
  for (const auto& [service, key] : plan.keys) {
    Z5_CHECK(write_new_file(home.key_file(service), key.pem(), 0600));
    Z5_CHECK(write_file(home.public_key_file(service), key.public_key().pem()));
  }
  Z5_CHECK(write_file(home.config_file(), ledger::config_text(plan.config)));
  Z5_CHECK(write_bundle(home, plan.genesis.registry));
  Z5_TRY(const auto tokens, make_tokens(home, plan.genesis.actors));
  Z5_TRY(const chain::Trust trust, write_genesis(home, plan));
  const std::string trust_text = chain::to_json(trust);
  Z5_CHECK(write_file(home.trust_file(), trust_text));
  Z5_CHECK(keep_head(home, trust));
  unfinished.keep();
  if (plan.genesis.actors.admin_threshold < 2) {
    std::fprintf(stderr, "z5: one admin decides alone in this ledger; every report will say so\n");
  }
  Z5_TRY(Json trust_json, parse_json(trust_text));
  return Outcome{.text = trust_text + trust.verifier_text(),
                 .document = {{"home", home.path()},
                              {"trust", std::move(trust_json)},
                              {"verifier_key", trust.verifier_text()},
                              {"policy_digest", plan.genesis.registry.digest().text()},
                              {"authz_digest", plan.genesis.authz.digest().text()},
                              {"tokens", tokens}},
                 .exit = 0};
}

}  // namespace

void add_init(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "init", "a new home with a ledger in it",
      [](CLI::App& verb, Flags& flags) {
        verb.add_option("--ledger", flags.ledger, "short id, [a-z0-9-]{1,32}")->required();
        verb.add_option("--origin", flags.origin, "URL without scheme (default z5.local/ID)");
        verb.add_option("--actors", flags.actors, "actors.toml: who may do what from the start")
            ->required();
        verb.add_option("--policy", flags.policy, "registry bundle (default: the one built in)");
        verb.add_option("--authz", flags.authz, "authz bundle (default: the one built in)");
        verb.add_option("--log", flags.log, "what carries the ledger: file or kafka")
            ->check(CLI::IsMember({"file", "kafka"}));
        verb.add_option("--brokers", flags.brokers, "Kafka: host:port,host:port");
        verb.add_option("--kafka-config", flags.kafka,
                        "Kafka: a file with the table [kafka], for TLS and SASL");
        verb.add_option("--dashboards", flags.dashboards, "base URL of dashboards_links.json");
      },
      init);
}

}  // namespace z5::cli
