// SPDX-License-Identifier: Apache-2.0
// z5 manifest, attest, evidence check: what needs no ledger.
#include <fmt/format.h>

#include "consumers/cli/files.h"
#include "consumers/cli/verbs.h"
#include "ledger/clock.h"
#include "ledger/evidence/check.h"
#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/sigstore/check.h"
#include "ledger/keys/dsse.h"

namespace z5::cli {
namespace {

struct ManifestFlags {
  std::string folder, ignore;
};

Result<Outcome> manifest(const Globals&, const ManifestFlags& flags) {
  Z5_TRY(const document::Manifest manifest,
         document::hash_directory(flags.folder, {.ignore = flags.ignore, .threads = 0}));
  Json files = Json::array();
  for (const document::ManifestFile& file : manifest.files) {
    files.push_back({{"path", file.path}, {"sha256", file.digest.hex()}});
  }
  return Outcome{
      .text = manifest.text(),
      .document = {{"model_digest", manifest.digest().text()}, {"files", std::move(files)}},
      .exit = 0};
}

struct AttestFlags {
  std::string key, type, predicate, subject, out;
};

Result<Outcome> attest(const Globals&, const AttestFlags& flags) {
  if (flags.type.starts_with("urn:z5:command:")) {
    return invalid("--type: a command is no evidence; sign commands with their own verbs");
  }
  if (flags.type.find(':') == std::string::npos) return invalid("--type: not a URI");
  const std::size_t at = flags.subject.rfind('@');
  if (at == std::string::npos) return invalid("--subject: expected NAME@sha256:HEX");
  const auto digest = digest_from_text(std::string_view(flags.subject).substr(at + 1));
  if (!digest.ok()) return invalid("--subject: " + digest.error().message);
  Z5_TRY(const Bytes text, read_file(flags.predicate, limits::kMaxDocument));
  const auto predicate = parse_json(text);
  if (!predicate.ok())
    return invalid(fmt::format("{}: {}", flags.predicate, predicate.error().message));
  if (!predicate->is_object())
    return invalid(fmt::format("{}: is no JSON object", flags.predicate));
  Z5_TRY(const keys::PrivateKey key, keys::PrivateKey::load(flags.key));
  const Json subject = {{"name", flags.subject.substr(0, at)},
                        {"digest", {{"sha256", digest->hex()}}}};
  const Json statement = {{"_type", "https://in-toto.io/Statement/v1"},
                          {"subject", Json::array({subject})},
                          {"predicateType", flags.type},
                          {"predicate", *predicate}};
  const std::string bundle = keys::sign_bundle(statement.dump(), key);
  Z5_CHECK(write_file(flags.out, bundle));
  const std::string name = sha256(bundle).text();
  return Outcome{.text = fmt::format("{} {}\n", flags.out, name),
                 .document = {{"out", flags.out}, {"digest", name}, {"type", flags.type}},
                 .exit = 0};
}

struct CheckFlags {
  std::string kind, file, artifact, model, type, log, sct, at, key, anchor, trusted_root, identity,
      issuer, vex_signer;
};

void declare_check(CLI::App& verb, CheckFlags& flags) {
  const auto needs = CLI::IsMember({"required", "none"});
  verb.add_option("file", flags.file, "the document")->required();
  verb.add_option("--kind", flags.kind, "what it should be")
      ->required()
      ->check(CLI::IsMember({"oms", "bundle", "provenance", "sbom", "vex", "scan", "model-card"}));
  verb.add_option("--artifact", flags.artifact, "what was signed: a file or sha256:HEX");
  verb.add_option("--model", flags.model, "the model's folder");
  verb.add_option("--type", flags.type, "predicateType; required for an envelope");
  verb.add_option("--log", flags.log, "transparency log entry")->check(needs);
  verb.add_option("--sct", flags.sct, "certificate timestamp")->check(needs);
  verb.add_option("--at", flags.at, "judge as of this time (RFC 3339)");
  verb.add_option("--key", flags.key, "public key of the signer");
  verb.add_option("--anchor", flags.anchor, "root certificates of the signer");
  verb.add_option("--trusted-root", flags.trusted_root, "Sigstore trusted_root.json");
  verb.add_option("--identity", flags.identity, "who must have signed");
  verb.add_option("--issuer", flags.issuer, "who must have vouched for the signer");
  verb.add_option("--vex-signer", flags.vex_signer, "public key whose VEX statements count");
}

Outcome answer_of(const std::string& kind, const Verdict<Json>& verdict) {
  if (!verdict.ok()) {
    Outcome no = outcome_of(verdict.error());
    no.document["accepted"] = false;
    return no;
  }
  Json document = *verdict;
  document["accepted"] = true;
  document["kind"] = kind;
  return {.text = document.dump(2) + "\n", .document = document, .exit = 0};
}

Result<Outcome> check_document(const CheckFlags& flags) {
  // One byte more than a document may have: its parser refuses it, as evidence.
  Z5_TRY(const Bytes bytes, read_start(flags.file, limits::kMaxDocument + 1));
  evidence::CheckRequest request;
  request.kind = flags.kind == "sbom"   ? evidence::CheckKind::Sbom
                 : flags.kind == "vex"  ? evidence::CheckKind::Vex
                 : flags.kind == "scan" ? evidence::CheckKind::Scan
                                        : evidence::CheckKind::ModelCard;
  request.bytes = bytes;
  if (!flags.vex_signer.empty()) {
    Z5_TRY(request.vex_signer, keys::load_public_key(flags.vex_signer));
  }
  return answer_of(flags.kind, evidence::check(request));
}

sigstore::Need need_of(const std::string& text) {
  return text == "required" ? sigstore::Need::Required : sigstore::Need::None;
}

Result<Outcome> check_signature(const CheckFlags& flags) {
  sigstore::CheckRequest request;
  request.kind = flags.kind == "oms"      ? sigstore::CheckKind::Oms
                 : flags.kind == "bundle" ? sigstore::CheckKind::Bundle
                                          : sigstore::CheckKind::Provenance;
  request.file = flags.file;
  const auto set = [](auto& field, const std::string& text) {
    if (!text.empty()) field = text;
  };
  set(request.artifact, flags.artifact);
  set(request.model, flags.model);
  set(request.type, flags.type);
  set(request.key, flags.key);
  set(request.anchor, flags.anchor);
  set(request.trusted_root, flags.trusted_root);
  set(request.identity, flags.identity);
  set(request.issuer, flags.issuer);
  if (!flags.log.empty()) request.log = need_of(flags.log);
  if (!flags.sct.empty()) request.sct = need_of(flags.sct);
  if (!flags.at.empty()) {
    Z5_TRY(request.at, from_rfc3339(flags.at));
  }
  request.now = ledger::machine_clock().wall();
  Z5_TRY(const Verdict<Json> verdict, sigstore::check(request));
  return answer_of(flags.kind, verdict);
}

Result<Outcome> check(const Globals&, const CheckFlags& flags) {
  const bool is_signature =
      flags.kind == "oms" || flags.kind == "bundle" || flags.kind == "provenance";
  return is_signature ? check_signature(flags) : check_document(flags);
}

}  // namespace

void add_evidence(CLI::App& app, Verb& chosen) {
  add_verb<ManifestFlags>(
      app, chosen, "manifest", "a model's manifest; its SHA-256 is the model digest",
      [](CLI::App& verb, ManifestFlags& flags) {
        verb.add_option("dir", flags.folder, "the model's folder")->required();
        verb.add_option("--ignore", flags.ignore, "the signature file, relative to the folder");
      },
      manifest);
  add_verb<AttestFlags>(
      app, chosen, "attest", "sign an in-toto Statement about a digest",
      [](CLI::App& verb, AttestFlags& flags) {
        verb.add_option("--key", flags.key, "private key")->required();
        verb.add_option("--type", flags.type, "predicateType")->required();
        verb.add_option("--predicate", flags.predicate, "JSON file")->required();
        verb.add_option("--subject", flags.subject, "NAME@sha256:HEX")->required();
        verb.add_option("--out", flags.out, "the bundle")->required();
      },
      attest);
  CLI::App* evidence = app.add_subcommand("evidence", "look at evidence without a ledger");
  evidence->require_subcommand(1);
  add_verb<CheckFlags>(*evidence, chosen, "check", "0 accepted, 1 refused", declare_check, check);
}

}  // namespace z5::cli
