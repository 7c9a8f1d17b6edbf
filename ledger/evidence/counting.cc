// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/counting.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/sigstore/image.h"
#include "schemas/limits.h"

namespace z5::evidence {
namespace {

class Counter {
 public:
  Counter(const Version& version, const Signers& signers, const document::Manifest* manifest)
      : version_(version), signers_(signers), manifest_(manifest) {}

  // The document with its signer, when it counts; without one for unsigned kinds.
  Verdict<Counted> count(const Submitted& submitted) const {
    const Examined& examined = *submitted.examined;
    if (examined.digest() != submitted.digest || examined.kind() != submitted.kind) {
      return Refusal{"document-digest", "the bytes are not those of this entry"};
    }
    if (const auto* refusal = examined.as<Refusal>()) return *refusal;
    if (const auto* manifest = examined.as<document::Manifest>()) {
      if (manifest != manifest_) return Refusal{"manifest-other", "not the manifest of this model"};
      return Counted{&submitted};
    }
    if (const auto* document = examined.as<SignedDocument>())
      return count_signed(submitted, *document);
    return Counted{&submitted};
  }

 private:
  Verdict<Counted> count_signed(const Submitted& submitted, const SignedDocument& document) const {
    if (manifest_ == nullptr)
      return Refusal{"manifest-missing", "no manifest with the model digest was submitted"};
    Z5_TRY(const Counted counted, signer_of(submitted, document));
    const Signer* signer = counted.signer;
    const bool is_model = submitted.kind == "signature";
    const bool is_image = submitted.kind == "image-signature";
    const std::string_view role =
        is_model || is_image ? "model-signer" : role_for(document.predicate_type);
    if (!signer->roles.contains(std::string(role))) {
      return Refusal{"signer-role", fmt::format("{} is no {} of this tenant", signer->actor, role)};
    }
    Z5_TRY(const Done subject, is_model   ? check_model(document)
                               : is_image ? check_image(document)
                                          : check_subject(document));
    (void)subject;
    const auto* predicate = std::get_if<Predicate>(&document.content);
    if (predicate != nullptr && predicate->ref && *predicate->ref != version_.ref) {
      return Refusal{"ref-mismatch", "its ref names another version"};
    }
    Z5_TRY(const Done plausible, check_scan(submitted, predicate));
    (void)plausible;
    return counted;
  }

  // Who signed, as of now, and when.
  Verdict<Counted> signer_of(const Submitted& submitted, const SignedDocument& document) const {
    if (document.signer.is_zero()) return identity_of(submitted, document);
    for (const Signer& signer : signers_.actors) {
      if (!signer.key || signer.key->digest() != document.signer) continue;
      Z5_CHECK(not_void(submitted, signer));
      Counted counted{&submitted, &signer};
      // Witnesses whose root is not trusted any more say nothing; the key still signed.
      for (const sigstore::Ground& ground : document.grounds) {
        const auto at = roots().admits(ground, submitted.first_recorded, signers_.now);
        if (at.ok()) counted.verified = std::min(counted.verified, *at);
      }
      return counted;
    }
    return Refusal{"signer-unknown", "its signer is no enrolled attest actor of this tenant"};
  }

  // The enrolled identity that signed, under a root that holds now.
  Verdict<Counted> identity_of(const Submitted& submitted, const SignedDocument& document) const {
    Refusal last{"signer-unknown", "its signer is no enrolled attest identity of this tenant"};
    for (const sigstore::Ground& ground : document.grounds) {
      const auto signer = std::find_if(
          signers_.actors.begin(), signers_.actors.end(),
          [&](const Signer& each) { return !each.key && each.identity == ground.identity; });
      if (signer == signers_.actors.end()) continue;
      Z5_CHECK(not_void(submitted, *signer));
      const auto at = roots().admits(ground, submitted.first_recorded, signers_.now);
      if (at.ok()) return Counted{&submitted, &*signer, *at};
      last = at.error();
    }
    return last;
  }

  const sigstore::TrustRoots& roots() const {
    static const sigstore::TrustRoots kNone;
    return signers_.trust ? *signers_.trust : kNone;
  }

  static Verdict<Done> not_void(const Submitted& submitted, const Signer& signer) {
    if (!signer.void_since.is_set() || submitted.first_recorded < signer.void_since) return Done{};
    return Refusal{"signer-void",
                   fmt::format("{} was retired before this was recorded", signer.actor)};
  }

  Verdict<Done> check_model(const SignedDocument& document) const {
    if (const auto* model = std::get_if<sigstore::SignedModel>(&document.content)) {
      std::vector<sigstore::FileDigest> files;
      for (const auto& file : manifest_->files) files.push_back({file.path, file.digest});
      return sigstore::matches_manifest(*model, files);
    }
    const bool same = manifest_->files.size() == 1 &&
                      document.subjects == std::vector{manifest_->files[0].digest};
    if (same) return Done{};
    return Refusal{"subject-mismatch", "a blob signature is for the one file of a one-file model"};
  }

  Verdict<Done> check_image(const SignedDocument& document) const {
    const auto& subjects = document.subjects;
    const bool named =
        !version_.container_digest.is_zero() &&
        std::find(subjects.begin(), subjects.end(), version_.container_digest) != subjects.end();
    if (named) return Done{};
    return Refusal{"subject-mismatch", "its subject is not the container digest"};
  }

  Verdict<Done> check_subject(const SignedDocument& document) const {
    const auto named = [&](const Digest& digest) {
      return std::find(document.subjects.begin(), document.subjects.end(), digest) !=
             document.subjects.end();
    };
    const bool all = std::all_of(manifest_->files.begin(), manifest_->files.end(),
                                 [&](const auto& file) { return named(file.digest); });
    if (named(version_.model_digest) || all) return Done{};
    return Refusal{"subject-mismatch",
                   "its subject is neither the model digest nor all files of the manifest"};
  }

  // A database from the future would never become old.
  static Verdict<Done> check_scan(const Submitted& submitted, const Predicate* predicate) {
    const auto* scan =
        predicate == nullptr ? nullptr : std::get_if<document::Scan>(&predicate->value);
    if (scan == nullptr || scan->db_updated_at <= submitted.first_recorded + limits::kClockSkew)
      return Done{};
    return Refusal{"scan-database", "scanner.db.lastUpdate lies after the time of recording"};
  }

  const Version& version_;
  const Signers& signers_;
  const document::Manifest* manifest_;
};

const document::Manifest* find_manifest(const Version& version,
                                        std::span<const Submitted> documents) {
  for (const Submitted& document : documents) {
    const auto* manifest = document.examined->as<document::Manifest>();
    if (manifest != nullptr && document.digest == version.model_digest &&
        document.examined->digest() == version.model_digest) {
      return manifest;
    }
  }
  return nullptr;
}

// A model must not vouch for itself: no assessor is the model's signer, as actor or as person.
bool signs_model(const Counting& counting, const Signer& assessor) {
  const auto models = counting.of_kind("signature");
  return std::any_of(models.begin(), models.end(), [&](const Counted* model) {
    return model->signer->actor == assessor.actor ||
           (!assessor.person.empty() && model->signer->person == assessor.person);
  });
}

}  // namespace

std::vector<const Counted*> Counting::newest_first() const {
  std::vector<const Counted*> sorted;
  for (const Counted& each : counted) sorted.push_back(&each);
  std::sort(sorted.begin(), sorted.end(), [](const Counted* a, const Counted* b) {
    return std::pair(a->verified_at(), a->document->digest) >
           std::pair(b->verified_at(), b->document->digest);
  });
  return sorted;
}

std::vector<const Counted*> Counting::of_kind(std::string_view kind) const {
  std::vector<const Counted*> found;
  for (const Counted* each : newest_first()) {
    if (each->document->kind == kind) found.push_back(each);
  }
  return found;
}

Counting count_documents(const Version& version, std::span<const Submitted> documents,
                         const Signers& signers) {
  Counting counting;
  counting.manifest = find_manifest(version, documents);
  const Counter counter(version, signers, counting.manifest);
  for (const Submitted& document : documents) {
    const auto counted = counter.count(document);
    if (counted.ok())
      counting.counted.push_back(*counted);
    else
      counting.notes.push_back(
          {document.kind, document.digest, counted.error().rule, counted.error().reason});
  }
  std::vector<Counted> independent;
  for (const Counted& each : counting.counted) {
    const bool vouches = each.signer != nullptr && each.predicate<SecurityDecision>() != nullptr &&
                         signs_model(counting, *each.signer);
    if (!vouches)
      independent.push_back(each);
    else
      counting.notes.push_back(
          {each.document->kind, each.document->digest, "signer-of-model",
           fmt::format("{} signed the model and cannot assess it", each.signer->actor)});
  }
  counting.counted = std::move(independent);
  return counting;
}

}  // namespace z5::evidence
