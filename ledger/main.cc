// SPDX-License-Identifier: Apache-2.0
// z5-ledger: the writer of one ledger, or of several, as a service.
#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <set>
#include <thread>

#include "ledger/http/signals.h"
#include "ledger/instance.h"
#include "ledger/serve.h"

namespace z5::ledger {
namespace {

// A ledger and the thread that serves it. What ends one leaves the others alone.
struct Served {
  std::string home;
  std::unique_ptr<Instance> instance;
  std::atomic<Instance*> open = nullptr;  // the same, for the main thread
  Status ended = Done{};
  std::jthread thread;  // last: it ends first
};

void say(const std::string& home, const Error& error, bool alone) {
  std::fprintf(stderr, "z5-ledger: %s%s%s\n", alone ? "" : home.c_str(), alone ? "" : ": ",
               error.message.c_str());
}

int worst(const std::vector<Served>& ledgers) {
  int code = 0;
  for (const Served& ledger : ledgers) {
    if (!ledger.ended.ok()) code = std::max(code, exit_code(ledger.ended.error()));
  }
  return code;
}

int serve_all(const std::vector<std::string>& homes) {
  http::Signals signals;
  const bool alone = homes.size() == 1;
  std::vector<Served> ledgers(homes.size());
  std::atomic<std::size_t> live = homes.size();
  for (std::size_t i = 0; i < homes.size(); ++i) {
    Served& ledger = ledgers[i];
    ledger.home = homes[i];
    ledger.thread = std::jthread([&ledger, &live, alone](const std::stop_token& stop) {
      auto opened = Instance::open(ledger.home);
      if (opened.ok()) {
        ledger.instance = std::move(*opened);
        ledger.open = ledger.instance.get();
        ledger.ended = ledger.instance->run(stop);
      } else {
        ledger.ended = opened.error();
      }
      if (!ledger.ended.ok()) say(ledger.home, ledger.ended.error(), alone);
      --live;
    });
  }
  while (live > 0) {
    const auto signal = signals.wait_for(std::chrono::milliseconds(100));
    for (Served& ledger : ledgers) {
      Instance* const instance = ledger.open;
      if (signal == http::Signal::Reload && instance != nullptr) instance->reload_tokens();
      if (signal == http::Signal::Stop) ledger.thread.request_stop();
    }
  }
  for (Served& ledger : ledgers) ledger.thread.join();
  return worst(ledgers);
}

Status check(const std::vector<std::string>& homes) {
  if (homes.size() > limits::kMaxHomes)
    return invalid("--home: more ledgers than one process serves");
  std::set<std::string> seen;
  for (const std::string& home : homes) {
    std::error_code ignored;
    if (!seen.insert(std::filesystem::weakly_canonical(home, ignored).string()).second)
      return invalid("--home: " + home + ": given twice");
  }
  return Done{};
}

}  // namespace
}  // namespace z5::ledger

int main(int argc, char** argv) {
  CLI::App app("z5-ledger: the writer of one ledger, or of several");
  std::vector<std::string> homes;
  app.add_option("--home", homes, "a ledger's home; several: each is served on its own")
      ->envname("Z5_HOME")
      ->required()
      ->allow_extra_args(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  if (const z5::Status good = z5::ledger::check(homes); !good.ok()) {
    std::fprintf(stderr, "z5-ledger: %s\n", good.error().message.c_str());
    return z5::ledger::exit_code(good.error());
  }
  return z5::ledger::serve_all(homes);
}
