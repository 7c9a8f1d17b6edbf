// SPDX-License-Identifier: Apache-2.0
// z5 approve, withdraw-approval. What an approver signs is exactly what the ledger showed: the
// field of view is fetched once, printed, and signed.
#include <fmt/format.h>

#include "consumers/cli/command.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"

namespace z5::cli {
namespace {

struct ApproveFlags {
  std::string ref, role, ticket;
  bool print = false;
  SigningFlags signing;
};

void declare_approve(CLI::App& verb, ApproveFlags& flags) {
  verb.add_option("ref", flags.ref, "tenant/model:version")->required();
  verb.add_option("--role", flags.role, "security or product")
      ->required()
      ->check(CLI::IsMember({"security", "product"}));
  verb.add_option("--ticket", flags.ticket, "the change ticket that is approved")->required();
  verb.add_flag("--print", flags.print, "only the Statement, to sign elsewhere");
  add_signing_flags(verb, flags.signing);
  verb.get_option("--key")->required(false);
}

constexpr std::string_view kSigned[] = {"stage_to", "evidence_root", "facts",
                                        "policy",   "engine",        "serving"};

Result<Draft> draft_of(const ApproveFlags& flags, const Json& view) {
  Draft draft{.kind = identity::Kind::Approve, .ref = flags.ref};
  Z5_TRY(const std::string model, json_string(view, "model_digest", "view"));
  Z5_TRY(draft.subject, digest_from_text(model));
  draft.fields = {{"role", flags.role}};
  for (const std::string_view field : kSigned) {
    Z5_TRY(draft.fields[std::string(field)], json_string(view, field, "view"));
  }
  Z5_TRY(Bytes ticket, read_file(flags.ticket, limits::kMaxCard));
  const Digest digest = sha256(ticket);
  draft.fields["ticket"] = digest.text();
  draft.attachments.emplace(digest, std::move(ticket));
  return draft;
}

// For people: what is signed, and what does not count.
std::string describe(const Draft& draft, const Json& view) {
  std::string text = fmt::format("approves {}\n  model {}\n", draft.ref, draft.subject.text());
  for (const auto& [name, value] : draft.fields.items()) {
    text += fmt::format("  {} {}\n", name, value.get<std::string>());
  }
  if (!view.contains("notes") || !view["notes"].is_array()) return text;
  for (const Json& note : view["notes"]) {
    text += fmt::format("  does not count: {} {} ({}: {})\n", note.value("kind", ""),
                        note.value("digest", ""), note.value("rule", ""), note.value("reason", ""));
  }
  return text;
}

Result<Outcome> approve(const Globals& globals, const ApproveFlags& flags) {
  if (flags.signing.key.empty() && !flags.print) return invalid("--key is required");
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const auto view, field_of_view(installation, flags.ref));
  if (!view.ok()) return outcome_of(view.error());
  Z5_TRY(const Draft draft, draft_of(flags, *view));
  if (flags.print) {
    Z5_TRY(const std::string statement, compose(installation, draft, flags.signing));
    Z5_TRY(Json document, parse_json(statement));
    return Outcome{.text = statement + "\n", .document = std::move(document), .exit = 0};
  }
  Z5_TRY(Outcome outcome, carry_out(installation, draft, flags.signing));
  outcome.text = describe(draft, *view) + outcome.text;
  outcome.document["view"] = draft.fields;
  outcome.document["view"]["ref"] = draft.ref;
  outcome.document["view"]["model_digest"] = draft.subject.text();
  return outcome;
}

struct WithdrawFlags {
  std::string ref;
  SigningFlags signing;
};

Result<Outcome> withdraw(const Globals& globals, const WithdrawFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const auto model, model_digest_of(installation, flags.ref, flags.signing));
  if (!model.ok()) return outcome_of(model.error());
  return carry_out(installation,
                   {.kind = identity::Kind::WithdrawApproval, .ref = flags.ref, .subject = *model},
                   flags.signing);
}

}  // namespace

void add_approvals(CLI::App& app, Verb& chosen) {
  add_verb<ApproveFlags>(app, chosen, "approve", "sign what the ledger shows about a version",
                         declare_approve, approve);
  add_verb<WithdrawFlags>(
      app, chosen, "withdraw-approval", "take an approval back",
      [](CLI::App& verb, WithdrawFlags& flags) {
        verb.add_option("ref", flags.ref, "tenant/model:version")->required();
        add_signing_flags(verb, flags.signing);
        verb.add_option("--model-digest", flags.signing.model_digest,
                        "of the version, to sign without asking");
      },
      withdraw);
}

}  // namespace z5::cli
