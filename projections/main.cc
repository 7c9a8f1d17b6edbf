// SPDX-License-Identifier: Apache-2.0
// z5-projector build|rebuild|snapshot|replay|status: the store that services embed, stand-alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "ledger/carrier.h"
#include "ledger/clock.h"
#include "ledger/home.h"
#include "projections/adoption.h"
#include "projections/projector.h"
#include "projections/snapshot.h"
#include "schemas/json.h"

namespace z5::projections {
namespace {

struct Arguments {
  std::string home, log, kafka, trust, state;
  std::string snapshot, key, out;
  std::vector<std::string> snapshot_keys;
  bool json = false;
};

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::Conflict:
      return 1;
    case ErrorCode::Invalid:
      return 2;
    case ErrorCode::Unavailable:
      return 3;
    case ErrorCode::Corrupt:
      return 4;
  }
  return 4;
}

Status take_log(const Arguments& arguments, Settings& settings) {
  if (!arguments.log.empty()) {
    const auto address = ledger::parse_log_address(arguments.log, arguments.kafka);
    if (!address.ok()) return invalid("--log: " + address.error().message);
    settings.open_log = ledger::log_opener(*address);
  } else if (!arguments.home.empty()) {
    const ledger::Home home(arguments.home);
    Z5_TRY(const ledger::Config config, ledger::load_config(home));
    settings.open_log = ledger::log_opener(home, config);
    settings.checkpoint_file = home.checkpoint_file();
  }
  return Done{};
}

Result<Settings> settings_of(const Arguments& arguments) {
  const ledger::Home home(arguments.home);
  const auto or_home = [&](const std::string& given, const std::string& standard) {
    return given.empty() && !arguments.home.empty() ? standard : given;
  };
  const std::string trust = or_home(arguments.trust, home.trust_file());
  Settings settings;
  settings.state = or_home(arguments.state, home.state("projector"));
  Z5_CHECK(take_log(arguments, settings));
  if (!settings.open_log || trust.empty() || settings.state.empty())
    return invalid("--home, or --log, --trust and --state are needed");
  Z5_TRY(settings.trust, chain::load_trust(trust));
  settings.snapshot.folder = arguments.snapshot;
  settings.snapshot.now = ledger::machine_clock().wall();
  for (const std::string& path : arguments.snapshot_keys) {
    Z5_TRY(settings.snapshot.keys.emplace_back(), keys::load_public_key(path));
  }
  return settings;
}

Json describe(const Store& store, const std::string& state) {
  const View view = store.view();
  const chain::Head& head = view.head();
  return {{"state", state},
          {"verified", store.verified()},
          {"origin", head.trust.origin},
          {"ledger", head.trust.genesis.text()},
          {"size", std::to_string(head.size())},
          {"root", head.tree.root().text()},
          {"recorded_at", to_rfc3339(head.recorded_at)}};
}

// The store, brought to the log's end.
Result<std::unique_ptr<Store>> built(const Settings& settings, bool anew) {
  std::error_code failed;
  if (anew && std::filesystem::exists(settings.state, failed)) {
    if (!std::filesystem::exists(settings.state + "/CURRENT", failed))
      return invalid(settings.state + ": is no store");
    std::filesystem::remove_all(settings.state, failed);
  }
  if (!failed) std::filesystem::create_directories(settings.state, failed);
  if (failed) return unavailable(settings.state + ": " + failed.message());
  Z5_CHECK(adopt(settings));
  Z5_TRY(auto store, Store::open(settings.state, settings.trust));
  Z5_CHECK(build(*store, settings));
  return store;
}

Result<Json> build_store(const Settings& settings, bool anew) {
  Z5_TRY(const auto store, built(settings, anew));
  return describe(*store, settings.state);
}

Result<Json> snapshot(const Settings& settings, const Arguments& arguments) {
  const std::string key =
      arguments.key.empty() ? ledger::Home(arguments.home).key_file("permit") : arguments.key;
  Z5_TRY(const keys::PrivateKey signer, keys::PrivateKey::load(key));
  Z5_TRY(const auto store, built(settings, false));
  Z5_TRY(const SnapshotStatement taken,
         take_snapshot(*store, signer, settings.snapshot.now, arguments.out));
  Json document = describe(*store, settings.state);
  document["snapshot"] = arguments.out;
  document["content"] = taken.content.text();
  document["bytes"] = std::to_string(taken.bytes);
  return document;
}

Result<Json> replay(const Settings& settings) {
  Z5_TRY(const auto store, Store::open(settings.state, settings.trust));
  Z5_CHECK(replay_adopted(*store, settings, false));
  return describe(*store, settings.state);
}

Result<Json> status(const Settings& settings) {
  Z5_TRY(const auto store, Store::open(settings.state, settings.trust, Store::Access::ReadOnly));
  return describe(*store, settings.state);
}

using Run = std::function<Result<Json>(const Settings&)>;

// The verbs, each with what it does when chosen.
std::vector<std::pair<CLI::App*, Run>> add_verbs(CLI::App& app, Arguments& arguments) {
  const auto verb = [&](const char* name, const char* text) {
    CLI::App* sub = app.add_subcommand(name, text);
    sub->add_option("--home", arguments.home, "home of the ledger")->envname("Z5_HOME");
    sub->add_option(
        "--log", arguments.log,
        "file:PATH of the entries file, or of the folder that holds it, or kafka:HOST:PORT/ID");
    sub->add_option("--kafka", arguments.kafka,
                    "file with a [kafka] table, for a cluster that asks for TLS or a password");
    sub->add_option("--trust", arguments.trust, "trust.json");
    sub->add_option("--state", arguments.state, "folder of the store");
    sub->add_flag("--json", arguments.json, "one document on stdout");
    return sub;
  };
  CLI::App* build_verb = verb("build", "bring the store to the log's end");
  build_verb->add_option("--snapshot", arguments.snapshot,
                         "begin from this snapshot where there is no store yet");
  build_verb->add_option("--snapshot-key", arguments.snapshot_keys,
                         "PEM of a key whose snapshots count; without one, the service keys that "
                         "the log's genesis enrols");
  CLI::App* snapshot_verb =
      verb("snapshot", "build, and write a signed snapshot that a new replica can begin from");
  snapshot_verb->add_option("--out", arguments.out, "folder to make")->required();
  snapshot_verb->add_option("--key", arguments.key,
                            "private key enrolled for use service (keys/permit.key of the home)");
  return {
      {build_verb, [](const Settings& s) { return build_store(s, false); }},
      {verb("rebuild", "the same from nothing"),
       [](const Settings& s) { return build_store(s, true); }},
      {snapshot_verb, [&](const Settings& s) { return snapshot(s, arguments); }},
      {verb("replay", "compare a store that began with a snapshot with the log from zero"), replay},
      {verb("status", "where the store stands"), status}};
}

int run(int argc, const char* const* argv) {
  CLI::App app("Builds the read models of a Z5 ledger from its log.", "z5-projector");
  app.require_subcommand(1);
  Arguments arguments;
  const auto verbs = add_verbs(app, arguments);
  try {  // CLI11 reports usage by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto done = [&]() -> Result<Json> {
    Z5_TRY(const Settings settings, settings_of(arguments));
    for (const auto& [verb, chosen] : verbs) {
      if (verb->parsed()) return chosen(settings);
    }
    return invalid("no verb");
  }();
  if (!done.ok()) {
    fmt::print(stderr, "z5-projector: {}\n", done.error().message);
    return exit_status(done.error().code);
  }
  if (arguments.json) {
    fmt::print("{}\n", canonical_json(*done));
  } else {
    fmt::print("{}: {} entries, root {}, last group at {}{}\n", (*done)["state"].get<std::string>(),
               (*done)["size"].get<std::string>(), (*done)["root"].get<std::string>(),
               (*done)["recorded_at"].get<std::string>(),
               (*done)["verified"].get<bool>() ? "" : "; its snapshot was not replayed yet");
  }
  return 0;
}

}  // namespace
}  // namespace z5::projections

int main(int argc, char** argv) { return z5::projections::run(argc, argv); }
