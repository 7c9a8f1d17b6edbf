// SPDX-License-Identifier: Apache-2.0
// Goal: what people write is read in one way: front matter without YAML's surprises, a section
// counts when something is written in it, records and tickets have their fields. Method: small
// documents, each with one thing changed.
#include <gtest/gtest.h>

#include "ledger/evidence/document/decision_record.h"
#include "ledger/evidence/document/front_matter.h"
#include "ledger/evidence/document/model_card.h"
#include "ledger/evidence/document/ticket.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

TEST(FrontMatter, IsAMappingOfPlainValues) {
  const auto read = parse_front_matter(
      "---\nlicense: mit\ntags: [a, 'b']\nempty:\nnested: {x: 1}\n---\n# Body\n");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->fields,
            Json::parse(R"({"license":"mit","tags":["a","b"],"empty":null,"nested":{"x":"1"}})"));
  EXPECT_EQ(read->body, "# Body\n");
  EXPECT_TRUE(parse_front_matter("---\r\nlicense: mit\r\n---\r\ntext").ok());
}

TEST(FrontMatter, EverythingElseIsRefused) {
  std::string deep = "---\na: ";
  for (int i = 0; i < 40; ++i) deep += "[";
  for (int i = 0; i < 40; ++i) deep += "]";
  std::string many = "---\na: [";
  for (std::size_t i = 0; i < limits::kMaxYamlNodes + 1; ++i) many += "1,";
  for (const std::string& text :
       std::vector<std::string>{"",
                                "# just text\n",
                                "---\n- a\n---\n",
                                "---\nlicense: [\n---\n",
                                "---\n---\n",
                                "---\nplain\n---\n",
                                "---\na: 1\n",
                                " ---\na: 1\n---\n",
                                "---\na: 1\na: 2\n---\n",
                                "---\na: &x 1\nb: *x\n---\n",
                                "---\na: &x 1\n---\n",
                                "---\na: !!python/object:os.system x\n---\n",
                                "---\na: !!str x\n---\n",
                                "---\n? [k]\n: v\n---\n",
                                "---\na: \xff\n---\n",
                                std::string("---\na: 1\0\n---\n", 14),
                                "---\na: 1\n...\nb: 2\n---\n",
                                deep + "\n---\n",
                                many + "]\n---\n",
                                "---\na: " + std::string(limits::kMaxFrontMatter, 'x') + "\n---\n",
                                "---\na: 1\n---\n" + std::string(limits::kMaxCard, 'x')}) {
    EXPECT_FALSE(parse_front_matter(text).ok()) << text.substr(0, 60);
  }
}

TEST(FrontMatter, AliasBombCostsNothing) {
  std::string bomb = "---\na0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            ", *a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_FALSE(parse_front_matter(bomb + "---\n").ok());
}

ModelCard card(const std::string& body) {
  const auto read = parse_model_card("---\nlicense: mit\n---\n" + body);
  EXPECT_TRUE(read.ok()) << read.error().reason;
  return read.ok() ? *read : ModelCard{};
}

TEST(ModelCard, EverySynonymIsFound) {
  const auto full = card(
      "# M\n\n## Intended use\nfiles\n\n## Limitations\nshort\n## Riscos\nr\n## "
      "Salvaguardas:\ns\n## Público-alvo\np\n"
      "## Evaluation\n99 %\n");
  EXPECT_TRUE(full.purpose && full.limits && full.risks && full.safeguards && full.audience &&
              full.evaluation);
  EXPECT_EQ(full.license, "mit");
  EXPECT_EQ(full.format, "huggingface");
  for (const char* title :
       {"Purpose", "Intended use", "Uses", "Finalidade", "**Purpose**", "1. Purpose", "PURPOSE:"}) {
    EXPECT_TRUE(card(std::string("## ") + title + "\ntext\n").purpose) << title;
  }
  EXPECT_TRUE(card("Purpose\n=======\ntext\n").purpose) << "setext";
  EXPECT_TRUE(card("## Bias, Risks, and Limitations\nx\n").risks);
  EXPECT_FALSE(card("## Bias, Risks, and Limitations\nx\n").limits);
}

TEST(ModelCard, AnEmptySectionDoesNotCount) {
  for (const char* body :
       {"## Purpose\n", "## Purpose\n\n   \n## Limits\nx\n", "## Purpose\n<!-- say something -->\n",
        "## Purpose\n[More Information Needed]\n", "## Purpose\n---\n",
        "## Purpose\n### Direct Use\n", "## Purpose\n<!--\n## Purpose\ntext\n-->\n",
        "```\n## Purpose\ntext\n```\n", "Purpose: text\n", "##Purpose\ntext\n",
        "## Purpose of this\ntext\n", "## Purpose\n<!-- never closed\ntext\n"}) {
    EXPECT_FALSE(card(body).purpose) << body;
  }
  EXPECT_TRUE(card("## Uses\n### Direct Use\ntext\n").purpose) << "text of a deeper section";
  const auto nested = card("## Risks\n### Recommendations\ntext\n");
  EXPECT_FALSE(nested.risks) << "the text belongs to another part";
  EXPECT_TRUE(nested.safeguards);
  EXPECT_TRUE(card("## Purpose\n```\ncode\n```\n").purpose);
}

TEST(ModelCard, FrontMatterIsChecked) {
  EXPECT_EQ(parse_model_card("# x").error().rule, "card-malformed");
  EXPECT_EQ(parse_model_card("---\nmodel-index: x\n---\n").error().rule, "card-invalid");
  EXPECT_EQ(parse_model_card("---\nmodel-index:\n- name: a\n---\n").error().rule, "card-invalid");
  EXPECT_EQ(parse_model_card("---\nmodel-index:\n- name: a\n  results: 1\n---\n").error().rule,
            "card-invalid");
  const auto indexed = parse_model_card(
      "---\nlicense: other\nlicense_name: custom\nmodel-index:\n- name: a\n  results:\n  - task: "
      "t\n---\n");
  ASSERT_TRUE(indexed.ok()) << indexed.error().reason;
  EXPECT_TRUE(indexed->evaluation);
  EXPECT_EQ(indexed->license, "custom");
}

TEST(ModelCard, OtherFormatsSayTheSame) {
  const auto bom = parse_model_card(
      R"({"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"machine-learning-model",
    "name":"m","licenses":[{"license":{"id":"MIT"}}],"modelCard":{"considerations":{"users":["u"],"useCases":["c"],
    "technicalLimitations":["l"],"ethicalConsiderations":[{"name":"r","mitigationStrategy":"s"}]}}}]})");
  ASSERT_TRUE(bom.ok()) << bom.error().reason;
  EXPECT_TRUE(bom->purpose && bom->limits && bom->risks && bom->safeguards && bom->audience &&
              !bom->evaluation);
  EXPECT_EQ(bom->license, "MIT");
  const auto mct = parse_model_card(
      R"({"schema_version":"0.0.2","model_details":{"name":"m","licenses":[{"identifier":"MIT"}]},
    "considerations":{"users":[{"description":"u"}],"use_cases":[{"description":"c"}],"limitations":[{"description":""}],
    "ethical_considerations":[{"name":"r","mitigation_strategy":"s"}]}})");
  ASSERT_TRUE(mct.ok()) << mct.error().reason;
  EXPECT_TRUE(mct->purpose && !mct->limits && mct->risks && mct->safeguards && mct->audience);
  EXPECT_EQ(parse_model_card("{\"a\":1}").error().rule, "card-format");
  EXPECT_EQ(parse_model_card("{").error().rule, "card-malformed");
}

TEST(DecisionRecord, FieldsAndConditions) {
  const std::string good =
      "---\nid: SCDR-1\nrun_id: run-1\ndecision: accept\nresidual_risk: low\nconditions:\n"
      "- text: retrain\n  due: 2027-01-31\n- text: watch\n---\nWhy.\n";
  const auto record = parse_decision_record(good);
  ASSERT_TRUE(record.ok()) << record.error().reason;
  EXPECT_EQ(record->run_id, "run-1");
  ASSERT_EQ(record->conditions.size(), 2u);
  EXPECT_EQ(to_rfc3339(record->conditions[0].due), "2027-01-31T23:59:59Z");
  EXPECT_FALSE(record->conditions[1].due.is_set());
  for (const char* field :
       {"id: SCDR-1\n", "run_id: run-1\n", "decision: accept\n", "residual_risk: low\n"}) {
    std::string without = good;
    without.erase(without.find(field), std::string(field).size());
    EXPECT_EQ(parse_decision_record(without).error().rule, "record-invalid") << field;
  }
  EXPECT_FALSE(
      parse_decision_record("---\nid: a\nrun_id: ../x\ndecision: d\nresidual_risk: r\n---\n").ok());
  EXPECT_FALSE(parse_decision_record(
                   "---\nid: a\nrun_id: x\ndecision: d\nresidual_risk: r\nconditions: soon\n---\n")
                   .ok());
  EXPECT_FALSE(parse_decision_record("---\nid: a\nrun_id: x\ndecision: d\nresidual_risk: "
                                     "r\nconditions:\n- due: 2027-01-31\n---\n")
                   .ok());
  EXPECT_FALSE(parse_decision_record("---\nid: a\nrun_id: x\ndecision: d\nresidual_risk: "
                                     "r\nconditions:\n- text: t\n  due: soon\n---\n")
                   .ok());
  EXPECT_EQ(parse_decision_record("no front matter").error().rule, "record-malformed");
}

TEST(Ticket, WindowPlanAndImpact) {
  const std::string good =
      R"({"id":"CHG-1","window":{"start":"2026-11-24T08:00:00Z","end":"2026-11-24T10:00:00Z"},
    "rollback_plan":"go back","impact":"none"})";
  const auto ticket = parse_ticket(good);
  ASSERT_TRUE(ticket.ok()) << ticket.error().reason;
  EXPECT_EQ(ticket->digest, sha256(good));
  EXPECT_EQ(ticket->start.ns % 1000, 0);
  for (const char* part :
       {"\"id\"", "\"window\"", "\"start\"", "\"end\"", "\"rollback_plan\"", "\"impact\""}) {
    std::string without = good;
    without.replace(without.find(part), 2, "\"_");
    EXPECT_FALSE(parse_ticket(without).ok()) << part;
  }
  std::string reversed = good;
  reversed.replace(reversed.find("T08"), 3, "T11");
  EXPECT_EQ(parse_ticket(reversed).error().rule, "ticket-invalid");
  EXPECT_EQ(parse_ticket("{").error().rule, "ticket-malformed");
}

}  // namespace
}  // namespace z5::document
