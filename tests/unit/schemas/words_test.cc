// SPDX-License-Identifier: Apache-2.0
// Goal: texts from outside are read in one way only. Method: known pairs, and each refused form by
// name.
#include <gtest/gtest.h>

#include "schemas/digest.h"
#include "schemas/encoding.h"
#include "schemas/ids.h"
#include "schemas/json.h"
#include "schemas/time.h"

namespace z5 {
namespace {

TEST(Digest, KnownValueAndTexts) {
  const std::string hex =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-4, "abc"
  EXPECT_EQ(sha256("abc").hex(), hex);
  EXPECT_EQ(sha256({"a", "bc"}).hex(), hex);
  Sha256 hasher;
  hasher.update("ab");
  hasher.update("c");
  EXPECT_EQ(hasher.finish().hex(), hex);
  EXPECT_EQ(*digest_from_text("sha256:" + hex), sha256("abc"));
  EXPECT_FALSE(digest_from_text(hex).ok());
  EXPECT_FALSE(digest_from_hex(hex.substr(2)).ok());
  EXPECT_FALSE(digest_from_hex("BA" + hex.substr(2)).ok());
}

TEST(Encoding, Base64IsStrict) {
  for (const std::string raw : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(*from_base64(to_base64(raw)), raw);
    EXPECT_EQ(*from_base64url(to_base64url(raw)), raw);
  }
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");  // RFC 4648 section 10
  for (const char* bad :
       {"Zm9vYg", "Zm9vYg=", "Zm9v\n", "Zm 9", "Zm9_", "Zh==", "=", "Zg===", "Z==="}) {
    EXPECT_FALSE(from_base64(bad).ok()) << bad;
  }
}

// One text for one value, at every length and place.
TEST(Encoding, EveryByteOfBase64Counts) {
  for (std::size_t size = 1; size < 12; ++size) {
    std::string raw;
    for (std::size_t i = 0; i < size; ++i) raw += static_cast<char>(0xF1 + 37 * i);
    const std::string text = to_base64(raw);
    ASSERT_EQ(*from_base64(text), raw);
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = text;
        changed[at] = static_cast<char>(byte);
        const auto read = from_base64(changed);
        if (read.ok()) {
          EXPECT_EQ(to_base64(*read), changed);
        }
        if (byte == '-' || byte == '_' || byte == 0 || byte > 127) {
          EXPECT_FALSE(read.ok());
        }
      }
    }
  }
}

TEST(Json, StrictReader) {
  for (const char* bad : {"", "{", "{\"a\":1,\"a\":2}", "[1,]", "{\"a\":9007199254740993}",
                          "{\"a\":-9007199254740993}", "1e999", "99999999999999999999", "\"\xff\"",
                          "{} {}", "nan", "[1]x", "{\"a\":{\"b\":1,\"b\":1}}"}) {
    EXPECT_FALSE(parse_json(bad).ok()) << bad;
  }
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')).ok());
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_FALSE(parse_json("[1,2,3]", 6).ok());
  EXPECT_EQ((*parse_json("{\"a\":[1,-2,0.5,\"x\",null,true]}"))["a"].size(), 6u);
}

TEST(Json, WhatIsBehindANulOrAByteOrderMarkIsSeen) {
  EXPECT_FALSE(parse_json(std::string_view("{}\0junk", 7)).ok());
  EXPECT_FALSE(parse_json(std::string_view("{}\0", 3)).ok());
  EXPECT_FALSE(parse_json("\xEF\xBB\xBF{}").ok());
}

TEST(Json, Canonical) {
  const auto value = parse_json(
      "{\"b\":[1,true,null],\"a\":\"\\u20ac\\n\\u0001\\\"\",\"\\ud83d\\ude00\":1,\"\\ufb33\":2}");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(canonical_json(*value),
            "{\"a\":\"\xe2\x82\xac\\n\\u0001\\\"\",\"b\":[1,true,null],\"\xf0\x9f\x98\x80\":1,"
            "\"\xef\xac\xb3\":2}");
}

TEST(Json, FieldsNameThemselves) {
  const Json object = *parse_json("{\"n\":\"12\",\"s\":5,\"x\":1}");
  EXPECT_EQ(*json_uint(object, "n", "p"), 12u);
  EXPECT_EQ(json_string(object, "s", "p").error().message, "p.s: expected a string");
  EXPECT_EQ(json_string(object, "t", "p").error().message, "p.t: missing");
  EXPECT_EQ(json_only_fields(object, {"n", "s"}, "p").error().message, "p.x: unknown field");
  for (const char* bad : {"012", "", "-1", "+1", " 1", "18446744073709551616"})
    EXPECT_FALSE(parse_decimal(bad, "n").ok()) << bad;
}

TEST(Ids, References) {
  EXPECT_EQ(parse_reference("acme/credit:1.0+b")->text(), "acme/credit:1.0+b");
  for (const char* bad :
       {"", "acme", "acme/credit", "acme/credit:", "/credit:1", "Acme/credit:1", "acme/cre/dit:1",
        "acme/credit:..", "a..b/c:1", "acme/credit:1\n", "acme/credit:1 ", "acme/$(x):1",
        "acme/credit:1:2", "..//:1", "acme/credit:1\xc3\xa9"}) {
    EXPECT_FALSE(parse_reference(bad).ok()) << bad;
  }
  EXPECT_FALSE(parse_reference(std::string("acme/credit:1\0", 14)).ok());
  EXPECT_FALSE(parse_reference(std::string(129, 'a') + "/b:1").ok());
  EXPECT_EQ(*parse_serving_alias("acme/credit@serving"), "acme/credit");
  EXPECT_FALSE(parse_serving_alias("acme/credit@latest").ok());
}

TEST(Ids, OthersAndUuids) {
  EXPECT_TRUE(is_scoped_role("approver@*"));
  EXPECT_FALSE(is_scoped_role("approver"));
  EXPECT_TRUE(is_origin("z5.local/main"));
  EXPECT_FALSE(is_origin("a+b"));
  EXPECT_FALSE(is_origin("z5-seal/v1"));
  const std::string uuid =
      make_uuid_v7(Time{0x017F22E279B0 * 1'000'000LL}, std::string(10, '\xff'));
  EXPECT_EQ(
      uuid,
      "017f22e2-79b0-7fff-bfff-ffffffffffff");  // RFC 9562 appendix A.6, with its own random bits
  EXPECT_TRUE(is_uuid_v7(uuid));
  EXPECT_FALSE(is_uuid_v7("017f22e2-79b0-4fff-bfff-ffffffffffff"));
}

TEST(Time, Rfc3339) {
  for (const char* text :
       {"2026-11-24T07:32:25Z", "2026-11-24T07:32:25.250Z", "1970-01-01T00:00:01.000000001Z"}) {
    EXPECT_EQ(to_rfc3339(*from_rfc3339(text)), text);
  }
  EXPECT_EQ(*from_rfc3339("2026-11-24T08:32:25+01:00"), *from_rfc3339("2026-11-24T07:32:25Z"));
  for (const char* bad : {"", "2026-11-24", "2026-11-24 07:32:25Z", "2026-02-30T00:00:00Z",
                          "2026-11-24T24:00:00Z", "2026-11-24T07:32:25", "2026-11-24T07:32:25.Z",
                          "1969-12-31T23:59:59Z", "2026-11-24T07:32:25ZZ"}) {
    EXPECT_FALSE(from_rfc3339(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace z5
