// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/model_card.h"

#include <fmt/format.h>

#include <initializer_list>
#include <optional>

#include "ledger/evidence/document/cyclonedx.h"
#include "ledger/evidence/document/front_matter.h"
#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

struct Heading {
  bool ModelCard::* part;
  std::initializer_list<std::string_view> titles;  // lower case
};

const Heading kHeadings[] = {
    {&ModelCard::purpose, {"purpose", "intended use", "uses", "finalidade"}},
    {&ModelCard::limits, {"limitations", "limits", "limites"}},
    {&ModelCard::risks, {"risks", "bias, risks, and limitations", "riscos"}},
    {&ModelCard::safeguards, {"safeguards", "mitigations", "recommendations", "salvaguardas"}},
    {&ModelCard::audience,
     {"audience", "intended users", "target audience", "público-alvo", "pÚblico-alvo"}},
    {&ModelCard::evaluation, {"evaluation", "evaluation results", "results", "avaliação"}},
};

bool ModelCard::* part_of(const Section& section) {
  const std::string title = to_lower(section.title);
  for (const Heading& heading : kHeadings) {
    for (const std::string_view known : heading.titles) {
      if (title == known) return heading.part;
    }
  }
  return nullptr;
}

// A section has text when it or a deeper one has, as long as the deeper one is not a part of its
// own.
void read_sections(std::string_view body, ModelCard& card) {
  const std::vector<Section> sections = split_sections(body);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto part = part_of(sections[i]);
    if (part == nullptr) continue;
    bool text = sections[i].has_text;
    int apart = 0;  // level of a deeper part that is being skipped
    for (std::size_t k = i + 1; k < sections.size() && sections[k].level > sections[i].level; ++k) {
      if (apart != 0 && sections[k].level > apart) continue;
      apart = part_of(sections[k]) != nullptr ? sections[k].level : 0;
      text = text || (apart == 0 && sections[k].has_text);
    }
    card.*part = card.*part || text;
  }
}

// "license: mit", or a list of which the first is taken; "other" is named by license_name.
std::string license_of(const Json& fields) {
  const auto text = [&](const char* field) -> std::string {
    const auto found = fields.find(field);
    if (found == fields.end()) return "";
    if (found->is_string()) return found->get<std::string>();
    if (found->is_array() && !found->empty() && found->front().is_string())
      return found->front().get<std::string>();
    return "";
  };
  const std::string license = text("license");
  const std::string name = text("license_name");
  return license == "other" && !name.empty() ? name : license;
}

std::optional<Refusal> check_model_index(const Json& fields) {
  const auto index = fields.find("model-index");
  if (index == fields.end()) return std::nullopt;
  if (!index->is_array()) return Refusal{"card-invalid", "model-index: expected a list"};
  for (const Json& entry : *index) {
    if (!json_string(entry, "name", "model-index").ok() ||
        !json_array(entry, "results", "model-index").ok()) {
      return Refusal{"card-invalid", "model-index: expected {name, results: list}"};
    }
  }
  return std::nullopt;
}

Verdict<ModelCard> read_markdown(std::string_view bytes) {
  const auto read = parse_front_matter(bytes);
  if (!read.ok()) return Refusal{"card-malformed", read.error().message};
  if (auto refusal = check_model_index(read->fields)) return *refusal;
  ModelCard card{.format = "huggingface"};
  card.license = license_of(read->fields);
  const auto index = read->fields.find("model-index");
  if (index != read->fields.end()) {
    for (const Json& entry : *index) card.evaluation = card.evaluation || !entry["results"].empty();
  }
  read_sections(read->body, card);
  return card;
}

// True when some item of the list is a text, or has a text in one of `fields`.
bool any_text(const Items& items, std::initializer_list<std::string_view> fields) {
  for (const Element item : items) {
    if (!trim(text_of(item)).empty()) return true;
    for (const std::string_view field : fields) {
      if (!trim(text_of(item, field)).empty()) return true;
    }
  }
  return false;
}

// The considerations that CycloneDX took over from the Model Card Toolkit, under its own names.
void read_cyclonedx_card(Element model, ModelCard& card) {
  const auto licenses = Items(model, "licenses");
  if (!licenses.empty()) {
    const Element first = *licenses.begin();
    card.license = text_of(first, "expression");
    if (const auto license = member(first, "license")) {
      const std::string_view id = text_of(*license, "id");
      card.license = id.empty() ? text_of(*license, "name") : id;
    }
  }
  const auto model_card = member(model, "modelCard");
  if (!model_card) return;
  if (const auto analysis = member(*model_card, "quantitativeAnalysis")) {
    card.evaluation = !Items(*analysis, "performanceMetrics").empty();
  }
  const auto said = member(*model_card, "considerations");
  if (!said) return;
  card.purpose = any_text(Items(*said, "useCases"), {});
  card.limits = any_text(Items(*said, "technicalLimitations"), {});
  card.risks = any_text(Items(*said, "ethicalConsiderations"), {"name"}) ||
               any_text(Items(*said, "fairnessAssessments"), {"harms"});
  card.safeguards = any_text(Items(*said, "ethicalConsiderations"), {"mitigationStrategy"}) ||
                    any_text(Items(*said, "fairnessAssessments"), {"mitigationStrategy"});
  card.audience = any_text(Items(*said, "users"), {});
}

std::optional<Element> find_model(Element bom) {
  const auto is_model = [](Element component) {
    return text_of(component, "type") == "machine-learning-model" && member(component, "modelCard");
  };
  if (const auto metadata = member(bom, "metadata")) {
    const auto described = member(*metadata, "component");
    if (described && is_model(*described)) return described;
  }
  for (const Element component : Items(bom, "components")) {
    if (is_model(component)) return component;
  }
  return std::nullopt;
}

// model_card.schema.json v0.0.2 of the Model Card Toolkit; v0.0.1 had plain texts where later there
// are objects.
void read_mct(Element root, ModelCard& card) {
  if (const auto details = member(root, "model_details")) {
    for (const Element license : Items(*details, "licenses")) {
      if (!card.license.empty()) break;
      const std::string_view id = text_of(license, "identifier");
      card.license = id.empty() ? text_of(license, "custom_text") : id;
    }
  }
  if (const auto analysis = member(root, "quantitative_analysis")) {
    card.evaluation = !Items(*analysis, "performance_metrics").empty();
  }
  const auto said = member(root, "considerations");
  if (!said) return;
  card.purpose = any_text(Items(*said, "use_cases"), {"description"});
  card.limits = any_text(Items(*said, "limitations"), {"description"});
  card.risks = any_text(Items(*said, "ethical_considerations"), {"name"});
  card.safeguards = any_text(Items(*said, "ethical_considerations"), {"mitigation_strategy"});
  card.audience = any_text(Items(*said, "users"), {"description"});
}

Verdict<ModelCard> read_json(std::string_view bytes) {
  const auto document = JsonDocument::parse(bytes);
  if (!document.ok()) return Refusal{"card-malformed", document.error().message};
  const Element root = document->root();
  if (member(root, "bomFormat")) {
    const auto bom = read_cyclonedx(root);
    if (!bom.ok()) return Refusal{"card-invalid", bom.error().reason};
    const auto model = find_model(root);
    if (!model)
      return Refusal{"card-format", "no machine-learning-model component with a modelCard"};
    ModelCard card{.format = bom->format};
    read_cyclonedx_card(*model, card);
    return card;
  }
  const auto details = member(root, "model_details");
  if (!details || !details->is_object()) return Refusal{"card-format", "JSON, but no model card"};
  ModelCard card{.format = "mct"};
  read_mct(root, card);
  return card;
}

}  // namespace

Verdict<ModelCard> parse_model_card(std::string_view bytes) {
  auto card = trim(bytes.substr(0, 256)).starts_with('{') ? read_json(bytes) : read_markdown(bytes);
  if (card.ok() && card->license.size() > limits::kMaxFactText)
    return Refusal{"card-invalid", "license: too long"};
  return card;
}

}  // namespace z5::document
