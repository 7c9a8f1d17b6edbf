// SPDX-License-Identifier: Apache-2.0
// Goal: a permit rests on what is trusted now: a root, an identity or a list that goes stops the
// next one, whatever was permitted (and memoised) a moment before. Method: an Approved version
// whose model only an identity signed; a real ledger, projection and permit service; one thing is
// taken away.
#include "tests/support/keyless/keyless_people.h"
#include "tests/unit/consumers/permit/serving_world.h"

namespace z5::permit {
namespace {

using std::chrono::hours;
using support::KeylessPeople;
using support::kRootName;
using testing::HasSubstr;

class PermitTrust : public testing::Test {
 protected:
  // `signature`: the model's only one.
  void promote(const support::Document& signature) {
    w_.world.approve_and_promote(kRef, {{"signature", signature}});
    w_.must(w_.world.run(Kind::Annotate, kRef, "ci", {{"tags", {{"seen", "yes"}}}}));
    ASSERT_EQ(w_.said(), "");  // and is memoised
  }
  void promote() {
    w_.must(people_.trust(w_.world));
    w_.must(people_.enroll(w_.world, "trainer", "attest", {"model-signer@acme"}));
    promote(people_.model_signature(w_.world, "trainer", signed_at_));
  }
  void root(const Json& times) { w_.must(people_.trust(w_.world, times)); }

  ServingWorld w_;
  KeylessPeople people_;
  Time signed_at_ = w_.world.now() - hours(1);
};

TEST_F(PermitTrust, AWithdrawnRootStopsPermitsAtOnce) {
  promote();
  root({{"withdrawn_at", to_rfc3339(w_.world.now())}});
  const std::string rules = w_.said();
  EXPECT_THAT(rules, HasSubstr("revoked"));
  EXPECT_THAT(rules, HasSubstr("trust-withdrawn"));
  EXPECT_THAT(rules, HasSubstr("model-signature"));
}

TEST_F(PermitTrust, AnEndedRootStopsNothing) {
  promote();
  root({{"valid_to", to_rfc3339(w_.world.now() - std::chrono::minutes(1))}});
  EXPECT_EQ(w_.said(), "");
  root({{"valid_to", to_rfc3339(signed_at_ - std::chrono::minutes(1))}});
  EXPECT_THAT(w_.said(), HasSubstr("trust-window"));
}

TEST_F(PermitTrust, AVoidRootStopsWhatWasSignedSince) {
  promote();
  root({{"invalid_since", to_rfc3339(signed_at_)}});
  EXPECT_THAT(w_.said(), HasSubstr("trust-void"));
}

TEST_F(PermitTrust, ACompromisedIdentityStopsPermitsAtOnce) {
  promote();
  w_.must(people_.retire(w_.world, "trainer", "compromise", signed_at_));
  EXPECT_THAT(w_.said(), HasSubstr("revoked"));
  EXPECT_THAT(w_.said(), HasSubstr("signer-void"));
}

TEST_F(PermitTrust, AnIdentityThatLeftStopsNothing) {
  promote();
  w_.world.pass(std::chrono::seconds(1));
  w_.must(people_.retire(w_.world, "trainer", "departure"));
  EXPECT_EQ(w_.said(), "");
}

TEST_F(PermitTrust, TheProofsAreCheckedUnderTheRootsDocumentOfNow) {
  promote();
  w_.must(w_.world.set_root(kRootName, support::PrivateStack().trusted_root().dump()));
  EXPECT_THAT(w_.said(), HasSubstr("model-signature"));
  root(Json::object());
  EXPECT_EQ(w_.said(), "");
}

// A private authority: its certificates are judged when they were recorded, its lists now.
class PermitPrivateRoot : public PermitTrust {
 protected:
  std::string lists(Time until, const std::vector<Bytes>& revoked = {}) {
    const auto& issuer = people_.stack().intermediate();
    const Bytes der = people_.stack().revocation_list(
        issuer, revoked, w_.world.now().seconds() - 60, until.seconds());
    std::string text = "-----BEGIN X509 CRL-----\n";
    const std::string base64 = to_base64(der);
    for (std::size_t i = 0; i < base64.size(); i += 64) text += base64.substr(i, 64) + "\n";
    return text + "-----END X509 CRL-----\n";
  }
  void set(const std::string& list) {
    w_.must(w_.world.set_root("corp", people_.stack().anchor_pem() + list));
  }
  void promote() {
    support::LeafOptions leaf;
    leaf.sct = false;
    leaf.from = w_.world.now().seconds() - 60;
    leaf.to = w_.world.now().seconds() + 3'600;
    const Json bundle =
        people_.stack().certificate_statement(support::model_statement(w_.world.model()), leaf);
    leaf_ = *from_base64(
        bundle["verificationMaterial"]["x509CertificateChain"]["certificates"][0]["rawBytes"]
            .get<std::string>());
    set(lists(w_.world.now() + hours(2)));
    const Digest identity = sigstore::identity_digest("root:corp", "trainer@example.test");
    w_.must(w_.world.send(w_.world.sign(
        w_.world.command(
            Kind::EnrollActor, "", identity,
            {{"actor",
              {{"id", "trainer"},
               {"kind", "workload"},
               {"use", "attest"},
               {"identity", {{"issuer", "root:corp"}, {"subject", "trainer@example.test"}}},
               {"roles", {"model-signer@acme"}}}}}),
        "ana", {"ada"})));
    PermitTrust::promote({"signature", bundle.dump()});
  }
  Bytes leaf_;
};

TEST_F(PermitPrivateRoot, AnExpiredListStopsPermitsUntilThereIsANewOne) {
  promote();
  w_.world.pass(std::chrono::minutes(90));
  EXPECT_EQ(w_.said(), "") << "the certificate ended, the list did not";
  w_.world.pass(std::chrono::minutes(31));
  EXPECT_THAT(w_.said(), HasSubstr("crl-expired"));
  set(lists(w_.world.now() + hours(2)));
  EXPECT_EQ(w_.said(), "");
}

TEST_F(PermitPrivateRoot, ARevokedCertificateStopsPermitsAtOnce) {
  promote();
  set(lists(w_.world.now() + hours(2), {leaf_}));
  EXPECT_THAT(w_.said(), HasSubstr("revoked"));
  EXPECT_THAT(w_.said(), HasSubstr("certificate-revoked"));
}

}  // namespace
}  // namespace z5::permit
