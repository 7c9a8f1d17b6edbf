// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/check.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "ledger/evidence/sigstore/oms.h"
#include "ledger/evidence/sigstore/provenance.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

namespace fs = std::filesystem;

// The file's bytes, at most `limit` and one more, so that a reader sees that it is too large.
Result<std::string> read_file(const fs::path& path, std::size_t limit) {
  std::error_code problem;
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path, problem)) {
    return invalid(
        fmt::format("{}: {}", path.string(), errno != 0 ? std::strerror(errno) : "not a file"));
  }
  std::string out(std::min<std::uintmax_t>(fs::file_size(path, problem), limit + 1), '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (!file) return invalid(fmt::format("{}: cannot be read to its end", path.string()));
  return out;
}

struct Loaded {
  std::string bundle;
  std::string artifact_bytes;
  std::optional<Artifact> artifact;
  Policy policy;
  std::optional<TrustedRoot> trusted_root;
  std::optional<Refusal> refusal;  // of the trusted root
};

Result<Artifact> load_artifact(const std::string& text, std::string& bytes) {
  std::error_code problem;
  if (!fs::exists(text, problem)) {
    const auto digest = digest_from_text(text);
    if (!digest.ok()) return invalid(fmt::format("{}: neither a file nor sha256:<hex>", text));
    return Artifact{*digest, std::nullopt};
  }
  if (fs::file_size(text, problem) <= limits::kMaxArtifactBytes) {
    Z5_TRY(bytes, read_file(text, limits::kMaxArtifactBytes));
    return Artifact::of(bytes);
  }
  std::ifstream file(text, std::ios::binary);
  std::vector<char> buffer(limits::kHashRead);
  Sha256 hasher;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0) {
    hasher.update({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (!file.eof()) return invalid(fmt::format("{}: cannot be read to its end", text));
  return Artifact{hasher.finish(), std::nullopt};
}

Status load(const CheckRequest& request, Loaded& out) {
  Z5_TRY(out.bundle, read_file(request.file, limits::kMaxBundle));
  if (request.artifact) {
    Z5_TRY(out.artifact, load_artifact(*request.artifact, out.artifact_bytes));
  }
  if (request.key) {
    Z5_TRY(keys::PublicKey key, keys::load_public_key(request.key->string()));
    out.policy.keys.push_back({std::move(key), {}});
  }
  if (request.anchor) {
    Z5_TRY(const std::string pem, read_file(*request.anchor, limits::kMaxTrustedRoot));
    Z5_TRY(const auto anchors, certificates_from_pem(pem));
    for (const Certificate& each : anchors) out.policy.anchors.push_back({each, {}});
  }
  if (request.trusted_root) {
    Z5_TRY(const std::string json, read_file(*request.trusted_root, limits::kMaxTrustedRoot));
    auto root = parse_trusted_root(json);
    if (!root.ok())
      out.refusal = root.error();
    else
      out.trusted_root = *std::move(root);
  }
  return Done{};
}

void settle_policy(const CheckRequest& request, Loaded& loaded) {
  Policy& policy = loaded.policy;
  if (loaded.trusted_root) policy.trusted_root = &*loaded.trusted_root;
  const Need usual = policy.trusted_root != nullptr ? Need::Required : Need::None;
  policy.log = request.log.value_or(usual);
  policy.sct = request.sct.value_or(usual);
  policy.timestamp = request.timestamp.value_or(Need::None);
  policy.identity = request.identity;
  policy.issuer = request.issuer;
  policy.now = request.at.value_or(request.now);
  policy.signed_at = policy.now;
}

std::string_view name_of(SignerKind kind) {
  switch (kind) {
    case SignerKind::ManagedKey:
      return "key";
    case SignerKind::PrivateCertificate:
      return "certificate";
    case SignerKind::Keyless:
      return "keyless";
  }
  return "";
}

Json report_of(const Verified& verified) {
  Json signer = {{"kind", name_of(verified.kind())}, {"key", verified.key().digest().text()}};
  if (!verified.identity().empty()) signer["identity"] = verified.identity();
  if (!verified.issuer().empty()) signer["issuer"] = verified.issuer();
  if (verified.certificate()) signer["certificate"] = verified.certificate()->digest().text();
  Json report = {{"verified", true},
                 {"signer", std::move(signer)},
                 {"signed_at", to_rfc3339(verified.signed_at())},
                 {"log_entries", verified.log_entries()},
                 {"timestamps", verified.timestamps()},
                 {"sct", verified.has_sct()}};
  report["verified_times"] = Json::array();
  for (const Time time : verified.times()) report["verified_times"].push_back(to_rfc3339(time));
  if (verified.artifact()) report["artifact"] = verified.artifact()->text();
  if (const auto& statement = verified.statement()) {
    report["predicate_type"] = statement->predicate_type;
    report["payload_digest"] = statement->payload_digest.text();
    report["subjects"] = Json::array();
    for (const Subject& subject : statement->subjects) {
      report["subjects"].push_back({{"name", subject.name}, {"digest", subject.digest}});
    }
  }
  return report;
}

Json report_of(const SignedModel& model) {
  Json out = {{"name", model.name}, {"files", model.files.size()}};
  if (model.shard_size != 0) out["shards"] = model.shards.size();
  return out;
}

Result<Verdict<Json>> check_oms(const CheckRequest& request, const Bundle& bundle,
                                const Loaded& loaded) {
  using Answer = Verdict<Json>;
  const Policy& policy = loaded.policy;
  const bool trusts_nothing =
      policy.keys.empty() && policy.anchors.empty() && policy.trusted_root == nullptr;
  if (trusts_nothing && !request.model && !request.identity && !request.issuer) {
    const auto model = read_oms(bundle);
    if (!model.ok()) return Answer(model.error());
    return Answer(Json{{"kind", "oms"}, {"verified", false}, {"model", report_of(*model)}});
  }
  const auto verified = verify_oms(bundle, policy);
  if (!verified.ok()) return Answer(verified.error());
  if (request.model) {
    Z5_TRY(const Verdict<Done> same,
           matches_directory(verified->model, *request.model, request.file));
    if (!same.ok()) return Answer(same.error());
  }
  if (loaded.artifact) {
    const auto& files = verified->model.files;
    if (files.size() != 1 || files.front().digest != loaded.artifact->sha256) {
      return Answer(refuse("subject-mismatch", "artifact: is not the signed model's one file"));
    }
  }
  Json report = report_of(verified->signature);
  report["kind"] = "oms";
  report["model"] = report_of(verified->model);
  return Answer(std::move(report));
}

Verdict<Json> check_bundle(const CheckRequest& request, const Bundle& bundle,
                           const Loaded& loaded) {
  Asked asked{loaded.artifact, request.type.value_or("")};
  if (request.kind == CheckKind::Provenance) {
    if (!bundle.envelope) return refuse("bundle-content", "bundle: expected a dsseEnvelope");
    Z5_TRY(const Statement statement, parse_statement(bundle.envelope->payload));
    Z5_CHECK(claimed_builder(statement));
    if (!request.type) asked.predicate_type = statement.predicate_type;
  }
  Z5_TRY(const Verified verified, verify(bundle, asked, loaded.policy));
  const auto& statement = verified.statement();
  const bool is_provenance =
      statement && (statement->predicate_type == kSlsaV1 || statement->predicate_type == kSlsaV02);
  if (is_provenance && verified.kind() == SignerKind::Keyless && !request.identity) {
    Z5_CHECK(signer_backs_builder(*statement, verified.identity()));
  }
  Json report = report_of(verified);
  report["kind"] = request.kind == CheckKind::Provenance ? "provenance" : "bundle";
  return report;
}

}  // namespace

Result<Verdict<Json>> check(const CheckRequest& request) {
  using Answer = Verdict<Json>;
  Loaded loaded;
  Z5_CHECK(load(request, loaded));
  if (loaded.refusal) return Answer(*loaded.refusal);
  settle_policy(request, loaded);
  const auto bundle = parse_bundle(loaded.bundle);
  if (!bundle.ok()) return Answer(bundle.error());
  if (request.kind == CheckKind::Oms) return check_oms(request, *bundle, loaded);
  if (request.kind == CheckKind::Bundle && request.model) {
    if (request.type && *request.type != kOmsPredicateType) {
      return Answer(
          refuse("predicate-type", "a model directory is checked against model signatures only"));
    }
    return check_oms(request, *bundle, loaded);
  }
  return check_bundle(request, *bundle, loaded);
}

}  // namespace z5::sigstore
