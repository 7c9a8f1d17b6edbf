// SPDX-License-Identifier: Apache-2.0
// z5 send, cosign: requests that were signed before, here or with another tool.
#include <fmt/format.h>

#include "consumers/cli/command.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/evidence/sigstore/bundle.h"

namespace z5::cli {
namespace {

struct Flags {
  std::string file, ticket, out;
  std::vector<std::string> keys, evidence;
};

// A request as --out writes it, or the bundle of one signer.
Result<ledger::CommandRequest> read_request(const std::string& path) {
  Z5_TRY(const Bytes text, read_file(path, limits::kMaxRequest));
  const auto json = parse_json(text, limits::kMaxRequest);
  if (!json.ok()) return invalid(fmt::format("{}: {}", path, json.error().message));
  if (json->is_object() && json->contains("mediaType")) return ledger::CommandRequest{{text}, {}};
  auto request = ledger::parse_request(text);
  if (!request.ok()) return invalid(fmt::format("{}: {}", path, request.error().message));
  return request;
}

Result<Outcome> send_file(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(ledger::CommandRequest request, read_request(flags.file));
  std::vector<std::string> files = flags.evidence;
  if (!flags.ticket.empty()) files.push_back(flags.ticket);
  for (const std::string& file : files) {
    Z5_TRY(Bytes bytes, read_file(file, limits::kMaxDocument));
    const Digest digest = sha256(bytes);
    request.attachments.insert_or_assign(digest, std::move(bytes));
  }
  return send(installation, request);
}

Result<Outcome> cosign(const Globals&, const Flags& flags) {
  Z5_TRY(ledger::CommandRequest request, read_request(flags.file));
  const auto bundle = sigstore::parse_bundle(request.bundles[0]);
  if (!bundle.ok() || !bundle->envelope) return invalid(flags.file + ": holds no signed command");
  Z5_CHECK(identity::parse_command(bundle->envelope->payload));
  Z5_CHECK(sign(bundle->envelope->payload, flags.keys, request.bundles));
  const std::string& out = flags.out.empty() ? flags.file : flags.out;
  Z5_CHECK(write_file(out, ledger::write_request(request) + "\n"));
  Z5_TRY(Json statement, parse_json(bundle->envelope->payload));
  return Outcome{
      .text = fmt::format("{}: signed by {}\n{}\n", out, request.bundles.size(), statement.dump(2)),
      .document = {{"out", out}, {"signatures", request.bundles.size()}, {"statement", statement}},
      .exit = 0};
}

}  // namespace

void add_sending(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "send", "send what was signed before",
      [](CLI::App& verb, Flags& flags) {
        verb.add_option("file", flags.file, "a request (--out), or a bundle")->required();
        verb.add_option("--ticket", flags.ticket, "the change ticket that it names");
        add_list(verb, "--evidence", flags.evidence, "a document that it names");
      },
      send_file);
  add_verb<Flags>(
      app, chosen, "cosign", "add a signature to a request; shows what is signed",
      [](CLI::App& verb, Flags& flags) {
        verb.add_option("file", flags.file, "a request (--out), or a bundle")->required();
        add_list(verb, "--key", flags.keys, "private key")->required();
        verb.add_option("--out", flags.out, "write here instead of over the file");
      },
      cosign);
}

}  // namespace z5::cli
