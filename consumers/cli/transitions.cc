// SPDX-License-Identifier: Apache-2.0
// The verbs that move or mark a version: stage, promote, rebind, quarantine, lift-quarantine,
// revoke, rollback, annotate, label.
#include <fmt/format.h>

#include "consumers/cli/documents.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"

namespace z5::cli {
namespace {

struct Flags {
  std::string ref, to = "approved", ticket, reason, review_by;
  std::vector<std::string> words;  // tags or labels
  SigningFlags signing;
};

void declare(CLI::App& verb, Flags& flags) {
  verb.add_option("ref", flags.ref, "tenant/model:version")->required();
  add_signing_flags(verb, flags.signing);
  verb.add_option("--model-digest", flags.signing.model_digest,
                  "of the version, to sign without asking");
}

Result<Outcome> act(const Globals& globals, const Flags& flags, identity::Kind kind, Json fields,
                    gate::Attachments attachments = {}) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const auto model, model_digest_of(installation, flags.ref, flags.signing));
  if (!model.ok()) return outcome_of(model.error());
  return carry_out(installation,
                   {.kind = kind,
                    .ref = flags.ref,
                    .subject = *model,
                    .fields = std::move(fields),
                    .attachments = std::move(attachments)},
                   flags.signing);
}

void add_plain(CLI::App& app, Verb& chosen, identity::Kind kind, const char* text) {
  add_verb<Flags>(app, chosen, std::string(identity::kind_text(kind)), text, declare,
                  [kind](const Globals& globals, const Flags& flags) {
                    return act(globals, flags, kind, Json::object());
                  });
}

Result<Outcome> promote(const Globals& globals, const Flags& flags) {
  if (flags.to == "staging") return act(globals, flags, identity::Kind::Stage, Json::object());
  if (flags.ticket.empty())
    return invalid("--ticket: the change ticket of the promotion is missing");
  Z5_TRY(Bytes ticket, read_file(flags.ticket, limits::kMaxCard));
  const Digest digest = sha256(ticket);
  return act(globals, flags, identity::Kind::Promote, {{"ticket", digest.text()}},
             {{digest, std::move(ticket)}});
}

void add_promote(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "promote", "Staging to Approved, or Candidate to Staging",
      [](CLI::App& verb, Flags& flags) {
        declare(verb, flags);
        verb.add_option("--to", flags.to, "staging or approved")
            ->check(CLI::IsMember({"staging", "approved"}));
        verb.add_option("--ticket", flags.ticket, "the change ticket");
      },
      promote);
}

void add_quarantine(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "quarantine", "hold a version under investigation",
      [](CLI::App& verb, Flags& flags) {
        declare(verb, flags);
        verb.add_option("--reason", flags.reason, "why, as a slug")->required();
        verb.add_option("--review-by", flags.review_by, "RFC 3339 time; alerts, never lifts")
            ->required();
      },
      [](const Globals& globals, const Flags& flags) {
        return act(globals, flags, identity::Kind::Quarantine,
                   {{"reason", flags.reason}, {"review_by", flags.review_by}});
      });
}

void add_revoke(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "revoke", "block a version, for good",
      [](CLI::App& verb, Flags& flags) {
        declare(verb, flags);
        verb.add_option("--reason", flags.reason, "why, as a slug")->required();
      },
      [](const Globals& globals, const Flags& flags) {
        return act(globals, flags, identity::Kind::Revoke, {{"reason", flags.reason}});
      });
}

// Verbs of the command line whose kind this ledger may not know yet.
void add_rollback(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(app, chosen, "rollback", "serve the version before again", declare,
                  [](const Globals& globals, const Flags& flags) -> Result<Outcome> {
                    const auto kind = identity::parse_command_kind("rollback");
                    if (!kind.ok()) return invalid("rollback: this ledger has no such command yet");
                    return act(globals, flags, *kind, Json::object());
                  });
}

void add_words(CLI::App& app, Verb& chosen, identity::Kind kind, const char* what,
               const char* text) {
  add_verb<Flags>(
      app, chosen, std::string(identity::kind_text(kind)), text,
      [what](CLI::App& verb, Flags& flags) {
        declare(verb, flags);
        verb.add_option(what, flags.words, what)->required();
      },
      [kind](const Globals& globals, const Flags& flags) -> Result<Outcome> {
        if (kind == identity::Kind::Label)
          return act(globals, flags, kind, {{"labels", flags.words}});
        Z5_TRY(Json tags, tags_of(flags.words));
        return act(globals, flags, kind, {{"tags", std::move(tags)}});
      });
}

}  // namespace

void add_transitions(CLI::App& app, Verb& chosen) {
  add_plain(app, chosen, identity::Kind::Stage, "Candidate to Staging");
  add_promote(app, chosen);
  add_plain(app, chosen, identity::Kind::Rebind, "bind a version to the policy that is active now");
  add_quarantine(app, chosen);
  add_plain(app, chosen, identity::Kind::LiftQuarantine, "end a quarantine (two revokers)");
  add_revoke(app, chosen);
  add_rollback(app, chosen);
  add_words(app, chosen, identity::Kind::Annotate, "tags", "add dated tags k=v");
  add_words(app, chosen, identity::Kind::Label, "labels", "set the labels of a version");
}

}  // namespace z5::cli
