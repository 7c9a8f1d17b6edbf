// SPDX-License-Identifier: Apache-2.0
// Goal: keys have one text, signatures bind message and key, notes refuse what C2SP signed-note
// refuses. Method: round trips, the test vector of golang.org/x/mod/sumdb/note, and mutations.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "ledger/keys/dsse.h"
#include "ledger/keys/key.h"
#include "ledger/keys/note.h"
#include "schemas/encoding.h"
#include "schemas/json.h"

namespace z5::keys {
namespace {

class EachAlgorithm : public testing::TestWithParam<Algorithm> {};

TEST_P(EachAlgorithm, SignsAndVerifies) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  const Bytes signature = key.sign("message");
  EXPECT_TRUE(key.public_key().verify("message", signature));
  EXPECT_FALSE(key.public_key().verify("messagf", signature));
  EXPECT_FALSE(key.public_key().verify("message", signature + "x"));
  EXPECT_FALSE(key.public_key().verify("message", ""));
  EXPECT_FALSE(PrivateKey::generate(GetParam()).public_key().verify("message", signature));
}

TEST_P(EachAlgorithm, HasOneText) {
  const PrivateKey key = PrivateKey::generate(GetParam());
  EXPECT_EQ(PublicKey::from_pem(key.public_key().pem())->spki(), key.public_key().spki());
  EXPECT_EQ(*PublicKey::from_spki(key.public_key().spki()), key.public_key());
  EXPECT_FALSE(PublicKey::from_spki(key.public_key().spki() + "x").ok());
  EXPECT_FALSE(PublicKey::from_pem(key.public_key().pem() + key.public_key().pem()).ok());
  EXPECT_FALSE(PublicKey::from_pem(key.pem()).ok());
  EXPECT_EQ(PrivateKey::from_pem(key.pem())->public_key(), key.public_key());
  EXPECT_FALSE(PrivateKey::from_pem(key.public_key().pem()).ok());
}

INSTANTIATE_TEST_SUITE_P(Keys, EachAlgorithm, testing::Values(Algorithm::Ed25519, Algorithm::P256));

TEST(Keys, AFileThatOthersCanReadIsRefused) {
  const std::string path = testing::TempDir() + "/z5_key_test.key";
  std::ofstream(path) << PrivateKey::generate(Algorithm::Ed25519).pem();
  ::chmod(path.c_str(), 0644);
  EXPECT_FALSE(PrivateKey::load(path).ok());
  ::chmod(path.c_str(), 0600);
  EXPECT_TRUE(PrivateKey::load(path).ok());
  std::remove(path.c_str());
  EXPECT_FALSE(PrivateKey::load(path).ok());
}

// The key and note of the documentation of golang.org/x/mod/sumdb/note.
TEST(Note, AnotherImplementationsNoteVerifies) {
  const Bytes raw = *from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const Bytes spki = *from_hex("302a300506032b6570032100") + raw.substr(1);
  const NoteKey key{"PeterNeumann", *PublicKey::from_spki(spki)};
  EXPECT_EQ(key.verifier_text(),
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your "
      "problem is.\n\n"
      "\xE2\x80\x94 PeterNeumann "
      "x08go/ZJkuBS9UG/"
      "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const NoteKey known[] = {key};
  const auto verified = verify_note(note, known);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_TRUE(verified->text.ends_with("problem is.\n"));
}

TEST(Note, SeveralSignersAndMutations) {
  const PrivateKey ed = PrivateKey::generate(Algorithm::Ed25519),
                   p256 = PrivateKey::generate(Algorithm::P256);
  const PrivateKey* signers[] = {&ed, &p256};
  const std::string note = sign_note("z5.local/a\n1\nroot\n", "z5.local/a", signers);
  const NoteKey known[] = {{"z5.local/a", ed.public_key()}, {"z5.local/a", p256.public_key()}};
  EXPECT_EQ(verify_note(note, known)->signers, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(verify_note(note, std::span(known, 1))->signers, (std::vector<std::size_t>{0}));
  const NoteKey renamed[] = {{"z5.local/b", ed.public_key()}};
  EXPECT_FALSE(verify_note(note, renamed).ok());
  EXPECT_FALSE(verify_note(note, {}).ok());
  for (std::size_t i = 0; i < note.size();
       ++i) {  // any changed byte: refused, or only an unknown line changed
    std::string changed = note;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto verified = verify_note(changed, known);
    if (verified.ok()) {
      EXPECT_EQ(verified->text, "z5.local/a\n1\nroot\n");
      EXPECT_EQ(verified->signers.size(), 1u);
    }
    const bool whole_lines = verify_note(note.substr(0, i), known).ok();
    EXPECT_TRUE(!whole_lines || note[i - 1] == '\n');
  }
}

TEST(Dsse, BundleSignsThePreAuthenticationEncoding) {
  EXPECT_EQ(
      pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world");  // DSSE v1 protocol, test vector
  const PrivateKey key = PrivateKey::generate(Algorithm::P256);
  const Json bundle = *parse_json(sign_bundle("{}", key));
  const Json& envelope = bundle["dsseEnvelope"];
  EXPECT_EQ(*from_base64(envelope["payload"].get<std::string>()), "{}");
  const Bytes signature = *from_base64(envelope["signatures"][0]["sig"].get<std::string>());
  EXPECT_TRUE(
      key.public_key().verify(pre_authentication_encoding(kInTotoPayloadType, "{}"), signature));
  EXPECT_FALSE(key.public_key().verify("{}", signature));
}

}  // namespace
}  // namespace z5::keys
