// SPDX-License-Identifier: Apache-2.0
// The roots of trust of a ledger, as an immutable snapshot that threads share; the fold makes the
// next one. Who signed with a certificate is found in two steps, so that the costly one can run
// early and be kept:
//   grounds  everything that needs cryptography: signature, chain, SCT, log, timestamps
//   admits   what time decides, as of now: windows, withdrawal, revocation lists. No cryptography
// There is no yes without both. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/evidence/sigstore/trust_document.h"
#include "ledger/evidence/sigstore/verify.h"

namespace z5::sigstore {

// SHA-256(issuer 0x00 subject): what the ledger knows of a keyless identity. Exact bytes: no case
// folding, no e-mail rules.
Digest identity_digest(std::string_view issuer, std::string_view subject);
// Printable ASCII without blanks: what looks alike must not be two identities. Issuer or subject.
bool is_identity_text(std::string_view text);
// The issuer of everybody whom private root `name` certifies, whatever its certificates say: such a
// root speaks for nobody else's accounts.
std::string issuer_of_root(std::string_view name);

struct TrustRoot {
  std::string name;  // slug
  Window window;
  std::shared_ptr<const TrustDocument> document;
};

// Why a bundle's signer may count: under this root, somebody of this identity.
struct Ground {
  std::string root;
  Digest document;            // of the root as it was then
  Digest identity;            // zeros for a managed key
  std::vector<Time> times;    // verified by log or timestamp authority
  Time valid_from, valid_to;  // of the signer's path; what judges a signature without verified time
};

class TrustRoots {
 public:
  const std::map<std::string, TrustRoot, std::less<>>& all() const { return roots_; }
  const TrustRoot* find(std::string_view name) const;
  // Grows by one with each change; lets a later step see that trust changed since an earlier one.
  std::uint64_t version() const { return version_; }
  // Of everything that is trusted here; equal trust has equal digests.
  const Digest& digest() const { return digest_; }

  // A copy in which `root` stands under its name from `at` on. A withdrawal is for ever, and of the
  // document whatever its name; invalid_since only ever moves to earlier times; both take effect at
  // once, so neither lies in the future (an end that is planned is valid_to). Everything else may
  // be replaced. Refusals: `root-window` (ends before it begins), `root-future`, `root-withdrawn`,
  // `root-void` (invalid_since was earlier), `root-unchanged`, `root-too-many`.
  Verdict<std::shared_ptr<const TrustRoots>> with(TrustRoot root, Time at) const;

  // For a bundle with a certificate: at least one ground. Refusals: `key-material` (a bundle of a
  // managed key, or no root is trusted), else those of verify() under the last root tried, and
  // `certificate-identity`, `certificate-issuer` (the signer states none).
  Verdict<std::vector<Ground>> grounds(const Bundle& bundle, const Asked& asked) const;
  // What trusted logs and timestamp authorities say about a bundle that `key` signed; none is no
  // refusal. Refusals are verify()'s: a known log's entry must be good, and bound to this
  // signature.
  Verdict<std::vector<Ground>> witnesses(const Bundle& bundle, const Asked& asked,
                                         const keys::PublicKey& key) const;
  // The verified time (else `recorded`), when the ground holds for what was first recorded then and
  // is judged now. Refusals: `trust-changed` (not the root that it was found under), those of
  // Window, `timestamp-future` (verified times after `recorded`), `certificate-expired`,
  // `crl-expired`.
  Verdict<Time> admits(const Ground& ground, Time recorded, Time now) const;

 private:
  std::map<std::string, TrustRoot, std::less<>> roots_;
  std::uint64_t version_ = 0;
  Digest digest_;
};

}  // namespace z5::sigstore
