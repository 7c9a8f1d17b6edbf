// SPDX-License-Identifier: Apache-2.0
// z5-guard: nothing is loaded that the ledger does not permit now. Exit: 0 yes, 1 refused, 2 usage,
// 3 unavailable, 4 integrity; of a child, the child's own.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "consumers/guard/fetch.h"
#include "consumers/guard/watch.h"
#include "ledger/clock.h"
#include "ledger/http/signals.h"
#include "schemas/json.h"

namespace z5::guard {
namespace {

struct Line {
  SettingsRequest request;
  std::string model, directory, ignore, destination;
  std::vector<std::string> command, sources;
  unsigned every = 60;
  bool json = false;
};

void tell(const Line& line, const Expected<Loadable, Failure>& checked) {
  Json out = {{"model", line.model}, {"permitted", checked.ok()}};
  if (checked.ok()) {
    const verify::Permit& permit = checked->permit;
    out["ref"] = permit.ref;
    out["stage"] = fb::EnumNameStage(permit.stage);
    out["model_digest"] = permit.model_digest.text();
    out["policy_digest"] = permit.policy_digest.text();
    out["not_after"] = to_rfc3339(permit.not_after);
    std::fprintf(stderr, "z5-guard: %s may be loaded until %s\n", permit.ref.c_str(),
                 to_rfc3339(permit.not_after).c_str());
  } else {
    out["refusal"] = Json::array();
    for (const Refusal& reason : checked.error().reasons) {
      out["refusal"].push_back({{"rule", reason.rule}, {"reason", reason.reason}});
      std::fprintf(stderr, "z5-guard: %s: %s: %s\n", line.model.c_str(), reason.rule.c_str(),
                   reason.reason.c_str());
    }
  }
  if (line.json) {
    std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }
}

int code_of(const Expected<Loadable, Failure>& checked) {
  return static_cast<int>(checked.ok() ? Exit::Yes : checked.error().exit);
}

int run_watch(Guard& guard, const Line& line) {
  http::Signals signals;
  return watch(
      guard,
      {.model = line.model,
       .directory = line.directory,
       .ignore = line.ignore,
       .command = line.command,
       .every = std::chrono::seconds(line.every),
       .stop = [&] { return signals.wait_for(std::chrono::milliseconds(0)) == http::Signal::Stop; },
       .told = [&](const auto& checked) { tell(line, checked); }});
}

int run(const CLI::App& app, Line line) {
  auto settings = load_settings(line.request);
  if (!settings.ok()) {
    const auto failed = Expected<Loadable, Failure>(failure(settings.error(), "settings"));
    tell(line, failed);
    return code_of(failed);
  }
  settings->sources.insert(settings->sources.end(), line.sources.begin(), line.sources.end());
  Guard guard(std::move(*settings), ledger::machine_clock().wall);
  if (app.got_subcommand("watch")) return run_watch(guard, line);
  const auto checked = app.got_subcommand("fetch")
                           ? fetch(guard, line.model, line.destination)
                           : guard.check(line.model, line.directory, line.ignore);
  tell(line, checked);
  if (!checked.ok() || !app.got_subcommand("exec")) return code_of(checked);
  const auto failed = Expected<Loadable, Failure>(execute(line.command));
  tell(line, failed);
  return code_of(failed);
}

void add_common(CLI::App& command, Line& line) {
  command.add_option("model", line.model, "tenant/model:version or tenant/model@serving")
      ->required();
  command.add_option("--home", line.request.home, "the ledger's home")->envname("Z5_HOME");
  command.add_option("--config", line.request.config, "guard.toml");
  command.add_option("--as", line.request.actor, "the serving actor that this host is");
  command.add_option("--policy-digest", line.request.policy_digest,
                     "only this one of the bundles held");
  command.add_flag("--json", line.json, "one JSON document a check on standard output");
}

void add_directory(CLI::App& command, Line& line) {
  command.add_option("--dir", line.directory, "the model's folder")->required();
  command.add_option("--ignore", line.ignore,
                     "the signature file in it, which is no part of the model");
}

}  // namespace
}  // namespace z5::guard

int main(int argc, char** argv) {
  using namespace z5::guard;
  CLI::App app("z5-guard: nothing is loaded that the ledger does not permit now");
  app.require_subcommand(1);
  Line line;
  CLI::App* check = app.add_subcommand("check", "a permit, and every byte of the folder");
  CLI::App* exec = app.add_subcommand("exec", "the same, then the command in this process's place");
  CLI::App* watch =
      app.add_subcommand("watch", "the same again and again; ends the command on a no");
  CLI::App* fetch = app.add_subcommand("fetch", "copies the model from where it lies, verified");
  for (CLI::App* command : {check, exec, watch, fetch}) add_common(*command, line);
  for (CLI::App* command : {check, exec, watch}) add_directory(*command, line);
  exec->add_option("command", line.command, "behind --: the program and its arguments")->required();
  watch->add_option("command", line.command, "behind --: the program and its arguments");
  watch->add_option("--every", line.every, "seconds between checks")
      ->check(CLI::Range(1u, 86'400u));
  fetch->add_option("destination", line.destination, "a folder that does not exist yet")
      ->required();
  fetch->add_option("--source", line.sources, "a folder that may be copied from");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : static_cast<int>(Exit::Usage);
  }
  return run(app, std::move(line));
}
