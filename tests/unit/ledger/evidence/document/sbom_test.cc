// SPDX-License-Identifier: Apache-2.0
// Goal: bills of materials, scans and VEX documents are read by the rules of their standards, and
// what is missing or unknown blocks. Method: small documents, each with one thing changed.
#include "ledger/evidence/document/sbom.h"

#include <gtest/gtest.h>

#include "ledger/evidence/document/scan.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const std::string kBom = R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
  "metadata":{"timestamp":"2026-11-24T06:00:00Z","component":{"type":"machine-learning-model","name":"m"}},
  "components":[{"type":"library","name":"torch","bom-ref":"t","purl":"pkg:pypi/torch@2.5.1","scope":"required",
    "hashes":[{"alg":"MD5","content":"3942447fac867ae5cdb3229b658f4d48"}],
    "licenses":[{"license":{"id":"MIT"}}],
    "components":[{"type":"file","name":"inner","bom-ref":"i"}]}],
  "vulnerabilities":[{"id":"CVE-1","ratings":[{"severity":"high"}],"affects":[{"ref":"t"}],
    "analysis":{"state":"not_affected","justification":"code_not_reachable"}}]})";

TEST(Sbom, CycloneDxIsReadToItsParts) {
  const auto sbom = parse_sbom(kBom);
  ASSERT_TRUE(sbom.ok()) << sbom.error().reason;
  EXPECT_EQ(sbom->format, "cyclonedx-1.6");
  EXPECT_EQ(sbom->components, 3u);
  ASSERT_EQ(sbom->findings.size(), 1u);
  EXPECT_EQ(sbom->findings[0].id, "CVE-1");
  EXPECT_EQ(sbom->findings[0].severities, std::set<std::string>{"high"});
  EXPECT_EQ(sbom->findings[0].components, std::vector<std::string>{"t"});
  EXPECT_TRUE(sbom->statements[0].clears);
}

TEST(Sbom, CycloneDxStandardsHaveLevels) {
  const auto sbom = parse_sbom(replaced(
      kBom, "\"version\":1,",
      R"("version":1,"definitions":{"standards":[{"name":"ASVS","levels":[{"bom-ref":"l1","identifier":"1"}]}]},)"));
  EXPECT_TRUE(sbom.ok()) << sbom.error().reason;
}

TEST(Sbom, CycloneDxThatBreaksARuleIsRefused) {
  const std::pair<const char*, const char*> changes[] = {
      {"\"CycloneDX\"", "\"Other\""},
      {"\"1.6\"", "\"2.0\""},
      {"\"version\":1,", "\"version\":0,"},
      {"\"version\":1,", "\"version\":1,\"unknown\":1,"},
      {"\"version\":1,", "\"version\":1,\"version\":1,"},
      {"2026-11-24T06:00:00Z", "2026-11-24"},
      {"\"type\":\"library\"", "\"type\":\"lib\""},
      {"\"name\":\"torch\",", ""},
      {"\"required\"", "\"maybe\""},
      {"\"MD5\"", "\"SHA-1\""},
      {"\"MD5\"", "\"MD6\""},
      {"3942447fac867ae5cdb3229b658f4d48", "xyz"},
      {"\"MIT\"", "\"MIT-7\""},
      {"{\"id\":\"MIT\"}", "{\"id\":\"MIT\",\"name\":\"MIT\"}"},
      {"{\"id\":\"MIT\"}", "{}"},
      {"[{\"license\":{\"id\":\"MIT\"}}]",
       "[{\"license\":{\"id\":\"MIT\"}},{\"expression\":\"MIT\"}]"},
      {"\"bom-ref\":\"i\"", "\"bom-ref\":\"t\""},
      {"\"bom-ref\":\"i\"", "\"bom-ref\":\"\""},
      {"\"high\"", "\"urgent\""},
      {"\"not_affected\"", "\"fine\""},
      {"\"version\":1,", "\"version\":1,\"dependencies\":[{\"dependsOn\":[]}],"},
      {"\"version\":1,", "\"version\":1,\"serialNumber\":\"urn:uuid:1\","},
      {"\"version\":1,", "\"version\":9007199254740993,"},
  };
  for (const auto& [from, to] : changes) {
    const auto sbom = parse_sbom(replaced(kBom, from, to));
    EXPECT_FALSE(sbom.ok()) << from << " -> " << to;
  }
  const auto named = parse_sbom(replaced(kBom, "\"MD5\"", "\"MD6\""));
  EXPECT_EQ(named.error().rule, "sbom-invalid");
  EXPECT_EQ(named.error().reason,
            "components[0].hashes[0].alg: 'MD6' is not one of the allowed values");
}

TEST(Sbom, ABadEncodingIsRefusedEarly) {
  EXPECT_EQ(parse_sbom("").error().rule, "sbom-malformed");
  EXPECT_EQ(parse_sbom("{}").error().rule, "sbom-format");
  EXPECT_EQ(parse_sbom("[1").error().rule, "sbom-malformed");
  EXPECT_EQ(parse_sbom(kBom + "x").error().rule, "sbom-malformed");
  EXPECT_EQ(parse_sbom(replaced(kBom, "torch", "\xff")).error().rule, "sbom-malformed");
  EXPECT_EQ(parse_sbom(std::string(limits::kMaxDocument + 1, ' ')).error().rule, "sbom-malformed");
  std::string deep = kBom;
  deep = replaced(deep, "\"version\":1,",
                  "\"version\":1,\"x\":" + std::string(100, '[') + std::string(100, ']') + ",");
  EXPECT_EQ(parse_sbom(deep).error().rule, "sbom-malformed");
}

const std::string kXml = R"(<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" version="1">
  <metadata><timestamp>2026-11-24T06:00:00Z</timestamp></metadata>
  <components><component type="library" bom-ref="t"><name>torch</name><scope>required</scope>
    <hashes><hash alg="MD5">3942447fac867ae5cdb3229b658f4d48</hash></hashes>
    <licenses><license><id>MIT</id></license></licenses></component></components>
  <vulnerabilities><vulnerability><id>CVE-1</id><ratings><rating><severity>critical</severity></rating></ratings>
    <analysis><state>exploitable</state></analysis><affects><target><ref>t</ref></target></affects></vulnerability></vulnerabilities>
</bom>)";

TEST(Sbom, CycloneDxXml) {
  const auto sbom = parse_sbom(kXml);
  ASSERT_TRUE(sbom.ok()) << sbom.error().reason;
  EXPECT_EQ(sbom->format, "cyclonedx-1.5-xml");
  EXPECT_EQ(sbom->components, 1u);
  ASSERT_EQ(sbom->findings.size(), 1u);
  EXPECT_TRUE(sbom->findings[0].severities.contains("critical"));
  EXPECT_FALSE(sbom->statements[0].clears);
  const std::pair<const char*, const char*> changes[] = {
      {"bom/1.5", "bom/9.9"},
      {"a58921a69b79", "x"},
      {"T06:00:00Z", ""},
      {"type=\"library\"", "type=\"lib\""},
      {"<name>torch</name>", ""},
      {">required<", ">maybe<"},
      {"alg=\"MD5\"", "alg=\"SHA-1\""},
      {"<id>MIT</id>", "<id>NOPE</id>"},
      {"<id>MIT</id>", "<id>MIT</id><name>x</name>"},
      {"<id>MIT</id>", "<id>MIT</id><id>MIT</id>"},
      {"<id>MIT</id>", "<id>MIT</id><text encoding=\"base85\">eA==</text>"},
      {"</license></licenses>", "</license><expression>MIT</expression></licenses>"},
      {"</timestamp>", "</timestamp><distribution>all</distribution>"},
      {"</name>", "</name><versionRange>vers:pypi/1.0</versionRange>"},
      {"</name>", "</name><swid name=\"torch\"/>"},
      {"</bom>", ""},
      {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
       "<!DOCTYPE bom [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"},
  };
  for (const auto& [from, to] : changes)
    EXPECT_FALSE(parse_sbom(replaced(kXml, from, to)).ok()) << from << " -> " << to;
}

// Rules of later versions hold in those only.
TEST(Sbom, CycloneDxXmlByVersion) {
  const auto reads = [](const char* version, const std::string& inside) {
    return parse_sbom(std::string("<bom xmlns=\"http://cyclonedx.org/schema/bom/") + version +
                      "\">" + inside + "</bom>")
        .ok();
  };
  EXPECT_TRUE(reads("1.2", ""));
  EXPECT_FALSE(reads("1.1", ""));
  const std::string unnamed = "<properties><property>x</property></properties>";
  EXPECT_TRUE(reads("1.5", unnamed));
  EXPECT_FALSE(reads("1.6", unnamed));
  const std::string mixed =
      "<metadata><licenses><license><id>MIT</id></license><expression>MIT</expression></licenses>"
      "</metadata>";
  EXPECT_FALSE(reads("1.6", mixed));
  EXPECT_TRUE(reads("1.7", mixed));
  const auto component = [](const std::string& inside) {
    return "<components><component type=\"library\" isExternal=\"true\"><name>x</name>" + inside +
           "</component></components>";
  };
  EXPECT_TRUE(reads("1.7", component("<versionRange>vers:pypi/1.0</versionRange>")));
  EXPECT_FALSE(
      reads("1.7", component("<version>1</version><versionRange>vers:pypi/1</versionRange>")));
  const auto citation = [](const std::string& inside) {
    return "<citations><citation>" + inside + "</citation></citations>";
  };
  EXPECT_TRUE(reads("1.7", citation("<pointers/><process>p</process>")));
  EXPECT_FALSE(reads("1.7", citation("<pointers/><expressions/><process>p</process>")));
  EXPECT_FALSE(reads("1.7", citation("<pointers/><process>p</process><process>q</process>")));
  EXPECT_FALSE(reads("1.7", citation("<pointers/>")));
  EXPECT_FALSE(reads("1.4",
                     "<services><service><name>s</name><data><classification flow=\"up\">x"
                     "</classification></data></service></services>"));
}

const std::string kSpdx =
    R"({"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"n",
  "documentNamespace":"https://example.org/n","creationInfo":{"created":"2026-11-24T06:00:00Z","creators":["Tool: t"]},
  "packages":[{"name":"torch","SPDXID":"SPDXRef-torch","downloadLocation":"NOASSERTION",
    "checksums":[{"algorithm":"SHA1","checksumValue":"e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}]}],
  "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-torch"}]})";

TEST(Sbom, Spdx) {
  const auto sbom = parse_sbom(kSpdx);
  ASSERT_TRUE(sbom.ok()) << sbom.error().reason;
  EXPECT_EQ(sbom->format, "spdx-2.3");
  EXPECT_EQ(sbom->components, 1u);
  const std::pair<const char*, const char*> changes[] = {
      {"SPDX-2.3", "SPDX-9"},
      {"CC0-1.0", "MIT"},
      {"SPDXRef-DOCUMENT\",\"name", "x\",\"name"},
      {"2026-11-24T06:00:00Z", ""},
      {"[\"Tool: t\"]", "[]"},
      {"\"NOASSERTION\"", "\"\""},
      {"SPDXRef-torch\",\"down", "torch\",\"down"},
      {"e6b1000b", ""},
      {"relatedSpdxElement\":\"SPDXRef-torch", "relatedSpdxElement\":\"SPDXRef-x"}};
  for (const auto& [from, to] : changes)
    EXPECT_FALSE(parse_sbom(replaced(kSpdx, from, to)).ok()) << from << " -> " << to;
}

const std::string kSpdx3 =
    R"({"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
  {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2026-11-24T06:00:00Z","createdBy":["urn:x:tool"]},
  {"type":"SoftwareAgent","spdxId":"urn:x:tool","name":"tool","creationInfo":"_:c"},
  {"type":"SpdxDocument","spdxId":"urn:x:document","creationInfo":"_:c","rootElement":["urn:x:sbom"],
    "import":[{"type":"ExternalMap","externalSpdxId":"urn:y:elsewhere"}]},
  {"type":"software_Sbom","spdxId":"urn:x:sbom","creationInfo":"_:c","rootElement":["urn:x:model"]},
  {"type":"ai_AIPackage","spdxId":"urn:x:model","creationInfo":"_:c","name":"credit"},
  {"type":"software_Package","spdxId":"urn:x:torch","creationInfo":"_:c","name":"torch","software_packageVersion":"2.4"},
  {"type":"Relationship","spdxId":"urn:x:r1","creationInfo":"_:c","from":"urn:x:model","relationshipType":"dependsOn",
    "to":["urn:x:torch","urn:y:elsewhere"]},
  {"type":"security_Vulnerability","spdxId":"urn:x:v1","creationInfo":"_:c","name":"a bug",
    "externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"cve","identifier":"CVE-2026-1"}]},
  {"type":"security_Vulnerability","spdxId":"urn:x:v2","creationInfo":"_:c","name":"CVE-2026-2"},
  {"type":"security_CvssV3VulnAssessmentRelationship","spdxId":"urn:x:a1","creationInfo":"_:c","from":"urn:x:v1",
    "relationshipType":"hasAssessmentFor","to":["urn:x:torch"],"security_score":9.8,"security_severity":"high"},
  {"type":"security_VexNotAffectedVulnAssessmentRelationship","spdxId":"urn:x:a2","creationInfo":"_:c","from":"urn:x:v2",
    "relationshipType":"doesNotAffect","to":["urn:x:torch"],"security_justificationType":"componentNotPresent"}]})";

TEST(Sbom, Spdx3) {
  const auto sbom = parse_sbom(kSpdx3);
  ASSERT_TRUE(sbom.ok()) << sbom.error().reason;
  EXPECT_EQ(sbom->format, "spdx-3.0");
  EXPECT_EQ(sbom->components, 2u);
  ASSERT_EQ(sbom->findings.size(), 2u);
  EXPECT_EQ(sbom->findings[0].id, "CVE-2026-1");
  EXPECT_EQ(sbom->findings[0].severities, (std::set<std::string>{"critical", "high"}));
  EXPECT_EQ(sbom->findings[0].components, std::vector<std::string>{"urn:x:torch"});
  EXPECT_EQ(sbom->findings[1].id, "CVE-2026-2");
  EXPECT_EQ(sbom->findings[1].severities, std::set<std::string>{"unknown"}) << "not rated";
  EXPECT_TRUE(sbom->statements.empty()) << "nobody signed that it is not affected";
  const std::pair<const char*, const char*> changes[] = {
      {"https://spdx.org/rdf/3.0.1/", "https://evil.example/3.0.1/"},
      {"rdf/3.0.1", "rdf/4.0"},
      {"\"specVersion\":\"3.0.1\"", "\"specVersion\":\"2.3\""},
      {"2026-11-24T06:00:00Z", "yesterday"},
      {"\"createdBy\":[\"urn:x:tool\"]", "\"createdBy\":[]"},
      {"\"type\":\"SpdxDocument\"", "\"type\":\"Document\""},
      {"\"type\":\"software_Sbom\"", "\"type\":\"SpdxDocument\""},
      {"\"type\":\"SoftwareAgent\",", ""},
      {"\"spdxId\":\"urn:x:torch\",", ""},
      {"\"spdxId\":\"urn:x:torch\"", "\"spdxId\":\"urn:x:model\""},
      {"\"name\":\"torch\"", "\"name\":\"\""},
      {"\"creationInfo\":\"_:c\",\"name\":\"torch\"", "\"name\":\"torch\""},
      {"\"creationInfo\":\"_:c\",\"name\":\"torch\"",
       "\"creationInfo\":\"urn:x:tool\",\"name\":\"torch\""},
      {"\"externalSpdxId\":\"urn:y:elsewhere\"", "\"externalSpdxId\":\"urn:y:other\""},
      {"\"from\":\"urn:x:model\"", "\"from\":\"urn:x:nothing\""},
      {"\"relationshipType\":\"dependsOn\"", "\"relationshipType\":\"\""},
      {"\"@graph\":[", "\"@graph\":[7,"}};
  for (const auto& [from, to] : changes)
    EXPECT_FALSE(parse_sbom(replaced(kSpdx3, from, to)).ok()) << from << " -> " << to;
}

const std::string kVulns =
    R"({"scanner":{"uri":"pkg:github/anchore/grype@1","db":{"uri":"u","lastUpdate":"2026-11-23T00:00:00Z"},
  "result":[{"id":"CVE-1","severity":[{"method":"nvd","score":"medium"},{"method":"cvss_score","score":"9.8"}]},{"id":"CVE-2"}]},
  "metadata":{"scanStartedOn":"2026-11-24T00:00:00Z","scanFinishedOn":"2026-11-24T00:01:00Z"}})";

TEST(Scan, VulnsPredicate) {
  const auto scan = parse_vulns_predicate(kVulns);
  ASSERT_TRUE(scan.ok()) << scan.error().reason;
  EXPECT_EQ(to_rfc3339(scan->db_updated_at), "2026-11-23T00:00:00Z");
  EXPECT_EQ(to_rfc3339(scan->scanned_at), "2026-11-24T00:01:00Z");
  ASSERT_EQ(scan->findings.size(), 2u);
  EXPECT_EQ(scan->findings[0].severities, (std::set<std::string>{"critical", "medium"}));
  EXPECT_EQ(scan->findings[1].severities, std::set<std::string>{"unknown"})
      << "not rated is unknown";
}

TEST(Scan, WithoutADatedDatabaseItIsNoScan) {
  const std::pair<const char*, const char*> changes[] = {
      {"\"lastUpdate\":\"2026-11-23T00:00:00Z\"", "\"x\":1"},
      {"2026-11-23T00:00:00Z", "yesterday"},
      {"\"uri\":\"pkg:github/anchore/grype@1\",", ""},
      {"\"db\":", "\"database\":"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(parse_vulns_predicate(replaced(kVulns, from, to)).error().rule, "scan-database")
        << from;
  }
  EXPECT_EQ(parse_vulns_predicate(replaced(kVulns, "\"result\":", "\"results\":")).error().rule,
            "scan-malformed");
  EXPECT_EQ(parse_vulns_predicate(replaced(kVulns, "\"metadata\":", "\"result\":[],\"metadata\":"))
                .error()
                .rule,
            "scan-malformed")
      << "two result lists";
  EXPECT_EQ(parse_grype(R"({"matches":[],"descriptor":{"name":"grype"}})").error().rule,
            "scan-database");
  EXPECT_EQ(
      parse_grype(
          R"({"matches":[],"descriptor":{"name":"g","db":{"status":{"built":"2026-11-23T00:00:00Z","valid":false}}}})")
          .error()
          .rule,
      "scan-database");
  EXPECT_TRUE(
      parse_grype(
          R"({"matches":[],"descriptor":{"name":"g","db":{"built":"2026-11-23T00:00:00Z"}}})")
          .ok());
}

TEST(Scan, IgnoredMatchesCount) {
  const auto scan =
      parse_grype(R"({"matches":[{"vulnerability":{"id":"A","severity":"Negligible"}}],
    "ignoredMatches":[{"vulnerability":{"id":"B","severity":"Critical"},"artifact":{"purl":"pkg:pypi/x@1"}}],
    "descriptor":{"name":"g","db":{"built":"2026-11-23T00:00:00Z"}}})");
  ASSERT_TRUE(scan.ok()) << scan.error().reason;
  ASSERT_EQ(scan->findings.size(), 2u);
  EXPECT_EQ(scan->findings[0].severities, std::set<std::string>{"info"});
  EXPECT_EQ(scan->findings[1].components, std::vector<std::string>{"pkg:pypi/x@1"});
}

TEST(Finding, SeverityWordsAndScores) {
  for (const auto& [said, meant] : {std::pair{"CRITICAL", "critical"},
                                    {"Important", "high"},
                                    {"moderate", "medium"},
                                    {"9.0", "critical"},
                                    {"8.9", "high"},
                                    {"4", "medium"},
                                    {"0.1", "low"},
                                    {"0", "none"},
                                    {"", "unknown"},
                                    {"11", "unknown"},
                                    {"-1", "unknown"},
                                    {"nan", "unknown"},
                                    {"9.8x", "unknown"},
                                    {"bad", "unknown"}}) {
    EXPECT_EQ(severity_of(said), meant) << said;
  }
}

TEST(Finding, OnlyAFittingStatementClears) {
  const Finding finding{.id = "CVE-1", .severities = {"high"}, .components = {"pkg:pypi/x@1"}};
  const auto clears = [&](std::vector<VexStatement> statements) {
    return is_cleared(finding, statements);
  };
  EXPECT_FALSE(clears({}));
  EXPECT_TRUE(clears({{.ids = {"CVE-1"}, .components = {}, .clears = true}}));
  EXPECT_TRUE(
      clears({{.ids = {"GHSA-1", "CVE-1"}, .components = {"pkg:pypi/x@1"}, .clears = true}}));
  EXPECT_FALSE(clears({{.ids = {"CVE-2"}, .components = {}, .clears = true}}));
  EXPECT_FALSE(clears({{.ids = {"CVE-1"}, .components = {"pkg:pypi/y@1"}, .clears = true}}));
  EXPECT_FALSE(clears({{.ids = {"CVE-1"}, .components = {}, .clears = true},
                       {.ids = {"CVE-1"}, .components = {}, .clears = false}}));
  EXPECT_FALSE(
      is_cleared({}, std::vector<VexStatement>{{.ids = {""}, .components = {}, .clears = true}}))
      << "no id";
}

const std::string kOpenVex =
    R"({"@context":"https://openvex.dev/ns/v0.2.0","@id":"x:1","author":"a","timestamp":"2026-11-24T00:00:00Z",
  "version":1,"statements":[{"vulnerability":{"name":"CVE-1","aliases":["GHSA-1"]},"products":[{"@id":"pkg:mlmodel/m@1",
  "subcomponents":[{"@id":"pkg:pypi/x@1"}]}],"status":"not_affected","justification":"component_not_present"}]})";

TEST(Vex, OpenVex) {
  const auto vex = parse_vex(kOpenVex);
  ASSERT_TRUE(vex.ok()) << vex.error().reason;
  EXPECT_TRUE(vex->statements[0].clears);
  EXPECT_TRUE(vex->statements[0].ids.contains("GHSA-1"));
  EXPECT_EQ(vex->statements[0].components, std::vector<std::string>{"pkg:pypi/x@1"});
  const std::pair<const char*, const char*> changes[] = {
      {"v0.2.0", "v9"},
      {"\"author\":\"a\"", "\"author\":\"\""},
      {"2026-11-24T00:00:00Z", "today"},
      {"\"version\":1", "\"version\":\"1\""},
      {",\"justification\":\"component_not_present\"", ""},
      {"component_not_present", "trust_me"},
      {"not_affected", "affected"},
      {"not_affected", "unaffected"},
      {"\"name\":\"CVE-1\"", "\"name\":\"\""},
      {"\"statements\":[", "\"statement\":["},
  };
  for (const auto& [from, to] : changes)
    EXPECT_FALSE(parse_vex(replaced(kOpenVex, from, to)).ok()) << from << " -> " << to;
  const auto fixed = parse_vex(replaced(kOpenVex, "not_affected", "fixed"));
  ASSERT_TRUE(fixed.ok());
  EXPECT_TRUE(fixed->statements[0].clears);
  const auto open = parse_vex(replaced(kOpenVex, "not_affected", "under_investigation"));
  ASSERT_TRUE(open.ok());
  EXPECT_FALSE(open->statements[0].clears);
}

}  // namespace
}  // namespace z5::document
