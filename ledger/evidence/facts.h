// SPDX-License-Identifier: Apache-2.0
// From documents to facts: what was verified about a version, never what somebody claims (DESIGN
// section 7.2, schemas/facts.schema.json). Two steps, so that the costly one runs outside the
// writer and can be kept:
//   examine        parses one document and finds the key, or the roots and the identity, that
//   signed it; depends on the bytes, the keys and the roots' documents only; collect_facts  decides
//   which documents count for this version as of now, and writes the facts; cheap, no cryptography.
// Facts hold verified times, never ages; no floats; nothing about the trust's version: so their
// digest is equal at approval and at promotion as long as nothing that matters changed. Pure; any
// thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/sigstore/trust_roots.h"
#include "ledger/keys/key.h"
#include "schemas/digest.h"
#include "schemas/json.h"
#include "schemas/time.h"

namespace z5::evidence {

// The kinds of evidence documents: the flag names of the command line.
// manifest, signature, image-signature, attestation, sbom, vex, model-card, scdr, adr.
bool is_document_kind(std::string_view kind);

// An enrolled attest actor as of now, for the tenant of the version.
struct Signer {
  std::string actor;
  std::string person;                  // the human behind it; empty for a workload
  std::optional<keys::PublicKey> key;  // or `identity`, below
  std::set<std::string> roles;         // for this tenant, without "@tenant": model-signer, builder,
                                       // assessor, evaluator, data-catalogue, vex-signer
  Time void_since;       // set when retired: a document first recorded from then on does not count
  Digest identity = {};  // SHA-256(issuer 0x00 subject) of an actor without a key
};
// Who may vouch, and under which roots, as of `now`.
struct Signers {
  std::vector<Signer> actors;
  std::shared_ptr<const sigstore::TrustRoots> trust;  // null: no root is trusted
  Time now;  // judges withdrawal and revocation lists; everything else is judged at verified times
};

// What one document says and whose key signed it, if it is a signed kind. Made by examine only;
// immutable, shared.
class Examined;
using ExaminedDocument = std::shared_ptr<const Examined>;

// Never fails: what is wrong with the document becomes a Note of collect_facts. Malformed,
// oversized, unsigned and signed-by-nobody documents are remembered as such. Only
// `signers.actors[].key` and `signers.trust` matter here.
ExaminedDocument examine(std::string_view kind, std::string_view bytes, const Signers& signers);

// A document as the version carries it.
struct Submitted {
  std::string kind;
  Digest digest;  // SHA-256 of its bytes
  ExaminedDocument examined;
  Time first_recorded;  // recorded_at of the entry that first carried it (the group's time while
                        // deciding)
  std::string attached_by;  // person behind that entry's command; empty for a workload
};

// What the version claims about itself: selects and binds evidence, never becomes a fact.
struct Version {
  std::string ref;  // "tenant/model:version"
  Digest model_digest;
  std::string run_id;
  std::string dataset;      // NAME@SNAPSHOT; empty = none named
  Digest container_digest;  // zeros = none
};

// Data of the policy bundle that facts depend on.
struct Data {
  std::set<std::string> blocking_severities = {"critical", "high", "unknown"};
};

// Why a document did not count.
struct Note {
  std::string kind;
  Digest digest;
  std::string rule;    // slug
  std::string reason;  // for people
};

// What a decision record asks for by a date.
struct Condition {
  Time due;
  Digest text;  // SHA-256
  auto operator<=>(const Condition&) const = default;
};

struct Collected {
  Json facts;           // schemas/facts.schema.json; every field present
  Digest facts_digest;  // SHA-256 of canonical_json(facts)
  std::vector<std::string>
      persons;              // behind any counted fact: signers and attachers; sorted, unique
  std::vector<Note> notes;  // in the order of `documents`
  // Dated ones of the newest SCDR and the newest ADR; sorted, unique.
  std::vector<Condition> conditions;
};

// `documents` must hold the manifest (kind "manifest") whose digest is the model digest: without it
// nothing can be bound to the model and nothing that is signed counts. Of several counting
// documents of one type the newest verified time wins, ties by the greater digest, and it wins also
// when it says FAIL.
Collected collect_facts(const Version& version, std::span<const Submitted> documents,
                        const Signers& signers, const Data& data = {});

// RFC 6962 root over the sorted set of lines `kind 0x00 hexdigest` of all documents; the empty
// tree's root is SHA-256 of nothing.
struct DocumentName {
  std::string kind;
  Digest digest;
  auto operator<=>(const DocumentName&) const = default;
};
Digest evidence_root(std::span<const DocumentName> documents);

}  // namespace z5::evidence
