// SPDX-License-Identifier: Apache-2.0
// z5-feed: the ledger's streams for security operations, on Kafka, as a service.
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "consumers/feed/feed.h"
#include "ledger/carrier.h"
#include "ledger/clock.h"
#include "ledger/http/signals.h"
#include "ledger/serve.h"

namespace z5::feed {
namespace {

Result<Settings> settings_of(const ledger::Home& home, const ledger::Config& config) {
  if (config.kafka.brokers.empty())
    return unavailable(
        "config.toml: [kafka]: is missing: the streams are topics, and a ledger in a file without "
        "a broker has none");
  const kafka::Cluster cluster = config.feed_cluster();
  if (const Status good = kafka::check(cluster); !good.ok())
    return invalid("config.toml: " + good.error().message);
  if (!kafka::is_ledger_id(config.ledger))
    return invalid("config.toml: ledger.id: names topics, expected [a-z0-9-]{1,32}");
  Z5_TRY(chain::Trust trust, chain::load_trust(home.trust_file()));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("feed")));
  return Settings{.cluster = cluster,
                  .ledger = config.ledger,
                  .trust = std::move(trust),
                  .open_log = ledger::log_opener(home, config),
                  .checkpoint_file = home.checkpoint_file(),
                  .key = std::move(key),
                  .heartbeat = std::chrono::seconds(config.feed_heartbeat_seconds),
                  .clock = ledger::machine_clock().wall};
}

// What Prometheus sees of the feed beside its server's requests.
class Gauges {
 public:
  explicit Gauges(prometheus::Registry& registry) {
    const auto family = [&registry](const char* name, const char* help) -> auto& {
      return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    };
    entries_ = &family("z5_feed_ledger_entries", "entries of the ledger that were read").Add({});
    sessions_ = &family("z5_feed_sessions", "times that it took the streams over").Add({});
    auto& told = family("z5_feed_events_told", "events told since the start");
    for (const Stream stream : kStreams)
      told_[index_of(stream)] = &told.Add({{"stream", std::string(stream_name(stream))}});
  }
  void set(const Feed::Figures& figures) {
    entries_->Set(static_cast<double>(figures.size));
    sessions_->Set(static_cast<double>(figures.sessions));
    for (std::size_t i = 0; i < told_.size(); ++i)
      told_[i]->Set(static_cast<double>(figures.told[i]));
  }

 private:
  prometheus::Gauge *entries_, *sessions_;
  std::array<prometheus::Gauge*, kStreams.size()> told_;
};

Status run(const ledger::Home& home) {
  http::Signals signals;
  Z5_TRY(const ledger::Config config, ledger::load_config(home));
  Z5_TRY(Settings settings, settings_of(home, config));
  std::error_code ignored;
  std::filesystem::create_directories(home.path() + "/logs", ignored);
  Z5_TRY(auto log, http::ServiceLog::open("z5-feed", home.log_file("feed")));
  prometheus::Registry registry;
  Gauges gauges(registry);
  Feed feed(std::move(settings), *log);
  Z5_TRY(auto server,
         ledger::serve(
             {home, config.feed_listen, "feed", {}, [&feed] { return feed.ready(); }, *log}, {}));
  log->info("started", {{"port", server->port()}});
  for (;;) {
    const auto signal = signals.wait_for(std::chrono::milliseconds(200));
    gauges.set(feed.figures());
    if (signal == http::Signal::Stop || feed.ended()) break;
  }
  const auto ended = feed.ended();
  server->stop();
  feed.stop();
  ledger::remove_running(home, "feed");
  if (ended) {
    log->error("the feed ended", {{"why", ended->message}});
    return *ended;
  }
  log->info("stopped");
  return Done{};
}

}  // namespace
}  // namespace z5::feed

int main(int argc, char** argv) {
  CLI::App app("z5-feed: a ledger's promotions, releases and revocations as Kafka streams");
  std::string home;
  app.add_option("--home", home, "the ledger's home")->envname("Z5_HOME")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  const z5::Status status = z5::feed::run(z5::ledger::Home(home));
  if (status.ok()) return 0;
  std::fprintf(stderr, "z5-feed: %s\n", status.error().message.c_str());
  return z5::ledger::exit_code(status.error());
}
