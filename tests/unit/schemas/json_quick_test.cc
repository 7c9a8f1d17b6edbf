// SPDX-License-Identifier: Apache-2.0
// Goal: parse_json says the same whichever way it reads. Method: the quick reader against the
// strict one over documents, hand-made traps and seeded mutations of them: what the quick one takes
// the strict one takes, as the same value of the same types; and it does take what the hot paths
// read.
#include "schemas/json_quick.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "schemas/limits.h"

namespace z5 {
namespace {

// Json's == says that 1 and 1.0, or signed and unsigned, are equal.
bool same(const Json& a, const Json& b) {
  if (a.type() != b.type() || a.size() != b.size() || a != b) return false;
  if (!a.is_structured()) return true;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (!same(*x, *y)) return false;
  }
  return true;
}

// 1: taken quickly, 0: left to the strict reader.
int expect_no_other_answer(std::string_view text) {
  const auto quick = read_quickly(text);
  if (!quick) return 0;
  const auto strict = read_strictly(text);
  EXPECT_TRUE(strict.ok() && same(*quick, *strict)) << text;
  return 1;
}

constexpr const char* kStatement =
    R"({"_type":"https://in-toto.io/Statement/v1","predicate":{"command_id":"0193-7a","comment":"a\nb \"c\" é 😀",)"
    R"("count":[1,-2,3,9007199254740992,-9007199254740992,true,false,null,{}],"seen":{"root":"x","size":"1"}},)"
    R"("predicateType":"urn:z5:command:annotate:v1","subject":[{"digest":{"sha256":"00"},"name":"acme/credit:1"}]})";

TEST(QuickJson, TakesWhatTheHotPathsRead) {
  const auto quick = read_quickly(kStatement);
  ASSERT_TRUE(quick);
  EXPECT_TRUE(same(*quick, *read_strictly(kStatement)));
  EXPECT_EQ(canonical_json(*quick), kStatement);
  for (const char* text : {"[]", "{}", " \n\t{ \"b\" : 1 , \"a\" : [ ] } ", "\"x\"", "null", "7"})
    EXPECT_EQ(expect_no_other_answer(text), 1) << text;
}

TEST(QuickJson, LeavesTrapsToTheStrictReader) {
  const std::string deep(limits::kMaxJsonDepth + 1, '[');
  const std::string at_most(limits::kMaxJsonDepth, '[');
  EXPECT_EQ(expect_no_other_answer(at_most + std::string(at_most.size(), ']')), 1);
  for (const std::string& text : {std::string(R"({"a":1,"a":1})"),
                                  std::string(R"({"b":1,"a":2,"b":3})"),
                                  std::string(R"({"a":null,"a":null})"),
                                  deep + std::string(deep.size(), ']'),
                                  std::string("[9007199254740993]"),
                                  std::string("[-9007199254740993]"),
                                  std::string("[-0]"),
                                  std::string("[0]"),
                                  std::string("[18446744073709551615]"),
                                  std::string("[1.0]"),
                                  std::string("[1e2]"),
                                  std::string(R"(["\ud83d\ude00"])"),
                                  std::string(R"(["\udc00"])"),
                                  std::string("\xEF\xBB\xBF{}"),
                                  std::string("{}\0", 3),
                                  std::string("{}\0x", 4),
                                  std::string("[\"\xff\"]"),
                                  std::string("[\"\xed\xa0\x80\"]"),
                                  std::string("[\"\xc0\x80\"]"),
                                  std::string("[\"\x01\"]"),
                                  std::string("{} {}"),
                                  std::string("[1,]"),
                                  std::string("[01]"),
                                  std::string(""),
                                  std::string(" "),
                                  std::string("[1"),
                                  std::string("nan"),
                                  "\"" + std::string(limits::kMaxQuickJson, 'x') + "\""}) {
    EXPECT_FALSE(read_quickly(text)) << text.substr(0, 80);
  }
}

TEST(QuickJson, NoMutationIsReadInTwoWays) {
  std::vector<std::string> seeds = {
      kStatement, R"([0,-0,1,-1,0.5,1e5,"\u00e9","\\u0041",{"a":{"a":[]},"b":[{}]}])"};
  for (const auto& each : std::filesystem::directory_iterator("tests/fuzz/corpus/json")) {
    std::ifstream file(each.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  static constexpr char kText[] = "\"\\{}[]:,0123456789-+.eEtfnu \n\t\0\x01\x7F\xC3\xA9\xED\xFF";
  constexpr std::string_view kBytes(kText, sizeof kText - 1);
  std::mt19937_64 random(7);
  int quick = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (std::uint64_t changes = random() % 3; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 4) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, 1 + random() % 4);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 24));
      }
    }
    quick += expect_no_other_answer(text);
  }
  EXPECT_GT(quick, 5'000);
}

}  // namespace
}  // namespace z5
