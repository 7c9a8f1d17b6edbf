// SPDX-License-Identifier: Apache-2.0
// z5 up, down, status: the services of this home, ledger first.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "consumers/cli/installation.h"
#include "consumers/cli/process.h"
#include "consumers/cli/verbs.h"

namespace z5::cli {
namespace {

constexpr const char* kServices[] = {"ledger", "permit",
                                     "feed"};  // in the order in which they start

struct Flags {};

// One `z5 up` or `z5 down` at a time, until the object goes.
class Turn {
 public:
  explicit Turn(const ledger::Home& home)
      : file_(
            ::open((home.path() + "/run/turn.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ >= 0) ::flock(file_, LOCK_EX);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  int file_;
};

Json line_of(const ledger::Running& running) {
  return {{"service", running.service},
          {"pid", running.pid},
          {"address", running.address},
          {"port", running.port},
          {"url", fmt::format("{}://{}:{}", running.tls ? "https" : "http", running.address,
                              running.port)}};
}

// Built, and with what it needs: the feed's streams are topics.
bool is_here(const ledger::Home& home, const std::string& name) {
  if (service_program(name).empty()) return false;
  if (name != "feed") return true;
  const auto config = ledger::load_config(home);
  return config.ok() && !config->kafka.brokers.empty();
}

Result<Outcome> up(const Globals& globals, const Flags&) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  const ledger::Home& home = installation.home();
  const Turn turn(home);
  Outcome outcome{.text = "", .document = {{"services", Json::array()}}, .exit = 0};
  for (const std::string name : kServices) {
    if (!is_here(home, name)) continue;
    auto running = running_service(home, name);
    const bool was_there = running.has_value();
    if (!was_there) {
      std::fprintf(stderr, "z5: starting z5-%s\n", name.c_str());
      Z5_TRY(running, start_service(home, name));
    }
    Json line = line_of(*running);
    const Status ready = service_ready(home, *running);
    line["standby"] = stands_by(ready);
    outcome.text += fmt::format("z5-{} {} {}\n", name, line["url"].get<std::string>(),
                                stands_by(ready) ? ready.error().message
                                : was_there      ? "ran already"
                                                 : "ready");
    outcome.document["services"].push_back(std::move(line));
  }
  return outcome;
}

Result<Outcome> down(const Globals& globals, const Flags&) {
  Z5_TRY(const ledger::Home home, home_of(globals));
  const Turn turn(home);
  Outcome outcome{.text = "", .document = {{"stopped", Json::array()}}, .exit = 0};
  for (auto name = std::rbegin(kServices); name != std::rend(kServices); ++name) {
    const auto running = running_service(home, *name);
    if (!running) continue;
    Z5_CHECK(stop_service(home, *running));
    outcome.text += fmt::format("z5-{} stopped\n", *name);
    outcome.document["stopped"].push_back(*name);
  }
  return outcome;
}

Result<Outcome> status(const Globals& globals, const Flags&) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Outcome outcome{.text = "",
                  .document = {{"origin", installation.trust().origin},
                               {"genesis", installation.trust().genesis.text()},
                               {"services", Json::array()}},
                  .exit = 0};
  for (const std::string name : kServices) {
    if (!is_here(installation.home(), name)) continue;
    const auto running = running_service(installation.home(), name);
    Json line = running ? line_of(*running) : Json{{"service", name}};
    Status ready = unavailable("not running: z5 up");
    if (running) ready = service_ready(installation.home(), *running);
    line["running"] = running.has_value();
    line["ready"] = ready.ok();
    line["standby"] = stands_by(ready);
    if (!ready.ok()) line["why"] = ready.error().message;
    if (!ready.ok() && !stands_by(ready)) outcome.exit = 3;
    outcome.text += fmt::format(
        "z5-{:<8} {}\n", name,
        ready.ok()
            ? fmt::format("ready at {} (process {})", line["url"].get<std::string>(), running->pid)
            : ready.error().message);
    outcome.document["services"].push_back(std::move(line));
  }
  return outcome;
}

}  // namespace

void add_services(CLI::App& app, Verb& chosen) {
  const auto none = [](CLI::App&, Flags&) {};
  add_verb<Flags>(app, chosen, "up", "start the services and wait until they are ready", none, up);
  add_verb<Flags>(app, chosen, "down", "stop them", none, down);
  add_verb<Flags>(app, chosen, "status", "which run, and whether they are ready", none, status);
}

}  // namespace z5::cli
