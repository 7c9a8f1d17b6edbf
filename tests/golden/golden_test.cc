// SPDX-License-Identifier: Apache-2.0
// Goal: bytes once written stay readable for ever, and the same entry is written the same way.
// Method: artefacts of version 1 frozen in v1/, made with fixed keys and times; today's code must
// read them, and write them bit for bit.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <sstream>
#include <string_view>

#include "artefacts.h"
#include "ledger/chain/receipt.h"
#include "ledger/chain/seal.h"
#include "schemas/encoding.h"
#include "tests/support/chain/sample_ledger.h"

namespace z5::golden {
namespace {

const std::string kFolder = std::string(Z5_SOURCE_DIR) + "/tests/golden/v1/";

Bytes frozen(const std::string& name) { return chain::sample::read_file(kFolder + name); }
chain::Trust trust() { return *chain::parse_trust(frozen("trust.json")); }

TEST(Golden, TodaysCodeWritesTheSameBytes) {
  for (const auto& [name, content] : artefacts())
    EXPECT_EQ(to_hex(frozen(name)), to_hex(content)) << name;
}

TEST(Golden, EveryEventTypeIsReadAndWrittenAgain) {
  std::istringstream lines(frozen("entries.hex"));
  std::set<std::string> seen;
  for (std::string name, hex; lines >> name >> hex;) {
    const Bytes body = *from_hex(hex);
    const auto entry = decode_entry(body);
    ASSERT_TRUE(entry.ok()) << name << ": " << entry.error().message;
    EXPECT_EQ(event_name(*entry), name);
    EXPECT_EQ(encode_entry(*entry), body) << name;
    seen.insert(name);
  }
  for (int type = 1; type <= static_cast<int>(fb::Event::MAX); ++type) {
    const std::string name = fb::EnumNameEvent(static_cast<fb::Event>(type));
    EXPECT_TRUE(seen.contains(name))
        << name << " has no golden bytes: add an entry to artefacts.cc";
  }
}

TEST(Golden, TheLedgerVerifies) {
  const auto head = chain::sample::verify(kFolder + "ledger.bin", trust());
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->size(), 4u);
  const auto checkpoint = chain::verify_checkpoint(frozen("checkpoint.txt"), trust());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->size, 4u);
  EXPECT_EQ(checkpoint->root, head->tree.root());
}

TEST(Golden, SealAndReceiptVerify) {
  const auto note = keys::verify_note(frozen("seal.txt"), trust().note_keys(4));
  ASSERT_TRUE(note.ok()) << note.error().message;
  EXPECT_EQ(chain::parse_seal(note->text)->size, 4u);
  const auto receipt = chain::parse_receipt(frozen("receipt.txt"));
  ASSERT_TRUE(receipt.ok());
  std::vector<Bytes> bodies;
  const Bytes ledger = frozen("ledger.bin");
  for (std::string_view rest = ledger; !rest.empty();) {
    const log::RecordView record = **log::read_record(rest);
    bodies.emplace_back(record.body);
    rest.remove_prefix(record.frame.size());
  }
  EXPECT_TRUE(chain::verify_receipt(*receipt, chain::entry_hash(bodies[2]), trust()).ok());
  EXPECT_FALSE(chain::verify_receipt(*receipt, chain::entry_hash(bodies[1]), trust()).ok());
}

}  // namespace
}  // namespace z5::golden

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--regenerate") {
    for (const auto& [name, content] : z5::golden::artefacts()) {
      z5::chain::sample::write_file(z5::golden::kFolder + name, content);
    }
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
