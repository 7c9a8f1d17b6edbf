// SPDX-License-Identifier: Apache-2.0
// Goal: what admins trust is read strictly, changes only as it may, and is judged at the verified
// time, its withdrawal as of now. Method: a private Sigstore made at run time; one window, list or
// name bent at a time.
#include "ledger/evidence/sigstore/trust_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schemas/encoding.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::sigstore {
namespace {

using support::kSignedAt;
using support::LeafOptions;
using testing::HasSubstr;

constexpr std::string_view kArtifact = "the weights";
constexpr std::string_view kType = "https://example.test/evaluation/v1";
const Time kSet = Time{(kSignedAt + 1'000) * 1'000'000'000};

constexpr Time at(std::int64_t seconds) { return Time{(kSignedAt + seconds) * 1'000'000'000}; }

const support::PrivateStack& stack() {
  static const support::PrivateStack made;
  return made;
}

std::string pem(std::string_view name, const Bytes& der) {
  std::string text = "-----BEGIN " + std::string(name) + "-----\n";
  const std::string base64 = to_base64(der);
  for (std::size_t i = 0; i < base64.size(); i += 64) text += base64.substr(i, 64) + "\n";
  return text + "-----END " + std::string(name) + "-----\n";
}
std::string anchors() { return pem("CERTIFICATE", stack().root().certificate); }
std::string list(const std::vector<Bytes>& revoked, std::int64_t from = -10,
                 std::int64_t to = 10'000, const support::Authority* issuer = nullptr) {
  return pem("X509 CRL",
             stack().revocation_list(issuer != nullptr ? *issuer : stack().intermediate(), revoked,
                                     kSignedAt + from, kSignedAt + to));
}

std::string payload() { return support::statement_for(kArtifact, kType); }
Asked asked() { return {std::nullopt, std::string(kType)}; }

// One step of a fold; the rule, or the next snapshot in `trust`.
std::string set(std::shared_ptr<const TrustRoots>& trust, const std::string& name,
                const std::string& document, Window window = {}, Time when = kSet) {
  auto next = trust->with({name, window, held_trust_document(document)}, when);
  if (!next.ok()) return next.error().rule;
  trust = *next;
  return "";
}

std::shared_ptr<const TrustRoots> with(const std::string& document, Window window = {}) {
  std::shared_ptr<const TrustRoots> trust = std::make_shared<TrustRoots>();
  EXPECT_EQ(set(trust, "root", document, window), "");
  return trust;
}

// "" when the bundle counts, recorded then and judged now; else the rule.
std::string judge(const TrustRoots& trust, const Json& bundle, Time recorded = at(2'000),
                  Time now = at(2'000)) {
  const auto parsed = parse_bundle(bundle.dump());
  if (!parsed.ok()) return parsed.error().rule;
  const auto grounds = trust.grounds(*parsed, asked());
  if (!grounds.ok()) return grounds.error().rule;
  std::string rule = "no ground";
  for (const Ground& ground : *grounds) {
    const auto admitted = trust.admits(ground, recorded, now);
    if (admitted.ok()) return "";
    rule = admitted.error().rule;
  }
  return rule;
}

TEST(SigstoreRoots, AMalformedDocumentNamesItsField) {
  const auto reason = [](const std::string& text) {
    const auto document = parse_trust_document(text);
    EXPECT_FALSE(document.ok()) << text;
    if (document.ok()) return std::string();
    EXPECT_EQ(document.error().rule, "trust-root-malformed");
    return document.error().reason;
  };
  Json root = stack().trusted_root();
  root["tlogs"][0]["publicKey"]["validFor"].erase("start");
  EXPECT_THAT(reason(root.dump()), HasSubstr("validFor"));
  root = stack().trusted_root();
  root.erase("certificateAuthorities");
  EXPECT_THAT(reason(root.dump()), HasSubstr("certificateAuthorities"));
  root = stack().trusted_root();
  root["extra"] = 1;
  EXPECT_THAT(reason(root.dump()), HasSubstr("extra"));
  EXPECT_THAT(reason(""), HasSubstr("PEM"));
  EXPECT_THAT(reason("nothing"), HasSubstr("PEM"));
  const auto key = keys::PrivateKey::generate(keys::Algorithm::P256);
  EXPECT_THAT(reason(anchors() + key.public_key().pem()), HasSubstr("block 2 (PUBLIC KEY)"));
  const Bytes leaf = stack().issue(stack().intermediate(), key, {});
  EXPECT_THAT(reason(pem("CERTIFICATE", leaf)), HasSubstr("no certificate authority"));
  EXPECT_THAT(reason(list({})), HasSubstr("no CERTIFICATE"));
  const Bytes endless = stack().revocation_list(stack().intermediate(), {}, kSignedAt, 0);
  EXPECT_THAT(reason(anchors() + pem("X509 CRL", endless)), HasSubstr("nextUpdate"));
  EXPECT_TRUE(parse_trust_document(anchors() + list({})).ok());
  EXPECT_TRUE(parse_trust_document(stack().trusted_root().dump()).ok());
  EXPECT_EQ(held_trust_document("nothing")->form(), "unreadable");
}

TEST(SigstoreRoots, WithdrawalIsForEverAndVoidOnlyMovesBack) {
  std::shared_ptr<const TrustRoots> trust = std::make_shared<TrustRoots>();
  const std::string one = stack().trusted_root().dump(), other = anchors();
  EXPECT_EQ(set(trust, "a", one, {.valid_from = at(2), .valid_to = at(1)}), "root-window");
  EXPECT_EQ(set(trust, "a", one, {.withdrawn_at = at(1'001)}), "root-future");
  EXPECT_EQ(set(trust, "a", one, {.invalid_since = at(1'001)}), "root-future");
  EXPECT_EQ(set(trust, "a", one), "");
  EXPECT_EQ(set(trust, "a", one), "root-unchanged");
  const Digest before = trust->digest();
  EXPECT_EQ(set(trust, "a", one, {.valid_to = at(50)}), "");
  EXPECT_NE(trust->digest(), before);
  EXPECT_EQ(set(trust, "a", one, {.invalid_since = at(50)}), "");
  EXPECT_EQ(set(trust, "a", other), "root-void");
  EXPECT_EQ(set(trust, "a", other, {.invalid_since = at(51)}), "root-void");
  EXPECT_EQ(set(trust, "a", other, {.invalid_since = at(49)}), "");
  EXPECT_EQ(set(trust, "a", other, {.withdrawn_at = at(60), .invalid_since = at(49)}), "");
  EXPECT_EQ(set(trust, "a", other, {.invalid_since = at(49)}), "root-withdrawn");
  EXPECT_EQ(set(trust, "a", one, {.withdrawn_at = at(60)}), "root-withdrawn");
  EXPECT_EQ(set(trust, "b", other), "root-withdrawn") << "another name does not bring it back";
  EXPECT_EQ(set(trust, "b", one), "");
  EXPECT_EQ(trust->version(), 6u);
  for (int i = 0; i < 14; ++i)
    EXPECT_EQ(set(trust, "c" + std::to_string(i), one + std::string(i + 1, '\n')), "");
  EXPECT_EQ(set(trust, "d", one), "root-too-many");
}

// Ended is not withdrawn: evidence from inside the window of an ended root still counts.
TEST(SigstoreRoots, EndedWithdrawnAndVoidRoots) {
  const std::string document = stack().trusted_root().dump();
  const Json bundle = stack().keyless_statement(payload());
  EXPECT_EQ(judge(*with(document), bundle), "");
  EXPECT_EQ(judge(*with(document, {.valid_from = at(0), .valid_to = at(0)}), bundle), "");
  EXPECT_EQ(judge(*with(document, {.valid_to = at(-1)}), bundle), "trust-window");
  EXPECT_EQ(judge(*with(document, {.valid_from = at(1)}), bundle), "trust-window");
  EXPECT_EQ(judge(*with(document, {.withdrawn_at = at(900)}), bundle), "trust-withdrawn");
  EXPECT_EQ(judge(*with(document, {.invalid_since = at(0)}), bundle), "trust-void");
  const auto since = with(document, {.invalid_since = at(100)});
  EXPECT_EQ(judge(*since, bundle, at(99)), "");
  EXPECT_EQ(judge(*since, bundle, at(100)), "trust-void") << "signed before, recorded since then";
  // A log cannot have seen what is recorded long before.
  EXPECT_EQ(judge(*with(document), bundle, at(-3'600)), "timestamp-future");
  EXPECT_EQ(judge(*with("unreadable"), bundle), "key-material");
  EXPECT_EQ(judge(TrustRoots(), bundle), "key-material");
}

TEST(SigstoreRoots, AGroundIsOfTheRootThatItWasFoundUnder) {
  auto trust = with(stack().trusted_root().dump());
  const auto bundle = *parse_bundle(stack().keyless_statement(payload()).dump());
  const auto grounds = trust->grounds(bundle, asked());
  ASSERT_TRUE(grounds.ok());
  EXPECT_EQ(*trust->admits(grounds->front(), at(9), at(9)), at(0));
  EXPECT_EQ(grounds->front().identity,
            identity_digest("https://issuer.example.test", "trainer@example.test"));
  EXPECT_EQ(set(trust, "root", stack().trusted_root().dump(1)), "");
  EXPECT_EQ(trust->admits(grounds->front(), at(9), at(9)).error().rule, "trust-changed");
}

// Without log and timestamp a certificate is judged when it was recorded.
TEST(SigstoreRoots, APrivateRootJudgesAtTheTimeOfRecording) {
  LeafOptions leaf;
  leaf.sct = false;
  const Json bundle = stack().certificate_statement(payload(), leaf);
  const auto trust = with(anchors());
  EXPECT_EQ(judge(*trust, bundle, at(0)), "");
  EXPECT_EQ(judge(*trust, bundle, at(540)), "");
  EXPECT_EQ(judge(*trust, bundle, at(541)), "certificate-expired");
  EXPECT_EQ(judge(*trust, bundle, at(-61)), "certificate-expired");
  EXPECT_EQ(judge(*with(anchors(), {.invalid_since = at(0)}), bundle, at(0)), "trust-void");
  EXPECT_EQ(judge(*with(anchors(), {.valid_to = at(-1)}), bundle, at(0)), "trust-window");
}

TEST(SigstoreRoots, AnExpiredRevocationListRefusesEverything) {
  LeafOptions leaf;
  leaf.sct = false;
  const Json bundle = stack().certificate_statement(payload(), leaf);
  const auto certificate = [&](std::size_t index) {
    const Json& chain = bundle["verificationMaterial"]["x509CertificateChain"]["certificates"];
    return *from_base64(chain[index]["rawBytes"].get<std::string>());
  };
  const auto judged = [&](const std::string& lists, Time now) {
    return judge(*with(anchors() + lists), bundle, at(0), now);
  };
  EXPECT_EQ(judged(list({}, -10, 3'600), at(3'599)), "");
  EXPECT_EQ(judged(list({}, -10, 3'600), at(3'600)), "crl-expired");
  EXPECT_EQ(judged(list({}, 10, 3'600), at(9)), "crl-expired") << "not yet current";
  EXPECT_EQ(judged(list({certificate(0)}), at(0)), "certificate-revoked");
  EXPECT_EQ(judged(list({}) + list({certificate(1)}, -10, 10'000, &stack().root()), at(0)),
            "certificate-revoked")
      << "the intermediate";
  EXPECT_EQ(judged(list({}, -10, 10'000, &stack().root()), at(0)), "crl-missing");
}

// A private authority writes what it likes into its certificates; it speaks for its own people
// only.
TEST(SigstoreRoots, APrivateRootSpeaksForNobodyElsesAccounts) {
  LeafOptions leaf;
  leaf.sct = false;
  leaf.issuer = "https://accounts.google.com";
  const auto bundle = *parse_bundle(stack().certificate_statement(payload(), leaf).dump());
  const auto grounds = with(anchors())->grounds(bundle, asked());
  ASSERT_TRUE(grounds.ok()) << grounds.error().reason;
  EXPECT_EQ(grounds->front().identity, identity_digest("root:root", "trainer@example.test"));
}

TEST(SigstoreRoots, TheAskedTypeAndTheSignersNamesAreNeeded) {
  const auto trust = with(stack().trusted_root().dump());
  const auto bundle = *parse_bundle(stack().keyless_statement(payload()).dump());
  EXPECT_EQ(trust->grounds(bundle, {std::nullopt, "https://other.test/v1"}).error().rule,
            "predicate-type");
  support::BundleOptions options;
  options.leaf.issuer = "";
  EXPECT_EQ(judge(*trust, stack().keyless_statement(payload(), options)), "certificate-issuer");
  options = {};
  options.leaf.identity = "email:a@example.test,email:b@example.test";
  EXPECT_EQ(judge(*trust, stack().keyless_statement(payload(), options)), "certificate-identity");
  options = {};
  options.rekor = 0;
  EXPECT_EQ(judge(*trust, stack().keyless_statement(payload(), options)), "log-missing");
  options = {};
  options.leaf.sct = false;
  EXPECT_EQ(judge(*trust, stack().keyless_statement(payload(), options)), "sct-missing");
}

// What a log says about a key's signature: when, if the log is known; and then it must be about it.
TEST(SigstoreRoots, WitnessesOfAKeysSignature) {
  const auto key = keys::PrivateKey::generate(keys::Algorithm::P256);
  const Asked blob{Artifact::of(kArtifact), ""};
  const Json logged = stack().key_blob(kArtifact, key, 1);
  const auto rule = [&](const TrustRoots& trust, const Json& bundle) {
    const auto said = trust.witnesses(*parse_bundle(bundle.dump()), blob, key.public_key());
    return said.ok() ? std::to_string(said->size()) : said.error().rule;
  };
  const auto trust = with(stack().trusted_root().dump());
  EXPECT_EQ(rule(*trust, logged), "1");
  EXPECT_EQ(rule(*trust, stack().key_blob(kArtifact, key, 0)), "0");
  EXPECT_EQ(rule(TrustRoots(), logged), "0");
  const support::PrivateStack foreign;
  EXPECT_EQ(rule(*with(foreign.trusted_root().dump()), logged), "0");
  Json mixed = logged;
  mixed["messageSignature"] = stack().key_blob(kArtifact, key, 1)["messageSignature"];
  EXPECT_EQ(rule(*trust, mixed), "log-entry-mismatch") << "the entry is of another signature";
}

TEST(SigstoreRoots, IdentityTextIsPlain) {
  EXPECT_TRUE(is_identity_text("trainer@example.test"));
  EXPECT_TRUE(is_identity_text("https://github.com/o/r/.github/workflows/w.yml@refs/heads/main"));
  for (const char* text : {"", "a b", "a\n", "a\r", "\ta", "tr\xC3\xA4iner@example.test",
                           "trainer@example.test\xE2\x80\x8B", "a\x7F"}) {
    EXPECT_FALSE(is_identity_text(text)) << text;
  }
  EXPECT_FALSE(is_identity_text(std::string("a\0b", 3)));
  EXPECT_FALSE(is_identity_text(std::string(513, 'a')));
  EXPECT_NE(identity_digest("https://a", "b"), identity_digest("https://A", "b"));
}

}  // namespace
}  // namespace z5::sigstore
