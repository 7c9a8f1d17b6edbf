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

projections::Projector::Settings projector_settings(const ledger::Home& home,
                                                    const ledger::Config& config,
                                                    chain::Trust trust) {
  return {.state = home.state("permit") + "/store",
          .trust = std::move(trust),
          .open_log = ledger::log_opener(home, config),
          .checkpoint_file = home.checkpoint_file()};
}

Status run(const ledger::Home& home) {
  http::Signals signals;
  Z5_TRY(const ledger::Config config, ledger::load_config(home));
  std::error_code ignored;
  std::filesystem::create_directories(home.state("permit"), ignored);
  Z5_TRY(auto log, http::ServiceLog::open("z5-permit", home.log_file("permit")));
  Z5_TRY(chain::Trust trust, chain::load_trust(home.trust_file()));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("permit")));
  Z5_TRY(auto tokens, http::Tokens::open(home.tokens()));
  Z5_TRY(auto decisions, DecisionLog::open(home.state("permit") + "/decisions"));
  Z5_TRY(auto projector,
         projections::Projector::start(projector_settings(home, config, std::move(trust))));

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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  const z5::Status status = z5::permit::run(z5::ledger::Home(home));
  if (status.ok()) return 0;
  std::fprintf(stderr, "z5-permit: %s\n", status.error().message.c_str());
  return z5::ledger::exit_code(status.error());
}
