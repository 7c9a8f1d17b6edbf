// SPDX-License-Identifier: Apache-2.0
// z5 submit, attach: documents into the ledger.
#include <fmt/format.h>

#include <filesystem>

#include "consumers/cli/documents.h"
#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/evidence/document/manifest.h"

namespace z5::cli {
namespace {

struct SubmitFlags {
  std::string ref, model, manifest, run_id, dataset, container_digest;
  std::vector<std::string> artifact_uris, tags;
  DocumentFlags documents;
  SigningFlags signing;
  bool dry_run = false;
};

void declare_submit(CLI::App& verb, SubmitFlags& flags) {
  verb.add_option("ref", flags.ref, "tenant/model:version")->required();
  CLI::Option* model = verb.add_option("--model", flags.model, "the model's folder");
  verb.add_option("--manifest", flags.manifest, "its manifest (z5 manifest)")->excludes(model);
  add_document_flags(verb, flags.documents);
  verb.add_option("--run-id", flags.run_id, "the training run");
  verb.add_option("--dataset", flags.dataset, "NAME@SNAPSHOT");
  verb.add_option("--container-digest", flags.container_digest, "sha256:HEX of the image");
  add_list(verb, "--artifact-uri", flags.artifact_uris, "where the model's files are");
  add_list(verb, "--tag", flags.tags, "key=value");
  verb.add_flag("--dry-run", flags.dry_run, "list everything that is missing; append nothing");
  add_signing_flags(verb, flags.signing);
}

// The signature file as the model's folder names it; empty when it lies elsewhere. Signing tools
// put it there, and it cannot be part of what it signs.
std::string inside(const std::string& folder, const std::vector<std::string>& signatures) {
  namespace fs = std::filesystem;
  std::error_code problem;
  const fs::path root = fs::weakly_canonical(folder, problem);
  for (const std::string& signature : signatures) {
    const fs::path relative = fs::weakly_canonical(signature, problem).lexically_relative(root);
    if (!problem && !relative.empty() && *relative.begin() != "..")
      return relative.generic_string();
  }
  return "";
}

Result<std::string> manifest_text(const SubmitFlags& flags) {
  if (!flags.model.empty()) {
    const std::string ignore = inside(flags.model, flags.documents.signature);
    Z5_TRY(const document::Manifest manifest,
           document::hash_directory(flags.model, {.ignore = ignore, .threads = 0}));
    return manifest.text();
  }
  if (flags.manifest.empty()) return invalid("which model? give --model DIR or --manifest FILE");
  Z5_TRY(std::string text, read_file(flags.manifest, limits::kMaxDocument));
  const auto parsed = document::parse_manifest(text);
  if (!parsed.ok()) return invalid(fmt::format("{}: {}", flags.manifest, parsed.error().message));
  return text;
}

Result<Draft> draft_of(const SubmitFlags& flags) {
  Z5_CHECK(parse_reference(flags.ref));
  Z5_TRY(Documents documents, read_documents(flags.documents));
  Z5_TRY(const std::string manifest, manifest_text(flags));
  Draft draft{.kind = identity::Kind::Submit,
              .ref = flags.ref,
              .subject = sha256(manifest),
              .dry_run = flags.dry_run};
  documents.add("manifest", manifest);
  draft.fields["documents"] = std::move(documents.names);
  draft.attachments = std::move(documents.attachments);
  if (!flags.run_id.empty()) draft.fields["run_id"] = flags.run_id;
  if (!flags.dataset.empty()) draft.fields["dataset"] = flags.dataset;
  if (!flags.container_digest.empty()) draft.fields["container_digest"] = flags.container_digest;
  if (!flags.artifact_uris.empty()) draft.fields["artifact_uris"] = flags.artifact_uris;
  if (!flags.tags.empty()) {
    Z5_TRY(draft.fields["tags"], tags_of(flags.tags));
  }
  return draft;
}

Result<Outcome> submit(const Globals& globals, const SubmitFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(const Draft draft, draft_of(flags));
  Z5_TRY(Outcome outcome, carry_out(installation, draft, flags.signing));
  if (outcome.document.contains("sequence"))
    outcome.document["model_digest"] = draft.subject.text();
  return outcome;
}

struct AttachFlags {
  std::string ref;
  DocumentFlags documents;
  SigningFlags signing;
};

void declare_attach(CLI::App& verb, AttachFlags& flags) {
  verb.add_option("ref", flags.ref, "tenant/model:version")->required();
  add_document_flags(verb, flags.documents);
  add_signing_flags(verb, flags.signing);
  verb.add_option("--model-digest", flags.signing.model_digest,
                  "of the version, to sign without asking");
}

Result<Outcome> attach(const Globals& globals, const AttachFlags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_TRY(Documents documents, read_documents(flags.documents));
  if (documents.names.empty())
    return invalid("attach what? give --attestation, --scdr, --adr, --sbom or --vex");
  Z5_TRY(const auto model, model_digest_of(installation, flags.ref, flags.signing));
  if (!model.ok()) return outcome_of(model.error());
  return carry_out(installation,
                   {.kind = identity::Kind::Attach,
                    .ref = flags.ref,
                    .subject = *model,
                    .fields = {{"documents", std::move(documents.names)}},
                    .attachments = std::move(documents.attachments)},
                   flags.signing);
}

}  // namespace

void add_submissions(CLI::App& app, Verb& chosen) {
  add_verb<SubmitFlags>(app, chosen, "submit", "a signed model and its evidence into the catalogue",
                        declare_submit, submit);
  add_verb<AttachFlags>(app, chosen, "attach", "more evidence for a version", declare_attach,
                        attach);
}

}  // namespace z5::cli
