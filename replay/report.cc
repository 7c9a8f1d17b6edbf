// SPDX-License-Identifier: Apache-2.0
// z5-replay report REF: the whole life of a version, who did what when on what evidence.
#include <fmt/format.h>

#include <memory>

#include "replay/history.h"

namespace z5::replay {
namespace {

Result<Outcome> report(const Source& source, const std::string& ref) {
  Z5_TRY([[maybe_unused]] const Reference reference, parse_reference(ref));
  Z5_TRY(Audit audit, open_audit(source));
  gate::State state;
  Json life = Json::array();
  std::string lines;
  Z5_CHECK(relive(audit, state, [&](const Moment& moment) -> Status {
    if (event_reference(moment.entry) != ref) return Done{};
    life.push_back(moment_json(moment.entry, moment.hash));
    lines += moment_line(moment.entry) + '\n';
    return Done{};
  }));
  const auto version = state.version(ref);
  Outcome outcome;
  outcome.document = describe(audit);
  outcome.document.update({{"ref", ref},
                           {"life", life},
                           {"version", version ? version_json(*version) : Json()},
                           {"serving", state.serving(reference.name()) == ref},
                           {"admin_threshold", std::to_string(state.quorum().admin)}});
  if (!version) {
    outcome.exit = 1;
    outcome.text = fmt::format("{} was never submitted\n{}{}", ref, lines, describe_text(audit));
    return outcome;
  }
  outcome.text = fmt::format(
      "{}: {}{}{}\nmodel {}\nbound to policy {}\nrests on {} documents, facts {}\n\n{}\n{}", ref,
      fb::EnumNameStage(version->stage), version->hold ? ", on hold" : "",
      state.serving(reference.name()) == ref ? ", serving" : "", version->model_digest.text(),
      version->policy.text(), version->documents.size(), version->facts.text(), lines,
      describe_text(audit));
  for (const gate::HeldDocument& held : version->documents) {
    outcome.text += fmt::format("\n  {} {}", gate::document_kinds()[held.kind], held.digest.text());
  }
  if (state.quorum().admin == 1)
    outcome.text += "\nadmin_threshold is 1: one person alone governs this ledger (a lab)";
  return outcome;
}

}  // namespace

Verb add_report(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("report", "the whole life of a version");
  const auto ref = std::make_shared<std::string>();
  verb->add_option("REF", *ref, "tenant/model:version")->required();
  return [ref](const Source& source) { return report(source, *ref); };
}

}  // namespace z5::replay
