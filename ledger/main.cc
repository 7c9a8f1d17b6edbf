// SPDX-License-Identifier: Apache-2.0
// z5-ledger: the writer of one ledger, as a service.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <random>

#include "ledger/carrier.h"
#include "ledger/home.h"
#include "ledger/http/server.h"
#include "ledger/http/signals.h"
#include "ledger/http/tokens.h"
#include "ledger/intake.h"
#include "ledger/routes.h"
#include "ledger/serve.h"
#include "ledger/write_path.h"

namespace z5::ledger {
namespace {

WritePath::Settings write_settings(const Home& home, const Config& config, chain::Trust trust,
                                   keys::PrivateKey key, std::string engine) {
  return {.ledger = {std::move(trust), std::move(key), home.checkpoint_file()},
          .open_reader = [open = log_opener(home, config)] { return open({}); },
          .clock = machine_clock(),
          .rates = config.rates,
          .engine = std::move(engine),
          .dashboards_base = config.dashboards};
}

// How a life of the writer ended.
enum class End {
  Stopped,      // as it was told
  SteppedDown,  // its last append has an unknown outcome, or another writer took over: read the log
                // again, then go on
};

Result<End> run(const Home& home, const Config& config, http::Signals& signals) {
  Z5_TRY(auto log, http::ServiceLog::open("z5-ledger", home.log_file("ledger")));
  Z5_TRY(chain::Trust trust, chain::load_trust(home.trust_file()));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("ledger")));
  Z5_TRY(auto tokens, http::Tokens::open(home.tokens()));
  Z5_TRY(auto carrier, open_log_writer(home, config, [&log](const std::string& text) {
           log->warning("log", {{"what", text}});
         }));

  policy::Engine engine;
  const log::EvidenceStore store(home.evidence());
  gate::Bundles bundles(engine, store);
  Z5_TRY(auto writer, WritePath::open(std::move(carrier),
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
  if (ended) log->error("the writer ended", {{"why", *ended}});
  if (ended && may_reopen(config)) return End::SteppedDown;
  if (ended) return corrupt("the writer ended: " + *ended);
  log->info("stopped");
  return End::Stopped;
}

// Between two lives: two writers that came back at once would fence each other for ever.
std::chrono::milliseconds back_off() {
  std::random_device random;
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(1'500, 4'000)(random));
}

Status run_until_stopped(const Home& home) {
  http::Signals signals;
  Z5_TRY(const Config config, load_config(home));
  for (bool stepped_down = false;;) {
    const auto end = run(home, config, signals);
    if (end.ok() && *end == End::Stopped) return Done{};
    // Who was the writer once goes on trying; who never was says why and ends.
    const bool passes = end.ok() || end.error().code == ErrorCode::Unavailable ||
                        end.error().code == ErrorCode::Conflict;
    stepped_down = stepped_down || end.ok();
    if (!stepped_down || !passes) return end.error();
    if (signals.wait_for(back_off()) == http::Signal::Stop) return Done{};
  }
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
  const z5::Status status = z5::ledger::run_until_stopped(z5::ledger::Home(home));
  if (status.ok()) return 0;
  std::fprintf(stderr, "z5-ledger: %s\n", status.error().message.c_str());
  return z5::ledger::exit_code(status.error());
}
