// SPDX-License-Identifier: Apache-2.0
// z5 trust set, withdraw, show: under which roots certificates count.
#include <fmt/format.h>

#include "consumers/cli/command.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/clock.h"
#include "ledger/evidence/sigstore/trust_document.h"

namespace z5::cli {
namespace {

// A ledger whose clock is behind ours by so much still takes a withdrawal as past.
constexpr auto kSlowClock = std::chrono::minutes(1);
constexpr std::string_view kTimes[] = {"valid_from", "valid_to", "withdrawn_at", "invalid_since"};

struct SetFlags {
  std::string root;
  std::vector<std::string> files;
  std::string valid_from, valid_to, invalid_since;
  SigningFlags signing;
};

// The root as the ledger has it: a command that names only what changes leaves the rest as it is.
Result<Expected<Draft, No>> draft_from(const Installation& installation, const std::string& name) {
  using Found = Expected<Draft, No>;
  Draft draft{.kind = identity::Kind::SetTrustRoot, .ref = "", .fields = {{"root", name}}};
  Z5_TRY(const auto trust, installation.read_json("/v1/trust"));
  if (!trust.ok()) return Found(trust.error());
  for (const Json& root : trust->value("roots", Json::array())) {
    if (root.value("root", "") != name) continue;
    Z5_TRY(draft.subject, digest_from_text(root.value("document", "")));
    for (const std::string_view time : kTimes) {
      if (root.contains(time)) draft.fields[std::string(time)] = root[std::string(time)];
    }
  }
  return Found(std::move(draft));
}

// One trusted_root.json, or PEM files one after another: anchors, and revocation lists.
Result<std::string> read_document(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    Z5_TRY(const Bytes bytes, read_file(file, limits::kMaxTrustedRoot));
    text += bytes;
    if (files.size() > 1 && !text.ends_with('\n')) text += '\n';
  }
  return text;
}

Result<Outcome> set(const Globals& globals, const SetFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto found, draft_from(installation, flags.root));
  if (!found.ok()) return outcome_of(found.error());
  Draft& draft = *found;
  if (!flags.files.empty()) {
    Z5_TRY(const std::string text, read_document(flags.files));
    const auto document = sigstore::parse_trust_document(text);
    if (!document.ok()) return outcome_of(document.error());
    draft.subject = document->digest;
    draft.fields["document"] = text;
  } else if (draft.subject.is_zero()) {
    return invalid(flags.root + ": is no root yet; give its FILE");
  }
  for (const auto& [name, value] : {std::pair{"valid_from", &flags.valid_from},
                                    {"valid_to", &flags.valid_to},
                                    {"invalid_since", &flags.invalid_since}}) {
    if (!value->empty()) draft.fields[name] = *value;
  }
  return carry_out(installation, draft, flags.signing);
}

struct WithdrawFlags {
  std::string root;
  SigningFlags signing;
};

Result<Outcome> withdraw(const Globals& globals, const WithdrawFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto found, draft_from(installation, flags.root));
  if (!found.ok()) return outcome_of(found.error());
  if (found->subject.is_zero()) return invalid(flags.root + ": is no root");
  const Time now = ledger::machine_clock().wall();
  found->fields["withdrawn_at"] = to_rfc3339(Time{(now - kSlowClock).seconds() * 1'000'000'000});
  return carry_out(installation, *found, flags.signing);
}

struct NoFlags {};

Result<Outcome> show(const Globals& globals, const NoFlags&) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(auto trust, installation.read_json("/v1/trust"));
  if (!trust.ok()) return outcome_of(trust.error());
  std::string text;
  for (const Json& root : trust->value("roots", Json::array())) {
    text += fmt::format("{} {} {}", root.value("root", ""), root.value("form", ""),
                        root.value("document", ""));
    for (const std::string_view time : kTimes) {
      if (root.contains(time))
        text += fmt::format(" {}={}", time, root.value(std::string(time), ""));
    }
    text += '\n';
  }
  if (text.empty()) text = "no root is trusted: only enrolled keys count\n";
  return Outcome{.text = std::move(text), .document = std::move(*trust), .exit = 0};
}

}  // namespace

void add_trust(CLI::App& app, Verb& chosen) {
  CLI::App* trust = app.add_subcommand("trust", "under which roots certificates count");
  trust->require_subcommand(1);
  add_verb<SetFlags>(
      *trust, chosen, "set", "trust a root, or change what is trusted under its name",
      [](CLI::App& verb, SetFlags& flags) {
        verb.add_option("name", flags.root, "the root's name, a slug")->required();
        verb.add_option("file", flags.files,
                        "trusted_root.json, or PEM: anchors and revocation lists; without it the "
                        "document stays");
        verb.add_option("--valid-from", flags.valid_from, "what was signed before does not count");
        verb.add_option("--valid-to", flags.valid_to, "what is signed after does not count");
        verb.add_option("--invalid-since", flags.invalid_since,
                        "what was signed or recorded since then is void");
        add_signing_flags(verb, flags.signing);
      },
      set);
  add_verb<WithdrawFlags>(
      *trust, chosen, "withdraw", "nothing under this root counts any more; for ever",
      [](CLI::App& verb, WithdrawFlags& flags) {
        verb.add_option("name", flags.root, "the root")->required();
        add_signing_flags(verb, flags.signing);
      },
      withdraw);
  add_verb<NoFlags>(
      *trust, chosen, "show", "which roots are trusted, and until when", [](CLI::App&, NoFlags&) {},
      show);
}

}  // namespace z5::cli
