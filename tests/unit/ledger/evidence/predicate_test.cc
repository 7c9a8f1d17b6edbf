// SPDX-License-Identifier: Apache-2.0
// Goal: what schemas/predicates says holds for every document, and the two versions of SLSA
// provenance say the same. Method: a document that passes; then, out of each keyword of its schema,
// one that breaks just that and must be refused by name. A keyword that this test cannot break
// fails it.
#include "ledger/evidence/predicate.h"

#include <gtest/gtest.h>

#include <fstream>

#include "schemas/limits.h"

namespace z5::evidence {
namespace {

const std::map<std::string, Json> kExamples = {
    {"canary",
     {{"result", "PROCEED"},
      {"ref", "acme/credit:1"},
      {"latency_p99_ms", 12.5},
      {"availability", 0.999}}},
    {"dataset",
     {{"name", "claims"},
      {"snapshot", "7"},
      {"digest", sha256("data").text()},
      {"purposes", {"fraud"}},
      {"legal_basis", "consent"},
      {"sensitivity", "ordinary"},
      {"ref", "acme/credit:1"}}},
    {"fairness", {{"result", "PASS"}, {"ref", "acme/credit:1"}}},
    {"integration-test", {{"result", "PASS"}, {"ref", "acme/credit:1"}}},
    {"security-decision",
     {{"security_decision", "PASS"},
      {"adversarial_tests", {{"result", "PASS"}}},
      {"ref", "acme/credit:1"}}},
    {"slo-profile", {{"latency_p99_ms", 40}, {"availability", 0.99}, {"ref", "acme/credit:1"}}}};

Json schema_of(const std::string& name) {
  std::ifstream file(std::string(Z5_SOURCE_DIR) + "/schemas/predicates/" + name + ".json");
  return Json::parse(file);
}

Verdict<Predicate> read(const std::string& name, const Json& predicate) {
  return parse_predicate("urn:z5:predicate:" + name + ":v1", predicate);
}

// What to put where `schema` stands so that exactly `keyword` is broken; nothing for keywords that
// demand nothing.
std::vector<Json> broken(const std::string& keyword, const Json& schema) {
  const Json& value = schema.at(keyword);
  if (keyword == "type") {
    if (value == "number") return {"12", nullptr, true, Json::array()};
    if (value == "string") return {7, nullptr, Json::object(), Json::array({"x"})};
    if (value == "object") return {"x", nullptr, Json::array()};
    if (value == "array") return {"x", nullptr, Json::object()};
  }
  if (keyword == "minLength") return {""};
  if (keyword == "maxLength") return {std::string(value.get<std::size_t>() + 1, 'a')};
  if (keyword == "pattern") return {"!", "Sha256:", "UPPER CASE"};
  if (keyword == "minimum") return {value.get<double>() - 0.001};
  if (keyword == "maximum") return {value.get<double>() + 0.001};
  if (keyword == "minItems") return {Json::array()};
  if (keyword == "maxItems") {
    Json list = Json::array();
    for (std::size_t i = 0; i <= value.get<std::size_t>(); ++i) list.push_back(std::to_string(i));
    return {list};
  }
  for (const char* other :
       {"description", "title", "properties", "required", "items", "$id", "$schema"}) {
    if (keyword == other) return {};
  }
  ADD_FAILURE() << "nothing breaks " << keyword;
  return {};
}

struct Walk {
  std::string name;
  Json example;
  int cases = 0;

  void expect_refused(const Json& changed, const std::string& field) {
    ++cases;
    const auto verdict = read(name, changed);
    ASSERT_FALSE(verdict.ok()) << name << " " << changed.dump();
    EXPECT_EQ(verdict.error().rule, "predicate-malformed");
    EXPECT_NE(verdict.error().reason.find(field), std::string::npos)
        << field << ": " << verdict.error().reason;
  }
  void visit(const Json& schema, const Json::json_pointer& at, const std::string& field) {
    for (const auto& [keyword, unused] : schema.items()) {
      for (const Json& value : broken(keyword, schema)) {
        Json changed = example;
        changed[at] = value;
        expect_refused(changed, field);
      }
    }
    for (const Json& required : schema.value("required", Json::array())) {
      Json changed = example;
      changed[at].erase(required.get<std::string>());
      expect_refused(changed, required.get<std::string>());
    }
    const Json members = schema.value("properties", Json::object());
    for (const auto& [member, of] : members.items()) visit(of, at / member, member);
    if (schema.contains("items")) visit(schema["items"], at / 0, field);
  }
};

TEST(PredicateSchemas, EachKeywordIsEnforced) {
  for (const auto& [name, example] : kExamples) {
    ASSERT_TRUE(read(name, example).ok()) << name << ": " << read(name, example).error().reason;
    Walk walk{name, example};
    walk.visit(schema_of(name), Json::json_pointer(), "predicate");
    EXPECT_GE(walk.cases, 10) << name;
    // The root is no member: an empty pointer replaces the whole.
    Json longest = example;
    longest["for_people"] = "further members are for people";
    EXPECT_TRUE(read(name, longest).ok()) << name;
  }
}

TEST(PredicateSchemas, LimitsThemselvesAreWithin) {
  Json slo = kExamples.at("slo-profile");
  for (const auto& [latency, availability] : {std::pair{0.0, 0.0}, {86'400'000.0, 1.0}}) {
    slo["latency_p99_ms"] = latency;
    slo["availability"] = availability;
    EXPECT_TRUE(read("slo-profile", slo).ok());
  }
  Json fairness = kExamples.at("fairness");
  fairness["result"] = std::string(limits::kMaxFactText, 'x');
  EXPECT_TRUE(read("fairness", fairness).ok());
}

TEST(PredicateSchemas, CanaryMeasuresWhatItSays) {
  const auto canary = [](const Json& predicate) {
    return std::get<Canary>(read("canary", predicate)->value);
  };
  EXPECT_EQ(canary(kExamples.at("canary")).latency_p99_us, 12'500u);
  EXPECT_EQ(canary(kExamples.at("canary")).availability_ppm, 999'000u);
  Json bare = kExamples.at("canary");
  bare.erase("latency_p99_ms");
  EXPECT_EQ(canary(bare).latency_p99_us, std::nullopt);
  bare["availability"] = 0;
  EXPECT_EQ(canary(bare).availability_ppm, 0u);
}

// slsa.dev/provenance v0.2 and v1 about one build.
const Json kV02 = {
    {"builder", {{"id", "https://builder.example"}}},
    {"buildType", "t"},
    {"invocation",
     {{"configSource", {{"uri", "git+https://example.org/train"}, {"digest", {{"sha1", "00"}}}}},
      {"parameters", {{"run_id", "run-1"}}}}},
    {"materials",
     Json::array({{{"uri", "claims@7"}, {"digest", {{"sha256", sha256("d").hex()}}}}})}};

TEST(ProvenanceV02, SaysTheSameAsV1) {
  const auto read_v02 = parse_predicate(kProvenanceV02Type, kV02);
  ASSERT_TRUE(read_v02.ok()) << read_v02.error().reason;
  const auto& old = std::get<Provenance>(read_v02->value);
  EXPECT_EQ(old.builder, "https://builder.example");
  EXPECT_EQ(old.run_id, "run-1");
  EXPECT_EQ(old.source, "git+https://example.org/train");
  ASSERT_EQ(old.dependencies.size(), 1u);
  EXPECT_EQ(old.dependencies[0].uri, "claims@7");
  EXPECT_EQ(old.dependencies[0].sha256, sha256("d"));
  EXPECT_EQ(role_for(kProvenanceV02Type), role_for(kProvenanceType));
  EXPECT_FALSE(parse_predicate(kProvenanceType, kV02).ok()) << "each under its own type";
}

TEST(ProvenanceV02, IsAsStrict) {
  const std::vector<std::pair<const char*, const char*>> members = {
      {"/builder", "builder"},
      {"/builder/id", "id"},
      {"/invocation", "invocation"},
      {"/invocation/parameters", "parameters"},
      {"/invocation/parameters/run_id", "run_id"},
      {"/materials", "materials"}};
  for (const auto& [pointer, field] : members) {
    for (const Json& value : {Json(), Json(""), Json(7), Json("absent")}) {
      Json changed = kV02;
      if (value == "absent") {
        const Json::json_pointer at(pointer);
        changed[at.parent_pointer()].erase(at.back());
      } else {
        changed[Json::json_pointer(pointer)] = value;
      }
      const auto verdict = parse_predicate(kProvenanceV02Type, changed);
      ASSERT_FALSE(verdict.ok()) << changed.dump();
      EXPECT_EQ(verdict.error().rule, "predicate-malformed");
      EXPECT_NE(verdict.error().reason.find(field), std::string::npos) << verdict.error().reason;
    }
  }
  Json bare = kV02;
  bare["materials"] = Json::array({"claims@7"});
  EXPECT_FALSE(parse_predicate(kProvenanceV02Type, bare).ok());
}

}  // namespace
}  // namespace z5::evidence
