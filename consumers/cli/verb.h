// SPDX-License-Identifier: Apache-2.0
// What the verbs of z5 share: how a verb joins the command line, and how what it found out becomes
// output and exit status (0 yes, 1 refused, 2 usage or malformed, 3 unavailable, 4 integrity). A
// group of verbs is one file; it declares flags and gives back what to run. One thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "schemas/json.h"
#include "schemas/result.h"

namespace z5::cli {

// Flags that every verb takes.
struct Globals {
  std::string home;
  bool json = false;         // one document on stdout, whatever happens
  std::string via = "http";  // how commands travel: or "kafka"
};

// What a verb found out: text for people, the same as a document, and the exit status.
struct Outcome {
  std::string text;
  Json document = Json::object();
  int exit = 0;
};

// A no of a service or of the verb itself: each reason, and 1 (refused) or 2 (malformed).
struct No {
  int exit = 1;
  std::vector<Refusal> refusals;
};
// {"refusal": [{rule, reason}…]}; as text one line "rule: reason" each.
Outcome outcome_of(const No& no);
Outcome outcome_of(const Refusal& refusal);

using Verb = std::function<Result<Outcome>(const Globals&)>;

// Adds `name` below `parent`: `declare` binds flags, `run` is what the verb does; it becomes
// `chosen` when the command line names it.
template <class Flags>
void add_verb(CLI::App& parent, Verb& chosen, const std::string& name, const std::string& text,
              const std::function<void(CLI::App&, Flags&)>& declare,
              std::function<Result<Outcome>(const Globals&, const Flags&)> run) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = parent.add_subcommand(name, text);
  declare(*verb, *flags);
  verb->callback([&chosen, flags, run = std::move(run)] {
    chosen = [flags, run](const Globals& globals) { return run(globals, *flags); };
  });
}
// An option that may be given several times, one value each.
CLI::Option* add_list(CLI::App& verb, const std::string& name, std::vector<std::string>& values,
                      const std::string& text);

// Runs the program: answers on stdout, what went wrong on stderr.
int run(int argc, const char* const* argv);

}  // namespace z5::cli
