// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/sigstore/trust_roots.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/evidence/sigstore/refusal.h"
#include "schemas/limits.h"

namespace z5::sigstore {
namespace {

Digest digest_of(const std::map<std::string, TrustRoot, std::less<>>& roots) {
  std::string text;
  for (const auto& [name, root] : roots) {
    const Window& window = root.window;
    text +=
        fmt::format("{} {} {} {} {} {}\n", name, root.document->digest.hex(), window.valid_from.ns,
                    window.valid_to.ns, window.withdrawn_at.ns, window.invalid_since.ns);
  }
  return sha256(text);
}

bool same(const Window& a, const Window& b) {
  return a.valid_from == b.valid_from && a.valid_to == b.valid_to &&
         a.withdrawn_at == b.withdrawn_at && a.invalid_since == b.invalid_since;
}

// Is `next` a change that may follow `before` (null: there was none)?
Verdict<Done> may_follow(const TrustRoot* before, const TrustRoot& next, Time at) {
  const Window& window = next.window;
  if (window.valid_from.is_set() && window.valid_to.is_set() && window.valid_to < window.valid_from)
    return refuse("root-window", "valid_to: before valid_from");
  if (window.withdrawn_at > at) {
    return refuse("root-future", "withdrawn_at: in the future; an end that is planned is valid_to");
  }
  if (window.invalid_since > at) return refuse("root-future", "invalid_since: in the future");
  if (before == nullptr) return Done{};
  const Time void_since = before->window.invalid_since;
  if (void_since.is_set() &&
      (!window.invalid_since.is_set() || window.invalid_since > void_since)) {
    return refuse("root-void", fmt::format("invalid_since: was {}, it only moves to earlier times",
                                           to_rfc3339(void_since)));
  }
  if (same(window, before->window) && next.document->digest == before->document->digest)
    return refuse("root-unchanged", fmt::format("root {}: nothing would change", next.name));
  return Done{};
}

Policy policy_of(const TrustDocument& document) {
  Policy policy;
  policy.times = TimeOfJudgment::Left;
  if (document.sigstore) {
    policy.trusted_root = &*document.sigstore;
  } else {
    policy.log = policy.sct = Need::None;
    policy.revocations = document.revocations;
  }
  return policy;
}

Verdict<Ground> ground_under(const TrustRoot& root, const Bundle& bundle, const Asked& asked,
                             const Policy& policy) {
  Z5_TRY(const Verified verified, verify(bundle, asked, policy));
  if (verified.identity().empty()) {
    return refuse("certificate-identity",
                  "certificate: expected exactly one subject alternative name");
  }
  const bool keyless = verified.kind() == SignerKind::Keyless;
  if (keyless && verified.issuer().empty())
    return refuse("certificate-issuer", "certificate: states no OpenID issuer");
  const std::string issuer = keyless ? verified.issuer() : issuer_of_root(root.name);
  return Ground{
      root.name,        root.document->digest, identity_digest(issuer, verified.identity()),
      verified.times(), verified.valid_from(), verified.valid_to()};
}

}  // namespace

Digest identity_digest(std::string_view issuer, std::string_view subject) {
  return sha256({issuer, std::string_view("\0", 1), subject});
}

bool is_identity_text(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMaxIdentityText &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string issuer_of_root(std::string_view name) { return fmt::format("root:{}", name); }

const TrustRoot* TrustRoots::find(std::string_view name) const {
  const auto it = roots_.find(name);
  return it == roots_.end() ? nullptr : &it->second;
}

Verdict<std::shared_ptr<const TrustRoots>> TrustRoots::with(TrustRoot root, Time at) const {
  Z5_ASSERT(root.document != nullptr);
  for (const auto& [name, other] : roots_) {
    if (!other.window.withdrawn_at.is_set()) continue;
    if (name == root.name || other.document->digest == root.document->digest) {
      return refuse("root-withdrawn",
                    fmt::format("root {}: was withdrawn, which cannot be undone", name));
    }
  }
  Z5_CHECK(may_follow(find(root.name), root, at));
  auto next = std::make_shared<TrustRoots>(*this);
  const std::string name = root.name;
  next->roots_.insert_or_assign(name, std::move(root));
  if (next->roots_.size() > limits::kMaxTrustRoots) {
    return refuse("root-too-many", fmt::format("more than {} roots", limits::kMaxTrustRoots));
  }
  ++next->version_;
  next->digest_ = digest_of(next->roots_);
  return std::shared_ptr<const TrustRoots>(std::move(next));
}

Verdict<std::vector<Ground>> TrustRoots::grounds(const Bundle& bundle, const Asked& asked) const {
  Refusal last =
      refuse("key-material", "bundle: signed with a certificate, but no root is trusted");
  if (bundle.key_hint)
    return refuse("key-material", "bundle: signed with a key, not a certificate");
  std::vector<Ground> found;
  const auto take = [&](Verdict<Ground> ground) {
    if (ground.ok()) {
      found.push_back(*std::move(ground));
    } else {
      last = ground.error();
    }
  };
  for (const auto& [name, root] : roots_) {
    Policy policy = policy_of(*root.document);
    if (root.document->sigstore) take(ground_under(root, bundle, asked, policy));
    // One by one: a renewed anchor makes another path, with another validity.
    for (const Certificate& anchor : root.document->anchors) {
      policy.anchors = {{anchor, {}}};
      take(ground_under(root, bundle, asked, policy));
    }
  }
  if (found.empty()) return last;
  return found;
}

Verdict<std::vector<Ground>> TrustRoots::witnesses(const Bundle& bundle, const Asked& asked,
                                                   const keys::PublicKey& key) const {
  std::vector<Ground> found;
  if (bundle.log_entries.empty() && bundle.timestamps.empty()) return found;
  for (const auto& [name, root] : roots_) {
    if (!root.document->sigstore) continue;
    Policy policy = policy_of(*root.document);
    policy.keys = {{key, {}}};
    if (bundle.log_entries.empty()) policy.log = Need::None;
    const auto verified = verify(bundle, asked, policy);
    if (!verified.ok()) {
      // Witnesses that this root does not know say nothing under it.
      const std::string& rule = verified.error().rule;
      if (rule == "log-unknown" || rule == "timestamp-invalid") continue;
      return verified.error();
    }
    if (verified->times().empty()) continue;
    found.push_back({root.name, root.document->digest, {}, verified->times(), {}, {}});
  }
  return found;
}

Verdict<Time> TrustRoots::admits(const Ground& ground, Time recorded, Time now) const {
  const TrustRoot* root = find(ground.root);
  if (root == nullptr || root->document->digest != ground.document)
    return refuse("trust-changed", fmt::format("root {}: is another one now", ground.root));
  const bool timed = !ground.times.empty();
  const Time signed_at =
      timed ? *std::min_element(ground.times.begin(), ground.times.end()) : recorded;
  if (!timed && (recorded < ground.valid_from || recorded.seconds() > ground.valid_to.seconds())) {
    return refuse("certificate-expired",
                  fmt::format("certificate: not valid at {}", to_rfc3339(recorded)));
  }
  const std::string what = fmt::format("root {}", ground.root);
  for (const Time time : timed ? ground.times : std::vector<Time>{recorded}) {
    if (time > recorded + limits::kClockSkew) {
      return refuse("timestamp-future",
                    fmt::format("signed at {}, recorded before that", to_rfc3339(time)));
    }
    Z5_CHECK(root->window.admits(time, recorded, now, what));
  }
  Z5_CHECK(root->document->lists_current(now));
  return signed_at;
}

}  // namespace z5::sigstore
