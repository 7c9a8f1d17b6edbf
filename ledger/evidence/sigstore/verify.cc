// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/verify.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/log_body.h"
#include "ledger/evidence/sigstore/refusal.h"
#include "ledger/evidence/sigstore/rekor.h"
#include "ledger/evidence/sigstore/sct.h"
#include "ledger/evidence/sigstore/timestamp.h"

namespace z5::sigstore {
namespace {

Bytes hash(const char* algorithm, std::string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  Z5_ASSERT(EVP_Q_digest(nullptr, algorithm, nullptr, data.data(), data.size(), out, &size) == 1);
  return {reinterpret_cast<char*>(out), size};
}

// The hash that belongs to the key; Ed25519 takes messages, logs then name SHA-512.
const char* hash_name(keys::Algorithm algorithm) {
  switch (algorithm) {
    case keys::Algorithm::P384:
      return "SHA384";
    case keys::Algorithm::P521:
    case keys::Algorithm::Ed25519:
      return "SHA512";
    case keys::Algorithm::P256:
    case keys::Algorithm::Rsa:
      return "SHA256";
  }
  return "SHA256";
}

// The artifact's digest under a hash; nothing when only SHA-256 is known and another is asked.
std::optional<Bytes> digest_of(const Artifact& artifact, std::string_view name) {
  if (name == "SHA256") return Bytes(artifact.sha256.view());
  if (!artifact.bytes) return std::nullopt;
  return hash(std::string(name).c_str(), *artifact.bytes);
}

Refusal needs_bytes() {
  return refuse("artifact-missing",
                "artifact: this key's hash needs the bytes, a SHA-256 digest is not enough");
}

}  // namespace

// The steps of one verify(); only they can fill a Verified.
class Verification {
 public:
  Verification(const Bundle& bundle, const Asked& asked, const Policy& policy)
      : bundle_(bundle), asked_(asked), policy_(policy) {}

  Verdict<Verified> run() {
    Z5_CHECK(read_content());
    Z5_CHECK(bundle_.key_hint ? find_key() : read_certificates());
    Z5_CHECK(check_log());
    Z5_CHECK(check_timestamps());
    Z5_CHECK(settle_time());
    Z5_CHECK(out_.certificate_ ? trust_certificate() : trust_key());
    return std::move(out_);
  }

 private:
  Verdict<Done> read_content() {
    if (asked_.artifact) out_.artifact_ = asked_.artifact->sha256;
    if (bundle_.message) return read_message();
    Z5_TRY(signed_text_, signed_text(bundle_));
    Z5_TRY(out_.statement_, parse_statement(bundle_.envelope->payload));
    if (asked_.predicate_type.empty() || out_.statement_->predicate_type != asked_.predicate_type) {
      return refuse("predicate-type",
                    fmt::format("predicateType: expected '{}', found '{}'", asked_.predicate_type,
                                out_.statement_->predicate_type.substr(0, 128)));
    }
    if (asked_.artifact) Z5_CHECK(names_subject(*out_.statement_, asked_.artifact->sha256));
    return Done{};
  }

  Verdict<Done> read_message() {
    if (!asked_.artifact)
      return refuse("artifact-missing", "messageSignature: needs the artifact or its digest");
    const MessageSignature& message = *bundle_.message;
    if (message.digest.empty()) return Done{};
    const std::string_view stated = message.digest_algorithm;
    const auto computed = digest_of(*asked_.artifact, stated == "SHA2_256"   ? "SHA256"
                                                      : stated == "SHA2_384" ? "SHA384"
                                                                             : "SHA512");
    if (!computed) return needs_bytes();
    if (*computed != message.digest)
      return refuse("subject-mismatch", "messageDigest: of another artifact");
    return Done{};
  }

  // The bundle's signature is `key`'s over the content.
  Verdict<Done> check_signature(const keys::PublicKey& key) const {
    const Refusal bad = refuse("signature-invalid", "signature: does not verify");
    if (bundle_.envelope) {
      if (!verify_message(key, signed_text_, bundle_.envelope->signature)) return bad;
      return Done{};
    }
    const Bytes& signature = bundle_.message->signature;
    if (key.algorithm() == keys::Algorithm::Ed25519) {
      if (!asked_.artifact->bytes) return needs_bytes();
      if (!verify_message(key, *asked_.artifact->bytes, signature)) return bad;
      return Done{};
    }
    const auto digest = digest_of(*asked_.artifact, hash_name(key.algorithm()));
    if (!digest) return needs_bytes();
    if (!verify_digest(key, *digest, signature)) return bad;
    return Done{};
  }

  Verdict<Done> find_key() {
    if (policy_.keys.empty())
      return refuse("key-material", "bundle: signed by a key, but no key is trusted");
    if (policy_.identity || policy_.issuer) {
      return refuse("key-material",
                    "bundle: signed by a key, but a certificate's identity is asked for");
    }
    Refusal last;
    for (std::size_t i = 0; i < policy_.keys.size(); ++i) {
      const auto checked = check_signature(policy_.keys[i].key);
      if (checked.ok()) {
        out_.kind_ = SignerKind::ManagedKey;
        out_.key_ = policy_.keys[i].key;
        out_.key_index_ = i;
        return Done{};
      }
      last = checked.error();
    }
    return last;
  }

  Verdict<Done> read_certificates() {
    if (policy_.anchors.empty() && policy_.trusted_root == nullptr) {
      return refuse("key-material", "bundle: signed by a certificate, but no root is trusted");
    }
    constexpr std::string_view kRule = "certificate-malformed";
    for (const Bytes& der : bundle_.certificates) {
      Z5_TRY(Certificate certificate, under(kRule, Certificate::from_der(der)));
      given_.push_back(std::move(certificate));
    }
    out_.certificate_ = given_.front();
    out_.key_ = given_.front().key();
    given_.erase(given_.begin());
    return check_signature(*out_.key_);
  }

  Verdict<Done> check_log() {
    if (policy_.log == Need::None) return Done{};
    if (policy_.trusted_root == nullptr)
      return refuse("log-missing", "policy: a log is required, none is trusted");
    if (bundle_.log_entries.empty())
      return refuse("log-missing", "bundle: no transparency log entry");
    SignedThing thing;
    thing.signature = bundle_.signature();
    thing.is_certificate = out_.certificate_.has_value();
    thing.verifier = out_.certificate_ ? out_.certificate_->der() : out_.key_->spki();
    const char* name = hash_name(out_.key_->algorithm());
    if (bundle_.envelope) {
      thing.message_hash = hash(name, signed_text_);
      thing.payload = out_.statement_->payload_digest;
    } else {
      const auto digest = digest_of(*asked_.artifact, name);
      if (!digest) return needs_bytes();
      thing.message_hash = *digest;
    }
    for (const LogEntry& entry : bundle_.log_entries) {
      Z5_CHECK(binds(entry, thing));
      Z5_TRY(const LoggedEntry logged, verify_entry(bundle_.version, entry, *policy_.trusted_root));
      if (logged.time) out_.times_.push_back(*logged.time);
      logs_.push_back(logged.log);
      ++out_.log_entries_;
    }
    return Done{};
  }

  // Each timestamp must verify, not only the earliest: two that disagree are a reason to doubt
  // both. Without any trusted authority they cannot be judged and count for nothing.
  Verdict<Done> check_timestamps() {
    const bool trusted =
        policy_.trusted_root != nullptr && !policy_.trusted_root->timestamp_authorities.empty();
    if (trusted) {
      for (const Bytes& stamp : bundle_.timestamps) {
        Z5_TRY(const Time time,
               verify_timestamp(stamp, bundle_.signature(), *policy_.trusted_root));
        out_.times_.push_back(time);
        ++out_.timestamps_;
      }
    }
    if (policy_.timestamp == Need::Required && out_.timestamps_ == 0) {
      return refuse("timestamp-missing", "bundle: no timestamp of a trusted authority");
    }
    return Done{};
  }

  Verdict<Done> settle_time() {
    if (out_.times_.empty()) {
      if (out_.certificate_ && policy_.log == Need::Required) {
        return refuse("timestamp-missing",
                      "bundle: neither log nor timestamp say when it was signed");
      }
      if (left()) return Done{};
      out_.signed_at_ = policy_.signed_at;
      times_ = {policy_.signed_at};
    } else {
      out_.signed_at_ = *std::min_element(out_.times_.begin(), out_.times_.end());
      times_ = out_.times_;
    }
    for (const Time time : times_) {
      for (const TrustedLog* log : logs_) {
        if (!log->window.covers(time))
          return refuse("trust-window", "log entry: its log was not trusted at that time");
      }
      if (policy_.trusted_root != nullptr && !left()) {
        Z5_CHECK(policy_.trusted_root->window.admits(time, policy_.now, "trusted root"));
      }
    }
    return Done{};
  }

  bool left() const { return policy_.times == TimeOfJudgment::Left; }

  Verdict<Done> trust_key() {
    if (left()) return Done{};
    const Window& window = policy_.keys[out_.key_index_].window;
    for (const Time time : times_) {
      Z5_CHECK(window.admits(time, policy_.now, "key"));
    }
    return Done{};
  }

  Verdict<Done> trust_certificate() {
    Z5_CHECK(may_sign_code(*out_.certificate_));
    Z5_TRY(const std::vector<Certificate> path, find_path());
    Z5_CHECK(not_revoked(path, policy_.revocations));
    for (const RevocationList& list : policy_.revocations) {
      if (!left()) Z5_CHECK(list.is_current(policy_.now));
    }
    for (const Certificate& each : path) {
      out_.valid_from_ = std::max(out_.valid_from_, each.not_before());
      out_.valid_to_ =
          out_.valid_to_.is_set() ? std::min(out_.valid_to_, each.not_after()) : each.not_after();
    }
    if (policy_.sct == Need::Required) {
      if (policy_.trusted_root == nullptr)
        return refuse("sct-missing", "policy: an SCT is required, no log is trusted");
      Z5_CHECK(verify_sct(*out_.certificate_, path[std::min<std::size_t>(1, path.size() - 1)],
                          *policy_.trusted_root));
      out_.has_sct_ = true;
    }
    return check_identity();
  }

  // Private anchors first, then the trusted root's authorities one by one: an authority's window
  // belongs to the path that leads to it.
  Verdict<std::vector<Certificate>> find_path() {
    Refusal last = refuse("certificate-chain", "certificate: no trusted authority");
    for (const Anchor& anchor : policy_.anchors) {
      out_.kind_ = SignerKind::PrivateCertificate;
      auto path = path_to_anchor(*out_.certificate_, given_, {&anchor.certificate, 1}, times_);
      if (path.ok()) {
        Z5_CHECK(admits(anchor.window));
        return path;
      }
      last = path.error();
    }
    if (policy_.trusted_root == nullptr) return last;
    for (const Certificate& each : given_) {
      if (each.is_self_signed())
        return refuse("certificate-root-in-bundle", "bundle: brings its own root certificate");
    }
    for (const TrustedAuthority& authority : policy_.trusted_root->certificate_authorities) {
      out_.kind_ = SignerKind::Keyless;
      std::vector<Certificate> untrusted = given_;
      untrusted.insert(untrusted.end(), authority.chain.begin(), authority.chain.end() - 1);
      auto path =
          path_to_anchor(*out_.certificate_, untrusted, {&authority.chain.back(), 1}, times_);
      if (path.ok()) {
        const auto admitted = admits(authority.window);
        if (admitted.ok()) return path;
        last = admitted.error();
      } else if (last.rule != "trust-window") {
        last = path.error();
      }
    }
    return last;
  }

  // An authority's own window in a trusted root is part of the document: judged at the verified
  // times always, and there is always one.
  Verdict<Done> admits(const Window& window) const {
    for (const Time time : times_) {
      Z5_CHECK(window.admits(time, policy_.now, "certificate authority"));
    }
    return Done{};
  }

  Verdict<Done> check_identity() {
    const auto identity = out_.certificate_->identity();
    const auto issuer = out_.certificate_->oidc_issuer();
    if (identity.ok()) out_.identity_ = *identity;
    if (issuer.ok()) out_.issuer_ = *issuer;
    if (policy_.identity) {
      if (!identity.ok()) return identity.error();
      if (*identity != *policy_.identity)
        return refuse("certificate-identity", "certificate: of another identity");
    }
    if (policy_.issuer) {
      if (!issuer.ok()) return issuer.error();
      if (*issuer != *policy_.issuer)
        return refuse("certificate-issuer", "certificate: of another OpenID issuer");
    }
    return Done{};
  }

  const Bundle& bundle_;
  const Asked& asked_;
  const Policy& policy_;
  std::string signed_text_;         // pre-authentication encoding, for an envelope
  std::vector<Certificate> given_;  // the bundle's certificates behind the leaf: they prove nothing
  std::vector<const TrustedLog*> logs_;
  std::vector<Time> times_;  // at which trust is judged
  Verified out_;
};

Verdict<Verified> verify(const Bundle& bundle, const Asked& asked, const Policy& policy) {
  return Verification(bundle, asked, policy).run();
}

}  // namespace z5::sigstore
