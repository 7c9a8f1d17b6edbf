// SPDX-License-Identifier: Apache-2.0
// Goal: the bundle reader accepts one form and refuses its neighbours by rule; DSSE signatures bind
// payload, payload type and key. Method: a bundle made here, one change at a time.
#include "ledger/evidence/sigstore/bundle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/keys/dsse.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::sigstore {
namespace {

using keys::Algorithm;
using keys::PrivateKey;

const PrivateKey& signer() {
  static const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  return key;
}

Json good() { return *parse_json(keys::sign_bundle(R"({"a":1})", signer())); }

std::string rule(const Json& bundle) {
  const auto parsed = parse_bundle(bundle.dump());
  return parsed.ok() ? "" : parsed.error().rule;
}

TEST(SigstoreBundle, EachMediaTypeOfTheSpecification) {
  for (const char* type : {"application/vnd.dev.sigstore.bundle+json;version=0.1",
                           "application/vnd.dev.sigstore.bundle+json;version=0.2",
                           "application/vnd.dev.sigstore.bundle+json;version=0.3",
                           "application/vnd.dev.sigstore.bundle.v0.3+json"}) {
    Json bundle = good();
    bundle["mediaType"] = type;
    EXPECT_EQ(rule(bundle), "") << type;
  }
  for (const char* type :
       {"application/vnd.dev.sigstore.bundle+json;version=0.4", "application/json", ""}) {
    Json bundle = good();
    bundle["mediaType"] = type;
    EXPECT_EQ(rule(bundle), "bundle-media-type") << type;
  }
}

// Readers of our own bundles may take the short way: no other text, and no other values.
TEST(SigstoreBundle, TheShortWayReadsNothingElse) {
  const std::string text = keys::sign_bundle(R"({"a":1})", signer());
  ASSERT_TRUE(keys::read_signed_bundle(text));
  EXPECT_FALSE(keys::read_signed_bundle(good().dump(2)));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'A', '"', '\\', '=', '0', '\n', '}', '\xC3'}) {
      for (const std::string& changed :
           {text.substr(0, at) + byte + text.substr(at + 1),
            text.substr(0, at) + byte + text.substr(at), text.substr(0, at),
            text.substr(0, at) + text.substr(at + 1)}) {
        const auto read = keys::read_signed_bundle(changed);
        if (!read) continue;
        const auto parsed = parse_bundle(changed);
        ASSERT_TRUE(parsed.ok() && parsed->envelope) << changed;
        EXPECT_EQ(parsed->envelope->payload_type, keys::kInTotoPayloadType);
        EXPECT_EQ(parsed->envelope->payload, read->payload);
        EXPECT_EQ(parsed->envelope->signature, read->signature);
        EXPECT_EQ(parsed->key_hint, read->hint);
      }
    }
  }
}

TEST(SigstoreBundle, ExactlyOneContentAndOneKeyMaterial) {
  Json bundle = good();
  bundle["messageSignature"] = {{"signature", "AAAA"}};
  EXPECT_EQ(rule(bundle), "bundle-content");
  bundle.erase("dsseEnvelope");
  EXPECT_EQ(rule(bundle), "");
  bundle.erase("messageSignature");
  EXPECT_EQ(rule(bundle), "bundle-content");

  bundle = good();
  bundle["verificationMaterial"]["certificate"] = {{"rawBytes", "AAAA"}};
  EXPECT_EQ(rule(bundle), "bundle-key-material");
  bundle["verificationMaterial"].erase("publicKey");
  EXPECT_EQ(rule(bundle), "");
  bundle["verificationMaterial"].erase("certificate");
  EXPECT_EQ(rule(bundle), "bundle-key-material");
  bundle["verificationMaterial"]["x509CertificateChain"] = {{"certificates", Json::array()}};
  EXPECT_EQ(rule(bundle), "bundle-key-material");
}

TEST(SigstoreBundle, ExactlyOneSignature) {
  Json bundle = good();
  Json& signatures = bundle["dsseEnvelope"]["signatures"];
  const Json one = signatures[0];
  signatures.push_back(one);
  EXPECT_EQ(rule(bundle), "dsse-signature-count");
  signatures = Json::array();
  EXPECT_EQ(rule(bundle), "dsse-signature-count");
  bundle["dsseEnvelope"].erase("signatures");
  EXPECT_EQ(rule(bundle), "dsse-signature-count");
}

TEST(SigstoreBundle, UnknownAndSnakeCaseFieldsAreRefused) {
  Json bundle = good();
  bundle["extra"] = 1;
  EXPECT_EQ(rule(bundle), "bundle-malformed");
  bundle = good();
  bundle["verificationMaterial"]["tlog_entries"] = Json::array();
  EXPECT_EQ(rule(bundle), "bundle-malformed");
  bundle = good();
  bundle["dsseEnvelope"]["signatures"][0]["key"] = "x";
  EXPECT_EQ(rule(bundle), "bundle-malformed");
}

TEST(SigstoreBundle, Base64HasOneText) {
  const std::string payload = good()["dsseEnvelope"]["payload"];
  for (const std::string& changed :
       {payload + "\n", " " + payload, payload + "=", std::string(), std::string("-_-_")}) {
    Json bundle = good();
    bundle["dsseEnvelope"]["payload"] = changed;
    EXPECT_EQ(rule(bundle), "bundle-malformed") << changed;
  }
}

// The key twice: readers differ on which of the two counts.
TEST(SigstoreBundle, DuplicateKeyIsRefused) {
  std::string text = good().dump();
  text.insert(text.find("\"payload\""), R"("payload":"e30=",)");
  ASSERT_FALSE(parse_bundle(text).ok());
  EXPECT_EQ(parse_bundle(text).error().rule, "bundle-malformed");
}

TEST(SigstoreBundle, NullIsAbsentForMessagesOnly) {
  Json bundle = good();
  bundle["verificationMaterial"]["timestampVerificationData"] = nullptr;
  EXPECT_EQ(rule(bundle), "");
  bundle["dsseEnvelope"]["payload"] = nullptr;
  EXPECT_EQ(rule(bundle), "bundle-malformed");
}

// cosign CVE-2023-46737 and CVE-2024-29902: counts and sizes that the attacker chooses.
TEST(SigstoreBundle, Cve2023_46737_CountsAndSizesAreBounded) {
  Json bundle = good();
  Json entry = {{"logId", {{"keyId", "AAAA"}}},
                {"kindVersion", {{"kind", "dsse"}, {"version", "0.0.1"}}},
                {"canonicalizedBody", "AAAA"}};
  Json& material = bundle["verificationMaterial"];
  for (std::size_t i = 0; i < limits::kMaxLogEntries; ++i) material["tlogEntries"].push_back(entry);
  EXPECT_EQ(rule(bundle), "");
  material["tlogEntries"].push_back(entry);
  EXPECT_EQ(rule(bundle), "bundle-malformed");
  bundle = good();
  bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] =
      Json(limits::kMaxTimestamps + 1, {{"signedTimestamp", "AAAA"}});
  EXPECT_EQ(rule(bundle), "bundle-malformed");
  EXPECT_EQ(parse_bundle(std::string(limits::kMaxBundle + 1, ' ')).error().rule,
            "bundle-malformed");
}

TEST(SigstoreBundle, NumbersAreDecimalAndInRange) {
  Json bundle = good();
  Json entry = {{"logId", {{"keyId", "AAAA"}}},
                {"kindVersion", {{"kind", "dsse"}, {"version", "0.0.1"}}},
                {"canonicalizedBody", "AAAA"}};
  for (const char* text : {"-1", "01", "1e3", "18446744073709551616", " 1", ""}) {
    entry["logIndex"] = text;
    bundle["verificationMaterial"]["tlogEntries"] = {entry};
    EXPECT_EQ(rule(bundle), "bundle-malformed") << text;
  }
  entry["logIndex"] = "18446744073709551615";
  entry["integratedTime"] = "9223372036854775807";
  bundle["verificationMaterial"]["tlogEntries"] = {entry};
  EXPECT_EQ(rule(bundle), "bundle-malformed");
}

TEST(SigstoreDsse, TheSignerIsFoundByTryingNotByHint) {
  const PrivateKey other = PrivateKey::generate(Algorithm::Ed25519),
                   third = PrivateKey::generate(Algorithm::P256);
  const keys::PublicKey keys[] = {other.public_key(), signer().public_key(), third.public_key()};
  Json bundle = good();
  EXPECT_EQ(*verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys), 1u);
  bundle["verificationMaterial"]["publicKey"]["hint"] = third.public_key().digest().hex();
  EXPECT_EQ(*verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys), 1u);
  bundle["verificationMaterial"]["publicKey"].erase("hint");
  EXPECT_EQ(*verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys), 1u);
  EXPECT_EQ(verify_dsse_with_keys(*parse_bundle(bundle.dump()), std::span(keys, 1)).error().rule,
            "signature-invalid");
  EXPECT_FALSE(verify_dsse_with_keys(*parse_bundle(bundle.dump()), {}).ok());
}

// DSSE type confusion: a signature over the raw payload, or over another payload type, proves
// nothing.
TEST(SigstoreDsse, PayloadAndTypeAreBound) {
  const keys::PublicKey keys[] = {signer().public_key()};
  Json bundle = good();
  bundle["dsseEnvelope"]["payloadType"] = "application/json";
  EXPECT_EQ(verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys).error().rule,
            "dsse-payload-type");
  bundle = good();
  bundle["dsseEnvelope"]["payload"] = to_base64(R"({"a":2})");
  EXPECT_EQ(verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys).error().rule,
            "signature-invalid");
  bundle = good();
  bundle["dsseEnvelope"]["signatures"][0]["sig"] = to_base64(signer().sign(R"({"a":1})"));
  EXPECT_EQ(verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys).error().rule,
            "signature-invalid");
  bundle["dsseEnvelope"]["signatures"][0]["sig"] =
      to_base64(signer().sign(keys::pre_authentication_encoding("application/json", R"({"a":1})")));
  EXPECT_EQ(verify_dsse_with_keys(*parse_bundle(bundle.dump()), keys).error().rule,
            "signature-invalid");
}

TEST(SigstoreDsse, HintsOfEachProducer) {
  const keys::PublicKey& key = signer().public_key();
  EXPECT_TRUE(hint_names(key.digest().hex(), key));
  EXPECT_TRUE(hint_names(to_base64(key.digest().view()), key));
  EXPECT_TRUE(hint_names(sha256(key.pem()).hex(), key));
  EXPECT_FALSE(hint_names("", key));
  EXPECT_FALSE(hint_names(PrivateKey::generate(Algorithm::P256).public_key().digest().hex(), key));
}

}  // namespace
}  // namespace z5::sigstore
