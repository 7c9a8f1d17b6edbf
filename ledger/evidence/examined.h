// SPDX-License-Identifier: Apache-2.0
// One document after examine(): what it says, in the form that facts need, and whose key signed it.
// Immutable.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/evidence/document/decision_record.h"
#include "ledger/evidence/document/manifest.h"
#include "ledger/evidence/document/model_card.h"
#include "ledger/evidence/document/sbom.h"
#include "ledger/evidence/facts.h"
#include "ledger/evidence/predicate.h"
#include "ledger/evidence/sigstore/oms.h"

namespace z5::evidence {

// A Sigstore bundle whose signature one of the given keys made, or somebody with a certificate
// under one of the roots.
struct SignedDocument {
  Digest signer;  // SHA-256 of the key's SPKI; zeros when it was signed with a certificate
  // What the signature is about: the subjects of a Statement, or the digest of the one artifact (a
  // cosign blob).
  std::string predicate_type;  // empty for a blob signature
  std::vector<Digest> subjects;
  std::variant<std::monostate, sigstore::SignedModel, Predicate> content;
  // Of a certificate: under which roots, and as whom, it was signed. Of a key: which trusted logs
  // and timestamp authorities say when. Whether they hold now is TrustRoots::admits' to say.
  std::vector<sigstore::Ground> grounds = {};
};

class Examined {
 public:
  using Content = std::variant<Refusal, document::Manifest, SignedDocument, document::Sbom,
                               document::ModelCard, document::DecisionRecord>;

  const std::string& kind() const { return kind_; }
  const Digest& digest() const { return digest_; }
  const Content& content() const { return content_; }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&content_);
  }

 private:
  friend ExaminedDocument examine(std::string_view kind, std::string_view bytes,
                                  const Signers& signers);
  Examined(std::string kind, Digest digest, Content content)
      : kind_(std::move(kind)), digest_(digest), content_(std::move(content)) {}

  std::string kind_;
  Digest digest_;
  Content content_;
};

}  // namespace z5::evidence
