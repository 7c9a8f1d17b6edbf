// SPDX-License-Identifier: Apache-2.0
// z5-permit: permits, verification and reads, as a service with a projection of its own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "consumers/permit/routes.h"
#include "ledger/carrier.h"
#include "ledger/clock.h"
#include "ledger/http/signals.h"
#include "ledger/http/tokens.h"
#include "ledger/serve.h"

namespace z5::permit {
namespace {

// A snapshot to begin with, where there is no store yet.
struct Beginning {
  std::string folder;
  std::vector<std::string> keys;  // PEM files
};

Result<projections::Settings> projector_settings(const ledger::Home& home,
                                                 const ledger::Config& config,
                                                 const Beginning& beginning) {
  projections::Settings settings;
  settings.state = home.state("permit") + "/store";
  Z5_TRY(settings.trust, chain::load_trust(home.trust_file()));
  settings.open_log = ledger::log_opener(home, config);
  settings.checkpoint_file = home.checkpoint_file();
  settings.snapshot.folder = beginning.folder;
  settings.snapshot.now = ledger::machine_clock().wall();
  for (const std::string& path : beginning.keys) {
    Z5_TRY(settings.snapshot.keys.emplace_back(), keys::load_public_key(path));
  }
  return settings;
}

Status run(const ledger::Home& home, const Beginning& beginning) {
  http::Signals signals;
  Z5_TRY(const ledger::Config config, ledger::load_config(home));
  std::error_code ignored;
  std::filesystem::create_directories(home.state("permit"), ignored);
  Z5_TRY(auto log, http::ServiceLog::open("z5-permit", home.log_file("permit")));
  Z5_TRY(projections::Settings following, projector_settings(home, config, beginning));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("permit")));
  Z5_TRY(auto tokens, http::Tokens::open(home.tokens()));
  Z5_TRY(auto decisions, DecisionLog::open(home.state("permit") + "/decisions"));
  Z5_TRY(auto projector, projections::Projector::start(std::move(following)));

  policy::Engine engine;
  const log::EvidenceStore store(home.evidence());
  gate::Bundles bundles(engine, store);
  const auto clock = ledger::machine_clock().wall;
  const std::chrono::milliseconds max_lag(config.permit_max_lag_ms);
  Permits permits({.key = key,
                   .life = std::chrono::seconds(config.permit_seconds),
                   .max_lag = max_lag,
                   .clock = clock},
                  *projector, bundles, store, *decisions);
  RevocationLists lists(key);
  WaitingRoom room(*projector, max_lag);
  auto server = ledger::serve(
      {home, config.permit_listen, "permit", http::authenticate_with(tokens),
       [&permits] { return permits.ready(); }, *log},
      make_routes({*projector, permits, lists, room, bundles, store, *log, key, max_lag, clock}));
  if (!server.ok()) {
    projector->stop();
    return server.error();
  }
  log->info("ready", {{"port", (*server)->port()}});
  for (;;) {
    const auto signal = signals.wait_for(std::chrono::milliseconds(200));
    if (signal == http::Signal::Reload) static_cast<void>(tokens->reload());
    if (signal == http::Signal::Stop || projector->ended()) break;
  }
  const auto ended = projector->ended();
  (*server)->stop();
  projector->stop();
  ledger::remove_running(home, "permit");
  if (ended) {
    log->error("the projector ended", {{"why", ended->message}});
    return *ended;
  }
  log->info("stopped");
  return Done{};
}

}  // namespace
}  // namespace z5::permit

int main(int argc, char** argv) {
  CLI::App app("z5-permit: permits, verification and reads of one ledger");
  std::string home;
  app.add_option("--home", home, "the ledger's home")->envname("Z5_HOME")->required();
  z5::permit::Beginning beginning;
  app.add_option("--snapshot", beginning.folder,
                 "begin from this snapshot (z5-projector snapshot) where there is no store yet");
  app.add_option("--snapshot-key", beginning.keys,
                 "PEM of a key whose snapshots count; without one, the service keys that the log's "
                 "genesis enrols");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  const z5::Status status = z5::permit::run(z5::ledger::Home(home), beginning);
  if (status.ok()) return 0;
  std::fprintf(stderr, "z5-permit: %s\n", status.error().message.c_str());
  return z5::ledger::exit_code(status.error());
}
