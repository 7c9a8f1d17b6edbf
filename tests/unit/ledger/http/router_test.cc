// SPDX-License-Identifier: Apache-2.0
// Goal: only what was registered is found, and by one route. Method: look-ups against a small
// table.
#include "ledger/http/router.h"

#include <gtest/gtest.h>

namespace z5::http {
namespace {

using Segments = std::vector<std::string>;

Response nothing(const Request&) { return {}; }

std::string found(const Router& router, std::string_view method, const Segments& path) {
  const Router::Match match = router.find(method, path);
  if (match.route == nullptr) return match.allow.empty() ? "404" : "405 " + match.allow;
  std::string text = match.route->pattern;
  for (const Field& field : match.params) text += " " + field.name + "=" + field.value;
  return text;
}

TEST(HttpRouter, LiteralBeforeNameBeforeRest) {
  Router router;
  router.add("GET", "/tile/{rest...}", nothing);
  router.add("GET", "/v1/models/{tenant}/{model}", nothing);
  router.add("GET", "/v1/models/{tenant}/all", nothing);
  router.add("GET", "/v1/models", nothing);
  router.add("POST", "/v1/models", nothing);
  router.add("PUT", "/v1/models/{any}/{name}", nothing);
  router.add("GET", "/", nothing);
  EXPECT_EQ(found(router, "GET", {"v1", "models"}), "/v1/models");
  EXPECT_EQ(found(router, "HEAD", {"v1", "models"}), "/v1/models");
  EXPECT_EQ(found(router, "DELETE", {"v1", "models"}), "405 GET, HEAD, POST");
  EXPECT_EQ(found(router, "get", {"v1", "models"}), "405 GET, HEAD, POST");
  EXPECT_EQ(found(router, "GET", {"v1", "models", "a", "b"}),
            "/v1/models/{tenant}/{model} tenant=a model=b");
  EXPECT_EQ(found(router, "GET", {"v1", "models", "a", "all"}), "/v1/models/{tenant}/all tenant=a");
  EXPECT_EQ(found(router, "PUT", {"v1", "models", "a", "b"}),
            "/v1/models/{any}/{name} any=a name=b");
  EXPECT_EQ(found(router, "GET", {"tile", "0", "x001", "234"}), "/tile/{rest...} rest=0/x001/234");
  EXPECT_EQ(found(router, "GET", {""}), "/");
  for (const Segments& path :
       {Segments{"v1"}, Segments{"v1", "models", ""}, Segments{"v1", "models", "a"},
        Segments{"v1", "models", "a", "b", "c"}, Segments{"tile"}, Segments{"V1", "models"},
        Segments{"v1", "models", "a", ""}}) {
    EXPECT_EQ(found(router, "GET", path), "404");
  }
}

TEST(HttpRouterDeathTest, WrongPatternsAreOurMistake) {
  Router router;
  router.add("GET", "/a/{x}", nothing);
  EXPECT_DEATH(router.add("GET", "/a/{y}", nothing), "assertion failed");
  EXPECT_DEATH(router.add("GET", "a", nothing), "assertion failed");
  EXPECT_DEATH(router.add("GET", "/{rest...}/a", nothing), "assertion failed");
  EXPECT_DEATH(router.add("GET", "/a{x}", nothing), "assertion failed");
}

}  // namespace
}  // namespace z5::http
