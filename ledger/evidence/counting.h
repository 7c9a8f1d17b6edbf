// SPDX-License-Identifier: Apache-2.0
// Which documents count for a version, and which of several wins (DESIGN section 7.2). Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/examined.h"
#include "ledger/evidence/facts.h"

namespace z5::evidence {

// A document that counts: what it says and who stands behind it.
struct Counted {
  const Submitted* document = nullptr;
  const Signer* signer = nullptr;  // null for kinds that nobody signs
  // Of a trusted log or timestamp authority; else when it was first recorded.
  Time verified = document->first_recorded;

  Time verified_at() const { return verified; }
  const SignedDocument& signed_document() const {
    return *document->examined->as<SignedDocument>();
  }
  template <class T>
  const T* predicate() const {
    const auto* read = std::get_if<Predicate>(&signed_document().content);
    return read == nullptr ? nullptr : std::get_if<T>(&read->value);
  }
};

struct Counting {
  const document::Manifest* manifest = nullptr;  // null: nothing that is signed counts
  std::vector<Counted> counted;
  std::vector<Note> notes;

  // The counted ones of a kind or with a predicate of type T, newest first (ties: the greater
  // digest first).
  std::vector<const Counted*> of_kind(std::string_view kind) const;
  template <class T>
  std::vector<const Counted*> saying() const {
    std::vector<const Counted*> found;
    for (const Counted* each : newest_first()) {
      if (each->signer != nullptr && each->predicate<T>() != nullptr) found.push_back(each);
    }
    return found;
  }

 private:
  std::vector<const Counted*> newest_first() const;
};

Counting count_documents(const Version& version, std::span<const Submitted> documents,
                         const Signers& signers);

}  // namespace z5::evidence
