// SPDX-License-Identifier: Apache-2.0
// Goal: a target is read in one way only. Method: known pairs, and each refused form by name.
#include "ledger/http/target.h"

#include <gtest/gtest.h>

namespace z5::http {
namespace {

using Segments = std::vector<std::string>;

TEST(HttpTarget, SplitsThenDecodesOnce) {
  const auto target = parse_target("/v1/a%20b/c+d?x=1+2&x=%2525&flag&=v&&y=a%3Db");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->segments, (Segments{"v1", "a b", "c+d"}));
  EXPECT_EQ(target->query, (std::vector<Field>{
                               {"x", "1 2"}, {"x", "%25"}, {"flag", ""}, {"", "v"}, {"y", "a=b"}}));
  EXPECT_EQ(parse_target("/")->segments, Segments{""});
  EXPECT_EQ(parse_target("/v1/")->segments, (Segments{"v1", ""}));
  EXPECT_EQ(parse_target("/a:b@c")->segments, Segments{"a:b@c"});
  EXPECT_EQ(parse_target("/..a/b..")->segments, (Segments{"..a", "b.."}));
}

TEST(HttpTarget, RefusesWhatCouldBeReadTwice) {
  for (const std::string bad : {"",
                                "v1",
                                "*",
                                "http://host/v1",
                                "/v1/..",
                                "/../v1",
                                "/v1/%2e%2e/x",
                                "/v1/.%2E",
                                "/v1/./x",
                                "/v1/..%2f",
                                "/v1/..%2Fetc",
                                "/v1/a%2fb",
                                "/v1/a%5cb",
                                "/v1/a\\b",
                                "/v1/%252e%252e%252f",
                                "/v1/a%25",
                                "/v1/%00",
                                "/v1/a%0ab",
                                "/v1/a%0d%0aX:y",
                                "/v1/%7f",
                                "/v1/%",
                                "/v1/%2",
                                "/v1/%zz",
                                "/v1/%u002f",
                                "//v1",
                                "/v1//x",
                                "/v1#frag",
                                "/v1 x",
                                "/caf\xc3\xa9",
                                "/v1?x=%00",
                                "/v1?x=%0a",
                                "/v1?%2",
                                "/v1?x=%g0"}) {
    EXPECT_FALSE(parse_target(bad).ok()) << bad;
  }
  EXPECT_FALSE(parse_target(std::string("/a\0b", 4)).ok());
  std::string deep;
  for (int i = 0; i < 65; ++i) deep += "/a";
  EXPECT_FALSE(parse_target(deep).ok());
  EXPECT_TRUE(parse_target(deep.substr(2)).ok());
}

TEST(HttpTarget, EncodedSegmentsComeBack) {
  for (const std::string text : {"plain", "a b+c", "x=y&z", "caf\xc3\xa9"}) {
    EXPECT_EQ(parse_target("/" + encode_segment(text))->segments, Segments{text});
  }
  EXPECT_EQ(encode_segment("a/b%"), "a%2Fb%25");
}

}  // namespace
}  // namespace z5::http
