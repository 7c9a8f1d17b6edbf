// SPDX-License-Identifier: Apache-2.0
// Goal: seal, checkpoint, receipt, trust.json and head have one text each; others are refused.
// Method: the texts as the specification writes them, round trips, and changed texts.
#include <gtest/gtest.h>

#include "ledger/chain/checkpoint.h"
#include "ledger/chain/head.h"
#include "ledger/chain/receipt.h"
#include "ledger/chain/seal.h"
#include "ledger/chain/trust.h"
#include "schemas/encoding.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::chain {
namespace {

Trust pinned() {
  Trust trust = sample::trust();
  trust.genesis = sha256("genesis");
  return trust;
}

TEST(Texts, Seal) {
  const Seal seal{"z5.local/sample", 7, sha256("root"), 3};
  const std::string text =
      "z5-seal/v1\nz5.local/sample\n7\n" + to_base64(sha256("root").view()) + "\n3\n";
  EXPECT_EQ(seal.text(), text);
  EXPECT_EQ(*parse_seal(text), seal);
  const std::string root = to_base64(sha256("root").view());
  for (const std::string& wrong :
       {text + "\n", text.substr(0, text.size() - 1), "z5-seal/v2" + text.substr(10),
        text + "extension\n", "z5-seal/v1\nz5.local/sample\n07\n" + root + "\n3\n",
        "z5-seal/v1\nz5 local\n7\n" + root + "\n3\n",
        "z5-seal/v1\nz5.local/sample\n7\n" + root.substr(4) + "\n3\n",
        "z5-seal/v1\nz5.local/sample\n7\n" + root + "\n-3\n"}) {
    EXPECT_FALSE(parse_seal(wrong).ok()) << wrong;
  }
}

TEST(Texts, Checkpoint) {
  const Checkpoint checkpoint{"z5.local/sample", 7, sha256("root")};
  const std::string text = "z5.local/sample\n7\n" + to_base64(sha256("root").view()) + "\n";
  EXPECT_EQ(checkpoint.text(), text);
  EXPECT_EQ(*parse_checkpoint(text), checkpoint);
  EXPECT_FALSE(parse_checkpoint(text + "extension\n").ok());
  EXPECT_FALSE(parse_checkpoint("z5-seal/v1" + text.substr(text.find('\n')))
                   .ok());  // a seal is no checkpoint

  const auto key = sample::key(), other = sample::key('x');
  const keys::PrivateKey* signers[] = {&other, &key};
  const std::string note = sign_checkpoint(checkpoint, signers);
  EXPECT_EQ(*verify_checkpoint(note, pinned()), checkpoint);
  EXPECT_EQ(*parse_checkpoint_note(note), checkpoint);
  EXPECT_FALSE(
      verify_checkpoint(sign_checkpoint(checkpoint, std::span(signers, 1)), pinned()).ok());
  Trust late = pinned();
  late.keys[0].first_size = 8;
  EXPECT_FALSE(verify_checkpoint(note, late).ok());
  Trust early = pinned();
  early.keys[0].last_size = 7;  // half open
  EXPECT_FALSE(verify_checkpoint(note, early).ok());
  Trust elsewhere = pinned();
  elsewhere.origin = "z5.local/other";
  EXPECT_FALSE(verify_checkpoint(note, elsewhere).ok());
}

TEST(Texts, CheckpointFile) {
  const sample::Folder folder;
  const std::string path = folder / "checkpoint";
  EXPECT_FALSE(read_checkpoint_file(path)->has_value());
  CheckpointFile file(path);
  for (const std::string note : {"note 1\n", "note 2\n", "note 10\n", "note 3\n", "n\n"}) {
    ASSERT_TRUE(file.write(note).ok());
    EXPECT_EQ(**read_checkpoint_file(path), note);
  }
  EXPECT_EQ(CheckpointFile(folder / "none/checkpoint").write("x").error().code,
            ErrorCode::Unavailable);
}

TEST(Texts, Receipt) {
  const auto key = sample::key();
  const keys::PrivateKey* signers[] = {&key};
  const Digest leaf = entry_hash("a"), sibling = entry_hash("b");
  const std::string note =
      sign_checkpoint({"z5.local/sample", 2, node_hash(leaf, sibling)}, signers);
  const std::string text =
      "c2sp.org/tlog-proof@v1\nindex 0\n" + to_base64(sibling.view()) + "\n\n" + note;
  const Receipt receipt{0, {sibling}, note};
  EXPECT_EQ(receipt.text(), text);
  const auto parsed = parse_receipt(text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->text(), text);
  EXPECT_EQ(verify_receipt(*parsed, leaf, pinned())->size, 2u);
  EXPECT_FALSE(verify_receipt(*parsed, sibling, pinned()).ok());
  EXPECT_FALSE(verify_receipt({1, {sibling}, note}, leaf, pinned()).ok());
  EXPECT_FALSE(verify_receipt({0, {}, note}, leaf, pinned()).ok());
  const std::string hash = to_base64(sibling.view()) + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += hash;
  for (const std::string& wrong :
       {std::string(), std::string("c2sp.org/tlog-proof@v1\n\n"),
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + note,
        "c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n" + hash + "\n" + note,
        "c2sp.org/tlog-proof@v1\nindex 00\n" + hash + "\n" + note,
        "c2sp.org/tlog-proof@v1\n" + hash + "\n" + note,
        "c2sp.org/tlog-proof@v1\nindex 0\n" + hash.substr(4) + "\n" + note,
        "c2sp.org/tlog-proof@v1\nindex 0\n" + many + "\n" + note}) {
    EXPECT_FALSE(parse_receipt(wrong).ok()) << wrong;
  }
}

TEST(Texts, Trust) {
  Trust trust = pinned();
  trust.rotate(sample::key('M').public_key(), 9);
  EXPECT_EQ(trust.keys[0].last_size, 10u);
  EXPECT_EQ(trust.note_keys(8).size(), 1u);
  EXPECT_EQ(trust.note_keys(9).size(), 2u);  // the size at which one hands over to the other
  EXPECT_EQ(trust.note_keys(10).size(), 1u);
  const std::string text = to_json(trust);
  const auto again = parse_trust(text);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, trust);
  EXPECT_EQ(to_json(*again), text);
  EXPECT_TRUE(trust.verifier_text().starts_with("z5.local/sample+"));

  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    return !parse_trust(changed).ok();
  };
  EXPECT_TRUE(refused("\"origin\"", "\"more\":1,\"origin\""));
  EXPECT_TRUE(refused("\"first_size\":0", "\"first_size\":10"));  // empty range
  EXPECT_TRUE(refused("\"first_size\":0", "\"more\":0"));
  EXPECT_TRUE(refused("sha256:", "sha512:"));
  EXPECT_TRUE(refused(trust.genesis.hex(), std::string(64, '0')));
  EXPECT_TRUE(refused("MCow", "MCov"));
  EXPECT_TRUE(refused("z5.local", "z5 local"));
  EXPECT_FALSE(
      parse_trust("{\"genesis\":\"" + trust.genesis.text() + "\",\"keys\":[],\"origin\":\"a\"}")
          .ok());
}

TEST(Texts, Head) {
  const sample::Folder folder;
  const Trust trust = sample::write_ledger(folder.path(), {1, 3, 2});
  const auto head = sample::verify(folder.path(), trust);
  ASSERT_TRUE(head.ok());
  const auto again = parse_head(to_json(*head));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, *head);
  std::string changed = to_json(*head);
  changed.replace(changed.find("\"size\":\"7\""), 10, "\"size\":\"8\"");
  EXPECT_FALSE(parse_head(changed).ok());
}

}  // namespace
}  // namespace z5::chain
