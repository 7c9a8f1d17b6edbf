// SPDX-License-Identifier: Apache-2.0
// Goal: a revocation list is believed while it is fresh, from the pinned service, in one form.
// Method: one good list; each binding is broken alone, and every byte is changed.
#include "consumers/verify/revocations.h"

#include <gtest/gtest.h>

#include "schemas/limits.h"

namespace z5::verify {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

const Time kNow = *from_rfc3339("2026-11-24T12:00:00Z");

RevocationList good() {
  RevocationList list;
  list.ledger = {"z5.local/lab", sha256("genesis")};
  list.tenant = "acme";
  list.seen = {42, sha256("root")};
  list.issued_at = kNow;
  list.next_update = kNow + limits::kRevocationListLife;
  list.versions = {{"acme/credit:1.0", 17, false, "cve-found", {}},
                   {"acme/credit:1.1", 18, true, "", kNow + std::chrono::hours(24)},
                   {"acme/fraud:2", 3, false, "leaked", {}}};
  return list;
}

class Revocations : public testing::Test {
 protected:
  RevocationBindings bindings() const { return {services_, good().ledger, "acme", 42, kNow}; }
  std::string rule(const std::string& note, const RevocationBindings& wanted) const {
    const auto list = verify_revocations(note, wanted);
    return list.ok() ? "" : list.error().rule;
  }

  PrivateKey key_ = PrivateKey::generate(Algorithm::Ed25519);
  std::vector<keys::PublicKey> services_{key_.public_key()};
};

TEST_F(Revocations, ComeBackEqual) {
  const auto list = verify_revocations(sign_revocations(good(), key_), bindings());
  ASSERT_TRUE(list.ok()) << list.error().reason;
  EXPECT_EQ(*list, good());
  EXPECT_EQ(list->find("acme/credit:1.1")->hold, true);
  EXPECT_EQ(list->find("acme/fraud:2")->reason, "leaked");
  EXPECT_EQ(list->find("acme/credit:1.2"), nullptr);
  RevocationList empty = good();
  empty.versions.clear();
  empty.tenant.clear();
  RevocationBindings all = bindings();
  all.tenant.clear();
  EXPECT_EQ(*verify_revocations(sign_revocations(empty, key_), all), empty);
}

TEST_F(Revocations, EachBindingCounts) {
  const std::string note = sign_revocations(good(), key_);
  const auto with = [&](auto change) {
    RevocationBindings wanted = bindings();
    change(wanted);
    return rule(note, wanted);
  };
  const std::vector<keys::PublicKey> others{PrivateKey::generate(Algorithm::P256).public_key()};
  EXPECT_EQ(with([&](auto& b) { b.services = others; }), "list-signature");
  EXPECT_EQ(with([](auto& b) { b.ledger.origin = "z5.local/x"; }), "list-signature");
  EXPECT_EQ(with([](auto& b) { b.ledger.genesis = sha256("x"); }), "list-ledger");
  EXPECT_EQ(with([](auto& b) { b.tenant = ""; }), "list-tenant");
  EXPECT_EQ(with([](auto& b) { b.at_least = 43; }), "list-older");
  EXPECT_EQ(with([](auto& b) { b.now = kNow + limits::kRevocationListLife; }), "list-stale");
  EXPECT_EQ(with([](auto& b) { b.now = kNow - limits::kClockSkew - std::chrono::nanoseconds(1); }),
            "list-not-yet");
}

TEST_F(Revocations, SignedNonsenseIsRefused) {
  const auto signed_with = [&](auto change) {
    RevocationList list = good();
    change(list);
    return rule(sign_revocations(list, key_), bindings());
  };
  EXPECT_EQ(signed_with([](auto& l) { std::swap(l.versions[0], l.versions[2]); }),
            "list-malformed");
  EXPECT_EQ(signed_with([](auto& l) { l.versions[1] = l.versions[0]; }), "list-malformed");
  EXPECT_EQ(signed_with([](auto& l) { l.versions[0].reason = "two words"; }), "list-malformed");
  EXPECT_EQ(signed_with([](auto& l) { l.versions[0].ref = "acme/credit"; }), "list-malformed");
  EXPECT_EQ(signed_with([](auto& l) { l.versions[0].ref = "acme/a:1\nrevoked acme/b:1"; }),
            "list-malformed");
}

TEST_F(Revocations, NoByteMayChange) {
  const std::string note = sign_revocations(good(), key_);
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string bent = note;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(verify_revocations(bent, bindings()).ok()) << i;
  }
}

}  // namespace
}  // namespace z5::verify
