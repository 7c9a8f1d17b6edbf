// SPDX-License-Identifier: Apache-2.0
// What the verbs of z5-replay share: where the log is, who is trusted, and how an outcome becomes
// output and exit status. A verb is one file: it declares its arguments on a CLI11 subcommand and
// gives back what to run. Needs no running service and no home.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/head.h"
#include "ledger/chain/verifier.h"
#include "ledger/log/kafka/cluster.h"
#include "ledger/log/log.h"
#include "schemas/json.h"

namespace z5::replay {

// Arguments that every verb takes.
struct Source {
  std::string log;  // file:PATH | kafka:HOST:PORT/ID
  std::string
      kafka;  // file with a [kafka] table, where a cluster asks for TLS or a password; empty = none
  std::string trust;       // trust.json
  std::string checkpoint;  // a note that somebody kept; empty = none
  std::string evidence;    // folder of documents; empty = none
  bool json = false;
};

// What a verb found out: text for people, the same as a document, and the exit status of DESIGN (0
// yes, 1 refused).
struct Outcome {
  std::string text;
  Json document;
  int exit = 0;
};
using Verb = std::function<Result<Outcome>(const Source&)>;

// The verbs. Each adds its subcommand to `app` and returns what it does when chosen.
Verb add_verify(CLI::App& app);
Verb add_checkpoint(CLI::App& app);
Verb add_export(CLI::App& app);
Verb add_rebuild(CLI::App& app);
Verb add_as_of(CLI::App& app);
Verb add_report(CLI::App& app);
Verb add_explain(CLI::App& app);
Verb add_mirror(CLI::App& app);

// Runs the program: 0 yes, 1 refused, 2 usage or malformed, 3 unavailable, 4 integrity. Output goes
// to stdout, what went wrong to stderr; with --json one document to stdout in either case.
int run(int argc, const char* const* argv);

// A log that is being audited: its reader at the start, and a verifier that expects the kept
// checkpoint.
struct Audit {
  std::unique_ptr<log::Reader> reader;
  chain::Verifier verifier;
  std::string checkpoint;  // the note; empty = none was given

  // After the last record: whole groups only, the kept checkpoint reached, and signed by a key that
  // the chain holds for its size. Corrupt otherwise.
  Status finish() const;
};
// Invalid: the log's address, trust.json or the note is malformed. Unavailable: the log cannot be
// opened.
Result<Audit> open_audit(const Source& source);

// The log at source.log, from a position on and up to its end of now. Errors as open_audit.
Result<std::unique_ptr<log::Reader>> open_log(const Source& source, log::Position from = {});

// A ledger on Kafka: what follows "kafka:" in `address`, reached as source.kafka says.
struct OnKafka {
  kafka::Cluster cluster;
  std::string ledger;
};
Result<OnKafka> on_kafka(std::string_view address, const Source& source);

// What every report of a verified chain says, as document and as text.
Json describe(const Audit& audit);
std::string describe_text(const Audit& audit);

}  // namespace z5::replay
