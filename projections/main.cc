// SPDX-License-Identifier: Apache-2.0
// z5-projector build|rebuild|status: the store that services embed, stand-alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "ledger/carrier.h"
#include "ledger/home.h"
#include "ledger/log/file_log.h"
#include "projections/projector.h"
#include "schemas/json.h"

namespace z5::projections {
namespace {

struct Arguments {
  std::string home, log, trust, state;
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

Result<Settings> settings_of(const Arguments& arguments) {
  Settings settings;
  std::string log = arguments.log, trust = arguments.trust;
  settings.state = arguments.state;
  if (!arguments.home.empty()) {
    const ledger::Home home(arguments.home);
    if (log.empty()) {
      Z5_TRY(const ledger::Config config, ledger::load_config(home));
      settings.open_log = ledger::log_opener(home, config);
      settings.checkpoint_file = home.checkpoint_file();
    }
    if (trust.empty()) trust = home.trust_file();
    if (settings.state.empty()) settings.state = home.state("projector");
  }
  if (log.empty() || trust.empty() || settings.state.empty())
    return invalid("--home, or --log, --trust and --state are needed");
  Z5_TRY(settings.trust, chain::load_trust(trust));
  if (settings.open_log) return settings;
  if (!log.starts_with("file:")) return invalid("--log: expected file:PATH");
  settings.open_log = [path = log.substr(5)](log::Position from) {
    return log::open_file_reader(path, from);
  };
  return settings;
}

Json describe(const chain::Head& head, const std::string& state) {
  return {{"state", state},
          {"origin", head.trust.origin},
          {"ledger", head.trust.genesis.text()},
          {"size", std::to_string(head.size())},
          {"root", head.tree.root().text()},
          {"recorded_at", to_rfc3339(head.recorded_at)}};
}

Result<Json> build_store(const Settings& settings, bool anew) {
  std::error_code failed;
  if (anew && std::filesystem::exists(settings.state, failed)) {
    if (!std::filesystem::exists(settings.state + "/CURRENT", failed))
      return invalid(settings.state + ": is no store");
    std::filesystem::remove_all(settings.state, failed);
  }
  if (!failed) std::filesystem::create_directories(settings.state, failed);
  if (failed) return unavailable(settings.state + ": " + failed.message());
  Z5_TRY(auto store, Store::open(settings.state, settings.trust));
  Z5_TRY(const chain::Head head, build(*store, settings));
  return describe(head, settings.state);
}

Result<Json> status(const Settings& settings) {
  Z5_TRY(const auto store, Store::open(settings.state, settings.trust, Store::Access::ReadOnly));
  return describe(store->view().head(), settings.state);
}

int run(int argc, const char* const* argv) {
  CLI::App app("Builds the read models of a Z5 ledger from its log.", "z5-projector");
  app.require_subcommand(1);
  Arguments arguments;
  const auto verb = [&](const char* name, const char* text) {
    CLI::App* sub = app.add_subcommand(name, text);
    sub->add_option("--home", arguments.home, "home of the ledger")->envname("Z5_HOME");
    sub->add_option("--log", arguments.log,
                    "file:PATH of the entries file, or of the folder that holds it");
    sub->add_option("--trust", arguments.trust, "trust.json");
    sub->add_option("--state", arguments.state, "folder of the store");
    sub->add_flag("--json", arguments.json, "one document on stdout");
    return sub;
  };
  const CLI::App* build_verb = verb("build", "bring the store to the log's end");
  const CLI::App* rebuild_verb = verb("rebuild", "the same from nothing");
  verb("status", "where the store stands");
  try {  // CLI11 reports usage by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto done = [&]() -> Result<Json> {
    Z5_TRY(const Settings settings, settings_of(arguments));
    if (!build_verb->parsed() && !rebuild_verb->parsed()) return status(settings);
    return build_store(settings, rebuild_verb->parsed());
  }();
  if (!done.ok()) {
    fmt::print(stderr, "z5-projector: {}\n", done.error().message);
    return exit_status(done.error().code);
  }
  if (arguments.json) {
    fmt::print("{}\n", canonical_json(*done));
  } else {
    fmt::print("{}: {} entries, root {}, last group at {}\n", (*done)["state"].get<std::string>(),
               (*done)["size"].get<std::string>(), (*done)["root"].get<std::string>(),
               (*done)["recorded_at"].get<std::string>());
  }
  return 0;
}

}  // namespace
}  // namespace z5::projections

int main(int argc, char** argv) { return z5::projections::run(argc, argv); }
