// SPDX-License-Identifier: Apache-2.0
#include "replay/verb.h"

#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "ledger/carrier.h"
#include "schemas/time.h"

namespace z5::replay {
namespace {

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::Conflict:
      return 1;
    case ErrorCode::Invalid:
      return 2;
    case ErrorCode::Unavailable:
      return 3;
    case ErrorCode::Corrupt:
      return 4;
  }
  return 4;
}

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::Invalid:
      return "invalid";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Corrupt:
      return "corrupt";
  }
  return "corrupt";
}

int report(const Source& source, const Result<Outcome>& outcome) {
  if (outcome.ok()) {
    fmt::print("{}\n", source.json ? canonical_json(outcome->document) : outcome->text);
    return outcome->exit;
  }
  const Error& error = outcome.error();
  if (source.json) {
    fmt::print(
        "{}\n",
        canonical_json({{"error", {{"code", code_name(error.code)}, {"message", error.message}}}}));
  } else {
    fmt::print(stderr, "z5-replay: {}: {}\n", code_name(error.code), error.message);
  }
  return exit_status(error.code);
}

void add_source(CLI::App& verb, Source& source) {
  if (verb.get_name() != "mirror") {  // which names its source itself
    verb.add_option(
            "--log", source.log,
            "file:PATH of the entries file, or of the folder that holds it, or kafka:HOST:PORT/ID")
        ->required();
  }
  verb.add_option(
      "--kafka", source.kafka,
      "file with a [kafka] table: how to reach a cluster that asks for TLS or a password");
  verb.add_option("--trust", source.trust, "trust.json: which ledger, and its keys")->required();
  verb.add_option("--checkpoint", source.checkpoint,
                  "a checkpoint kept earlier: the log must contain it");
  verb.add_option(
      "--evidence", source.evidence,
      "folder of the evidence documents; on Kafka it is filled from the ledger's own topic");
  verb.add_flag("--json", source.json, "one document on stdout");
}

}  // namespace

Result<OnKafka> on_kafka(std::string_view address, const Source& source) {
  if (!address.starts_with(ledger::kKafkaScheme)) return invalid("expected kafka:HOST:PORT/ID");
  Z5_TRY(ledger::LogAddress parsed, ledger::parse_log_address(address, source.kafka));
  return OnKafka{std::move(parsed.cluster), std::move(parsed.ledger)};
}

Result<std::unique_ptr<log::Reader>> open_log(const Source& source, log::Position from) {
  const auto address = ledger::parse_log_address(source.log, source.kafka);
  if (!address.ok()) return invalid("--log: " + address.error().message);
  return ledger::log_opener(*address, source.evidence)(from);
}

Status Audit::finish() const {
  Z5_CHECK(verifier.finish());
  if (verifier.head().size() == 0)
    return corrupt("entry 0: the log is empty, but trust.json names its genesis");
  if (checkpoint.empty()) return Done{};
  const auto kept = chain::verify_checkpoint(checkpoint, verifier.head().trust);
  if (!kept.ok()) return corrupt("--checkpoint: " + kept.error().message);
  return Done{};
}

Result<Audit> open_audit(const Source& source) {
  Z5_TRY(chain::Trust trust, chain::load_trust(source.trust));
  Audit audit{nullptr, chain::Verifier(chain::empty_head(std::move(trust))), {}};
  if (!source.checkpoint.empty()) {
    Z5_TRY(const auto note, chain::read_checkpoint_file(source.checkpoint));
    if (!note) return invalid("--checkpoint: no such file");
    Z5_TRY(const chain::Checkpoint kept,
           chain::parse_checkpoint_note(*note));  // its keys are known at the end
    Z5_CHECK(audit.verifier.expect(kept));
    audit.checkpoint = *note;
  }
  Z5_TRY(audit.reader, open_log(source));
  return audit;
}

Json describe(const Audit& audit) {
  const chain::Head& head = audit.verifier.head();
  const chain::Checkpoint now{head.trust.origin, head.size(), head.tree.root()};
  return {{"origin", head.trust.origin},
          {"ledger", head.trust.genesis.text()},
          {"size", std::to_string(head.size())},
          {"root", head.tree.root().text()},
          {"recorded_at", to_rfc3339(head.recorded_at)},
          {"truncation_excluded", !audit.checkpoint.empty()},
          {"checkpoint_text", now.text()}};
}

std::string describe_text(const Audit& audit) {
  const chain::Head& head = audit.verifier.head();
  std::string text = fmt::format("ledger {} ({})\n{} entries, root {}, last group at {}",
                                 head.trust.origin, head.trust.genesis.text(), head.size(),
                                 head.tree.root().text(), to_rfc3339(head.recorded_at));
  if (audit.checkpoint.empty()) {
    text +=
        "\nno --checkpoint was given: a log that was cut at the end of a group would not be "
        "noticed";
  } else {
    text += "\nthe kept checkpoint is part of this log";
  }
  return text;
}

int run(int argc, const char* const* argv) {
  CLI::App app("Audits a Z5 ledger from its log and trust.json alone.", "z5-replay");
  app.require_subcommand(1);
  const std::vector<Verb> verbs = {add_verify(app),  add_checkpoint(app), add_export(app),
                                   add_rebuild(app), add_as_of(app),      add_report(app),
                                   add_explain(app), add_mirror(app)};
  Source source;
  const std::vector<CLI::App*> subcommands = app.get_subcommands([](CLI::App*) { return true; });
  for (CLI::App* subcommand : subcommands) add_source(*subcommand, source);
  try {  // CLI11 reports usage by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    if (subcommands[i]->parsed()) return report(source, verbs[i](source));
  }
  return 2;
}

}  // namespace z5::replay
