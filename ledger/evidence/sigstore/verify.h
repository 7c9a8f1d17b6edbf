// SPDX-License-Identifier: Apache-2.0
// The verifier: a Sigstore bundle, what it should be about, and what the policy trusts → one
// Verified that holds every binding, or a refusal. There is no early yes: what the policy requires
// has been checked when a Verified exists. Pure; any thread; nothing is fetched.
//
// Order of judgment: content and signature, log entries, timestamps, then trust in the signer at
// the verified times. Chain, SCT, log and windows are judged at the verified time, withdrawal and
// revocation as of now.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/certificate.h"
#include "ledger/evidence/sigstore/revocation.h"
#include "ledger/evidence/sigstore/statement.h"
#include "ledger/evidence/sigstore/trusted_root.h"
#include "ledger/keys/key.h"
#include "schemas/digest.h"
#include "schemas/time.h"

namespace z5::sigstore {

enum class Need { None, Required };

// Left: an examination that is kept. What depends on when it is judged (the window of the whole
// trust, withdrawal, whether revocation lists are current, and without a verified time the
// validity of the signer's path) is not looked at and must be judged by the caller, who finds what
// that needs in Verified (see trust_roots.h, the only one who does this).
enum class TimeOfJudgment { Given, Left };

struct TrustedKey {
  keys::PublicKey key;
  Window window;
};
struct Anchor {
  Certificate certificate;
  Window window;
};

// Managed keys serve bundles with a key hint, anchors and the trusted root those with certificates.
// Log entries and timestamps count only with a trusted root.
struct Policy {
  std::vector<TrustedKey> keys;
  std::vector<Anchor> anchors;
  std::vector<RevocationList> revocations;    // of the anchors' authorities
  const TrustedRoot* trusted_root = nullptr;  // not owned
  std::optional<std::string> identity;        // exact subject alternative name
  std::optional<std::string> issuer;          // exact OpenID issuer
  Need log = Need::Required;
  Need timestamp = Need::None;  // an RFC 3161 timestamp besides the log's own time
  Need sct = Need::Required;
  Time signed_at;  // the signature's time when nothing verified says it (recorded_at)
  Time now;
  TimeOfJudgment times = TimeOfJudgment::Given;
};

// What the signature is asked to be about. `bytes` are needed where the key's hash is not SHA-256
// (P-384, P-521) or where the key signs messages (Ed25519).
struct Artifact {
  Digest sha256;
  std::optional<std::string_view> bytes;

  static Artifact of(std::string_view bytes) { return {z5::sha256(bytes), bytes}; }
};
struct Asked {
  std::optional<Artifact>
      artifact;  // required for a message signature; for an envelope: one of its subjects
  std::string predicate_type;  // required for an envelope: exactly this
};

enum class SignerKind { ManagedKey, PrivateCertificate, Keyless };

class Verified {
 public:
  SignerKind kind() const { return kind_; }
  const keys::PublicKey& key() const { return *key_; }
  std::size_t key_index() const { return key_index_; }       // into Policy::keys, for a managed key
  const std::string& identity() const { return identity_; }  // empty when the signer states none
  const std::string& issuer() const { return issuer_; }
  const std::optional<Certificate>& certificate() const { return certificate_; }
  const std::vector<Time>& times() const {
    return times_;
  }  // each verified by a log or timestamp authority
  // The earliest verified time; Policy::signed_at when there is none.
  Time signed_at() const { return signed_at_; }
  // Of a certificate: when every certificate up to the anchor is valid; closed ends.
  Time valid_from() const { return valid_from_; }
  Time valid_to() const { return valid_to_; }
  std::size_t log_entries() const { return log_entries_; }  // verified and bound
  std::size_t timestamps() const { return timestamps_; }
  bool has_sct() const { return has_sct_; }
  const std::optional<Statement>& statement() const { return statement_; }
  const std::optional<Digest>& artifact() const { return artifact_; }  // what it was bound to

 private:
  friend class Verification;
  SignerKind kind_ = SignerKind::ManagedKey;
  std::optional<keys::PublicKey> key_;
  std::size_t key_index_ = 0;
  std::string identity_, issuer_;
  std::optional<Certificate> certificate_;
  std::vector<Time> times_;
  Time signed_at_, valid_from_, valid_to_;
  std::size_t log_entries_ = 0, timestamps_ = 0;
  bool has_sct_ = false;
  std::optional<Statement> statement_;
  std::optional<Digest> artifact_;
};

// Refusals, besides those of the parts: `dsse-payload-type`, `predicate-type`, `subject-mismatch`,
// `artifact-missing`, `signature-invalid`, `key-material` (of a kind that the policy does not
// trust), `log-missing`, `timestamp-missing` (a certificate must be judged at a verified time when
// a log is required), `certificate-root-in-bundle`.
Verdict<Verified> verify(const Bundle& bundle, const Asked& asked, const Policy& policy);

}  // namespace z5::sigstore
