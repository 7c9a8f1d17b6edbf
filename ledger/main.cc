// SPDX-License-Identifier: Apache-2.0
// z5-ledger: the writer of one ledger, as a service.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "ledger/home.h"
#include "ledger/http/server.h"
#include "ledger/http/signals.h"
#include "ledger/http/tokens.h"
#include "ledger/intake.h"
#include "ledger/log/file_log.h"
#include "ledger/routes.h"
#include "ledger/serve.h"
#include "ledger/write_path.h"

namespace z5::ledger {
namespace {

WritePath::Settings write_settings(const Home& home, const Config& config, chain::Trust trust,
                                   keys::PrivateKey key, std::string engine) {
  return {.ledger = {std::move(trust), std::move(key), home.checkpoint_file()},
          .open_reader = [folder = home.ledger()] { return log::open_file_reader(folder); },
          .clock = machine_clock(),
          .rates = config.rates,
          .engine = std::move(engine),
          .dashboards_base = config.dashboards};
}

Status run(const Home& home) {
  http::Signals signals;
  Z5_TRY(const Config config, load_config(home));
  Z5_TRY(auto log, http::ServiceLog::open("z5-ledger", home.log_file("ledger")));
  Z5_TRY(chain::Trust trust, chain::load_trust(home.trust_file()));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("ledger")));
  Z5_TRY(auto tokens, http::Tokens::open(home.tokens()));
  Z5_TRY(auto file, log::open_file_writer(home.ledger()));

  policy::Engine engine;
  const log::EvidenceStore store(home.evidence());
  gate::Bundles bundles(engine, store);
  Z5_TRY(auto writer, WritePath::open(std::move(file),
                                      write_settings(home, config, std::move(trust), std::move(key),
                                                     policy::opa_version()),
                                      bundles, store));
  Intake intake(*writer, bundles, store, machine_clock(), config.rates);
  const auto ready = [&writer]() -> Status {
    if (const auto why = writer->ended()) return unavailable(*why);
    return Done{};
  };
  Z5_TRY(auto server,
         serve({home, config.ledger_listen, "ledger", http::authenticate_with(tokens), ready, *log},
               make_routes(intake, *writer, bundles, *log)));
  log->info("ready", {{"port", server->port()}});
  for (;;) {
    const auto signal = signals.wait_for(std::chrono::milliseconds(200));
    if (signal == http::Signal::Reload) static_cast<void>(tokens->reload());
    if (signal == http::Signal::Stop || writer->ended()) break;
  }
  const auto ended = writer->ended();
  server->stop();
  writer->stop();
  remove_running(home, "ledger");
  if (ended) return corrupt("the writer ended: " + *ended);
  log->info("stopped");
  return Done{};
}

}  // namespace
}  // namespace z5::ledger

int main(int argc, char** argv) {
  CLI::App app("z5-ledger: the writer of one ledger");
  std::string home;
  app.add_option("--home", home, "the ledger's home")->envname("Z5_HOME")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  const z5::Status status = z5::ledger::run(z5::ledger::Home(home));
  if (status.ok()) return 0;
  std::fprintf(stderr, "z5-ledger: %s\n", status.error().message.c_str());
  return z5::ledger::exit_code(status.error());
}
