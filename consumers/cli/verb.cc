// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "consumers/cli/verbs.h"
#include "ledger/policy/signals.h"
#include "ledger/serve.h"

namespace z5::cli {
namespace {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::Invalid:
      return "invalid";
    case ErrorCode::Corrupt:
      return "corrupt";
  }
  return "corrupt";
}

void print(const Json& document) {
  const std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int report(const Globals& globals, const Result<Outcome>& result) {
  if (!result.ok()) {
    const Error& error = result.error();
    std::fprintf(stderr, "z5: %s\n", error.message.c_str());
    if (globals.json) {
      print({{"error", {{"code", code_name(error.code)}, {"message", error.message}}}});
    }
    return ledger::exit_code(error);
  }
  if (globals.json) {
    print(result->document);
  } else {
    std::fwrite(result->text.data(), 1, result->text.size(), stdout);
  }
  return result->exit;
}

bool wants_json(int argc, const char* const* argv) {
  return std::any_of(argv, argv + argc,
                     [](const char* word) { return std::string_view(word) == "--json"; });
}

}  // namespace

Outcome outcome_of(const No& no) {
  Outcome outcome{.text = "", .document = {{"refusal", Json::array()}}, .exit = no.exit};
  for (const Refusal& refusal : no.refusals) {
    outcome.text += fmt::format("{}: {}\n", refusal.rule, refusal.reason);
    outcome.document["refusal"].push_back({{"rule", refusal.rule}, {"reason", refusal.reason}});
  }
  return outcome;
}

Outcome outcome_of(const Refusal& refusal) { return outcome_of(No{1, {refusal}}); }

CLI::Option* add_list(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
                      const std::string& text) {
  return verb.add_option(name, values, text)->allow_extra_args(false);
}

int run(int argc, const char* const* argv) {
  CLI::App app("Z5: model registry and governance ledger.", "z5");
  Globals globals;
  Verb chosen;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--home", globals.home, "the ledger's home")->envname("Z5_HOME");
  app.add_flag("--json", globals.json, "one JSON document on stdout");
  for (const auto add :
       {add_keys, add_init, add_services, add_evidence, add_submissions, add_transitions,
        add_approvals, add_actors, add_policy, add_trust, add_reads, add_permits, add_sending}) {
    add(app, chosen);
  }
  app.add_option("--via", globals.via, "how commands reach the ledger: http, or kafka (its topic)")
      ->check(CLI::IsMember({"http", "kafka"}));
  policy::put_handlers_on_alternate_stack();
  try {  // CLI11 reports usage by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    if (wants_json(argc, argv)) {
      print({{"error", {{"code", "usage"}, {"message", error.what()}}}});
    }
    app.exit(error);
    return 2;
  }
  try {  // nlohmann's, where an answer has a field of another type than its contract says
    return report(globals, chosen(globals));
  } catch (const Json::exception& error) {
    return report(globals,
                  corrupt(std::string("a service's answer is malformed: ") + error.what()));
  }
}

}  // namespace z5::cli
