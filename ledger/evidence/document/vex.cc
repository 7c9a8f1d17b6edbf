// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/evidence/document/cyclonedx.h"
#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/scan.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

constexpr std::string_view kContext = "https://openvex.dev/ns/v0.2.0";
constexpr std::array<std::string_view, 5> kJustifications{
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist"};

Refusal vex_invalid(std::string reason) { return {"vex-invalid", std::move(reason)}; }

// Every name by which a product or subcomponent may be known.
void add_names(Element thing, std::vector<std::string>& names) {
  if (const std::string_view id = text_of(thing, "@id"); !id.empty()) names.emplace_back(id);
  const auto identifiers = member(thing, "identifiers");
  if (!identifiers) return;
  for (const std::string_view kind : {"purl", "cpe23", "cpe22"}) {
    if (const std::string_view name = text_of(*identifiers, kind); !name.empty())
      names.emplace_back(name);
  }
}

// A purl of software inside the model, in contrast to a name of the model itself.
bool names_component(std::string_view name) {
  return name.starts_with("pkg:") && !name.starts_with("pkg:mlmodel/") &&
         !name.starts_with("pkg:huggingface/");
}

// Subcomponents when there are any; else products that are components. Empty: the statement is
// about the whole model.
std::vector<std::string> components_of(const Items& products) {
  std::vector<std::string> inner, outer;
  for (const Element product : products) {
    add_names(product, outer);
    for (const Element part : Items(product, "subcomponents")) add_names(part, inner);
  }
  if (!inner.empty()) return inner;
  if (std::all_of(outer.begin(), outer.end(), names_component)) return outer;
  return {};
}

Verdict<VexStatement> read_statement(Element statement) {
  VexStatement read;
  const auto vulnerability = member(statement, "vulnerability");
  if (!vulnerability || text_of(*vulnerability, "name").empty())
    return vex_invalid("vulnerability.name is missing");
  read.ids.emplace(text_of(*vulnerability, "name"));
  for (const Element alias : Items(*vulnerability, "aliases")) read.ids.emplace(text_of(alias));
  read.ids.erase("");
  const Items products(statement, "products");
  for (const Element product : products) {
    if (text_of(product, "@id").empty() && !member(product, "identifiers"))
      return vex_invalid("a product without @id");
  }
  read.components = components_of(products);

  const std::string_view status = text_of(statement, "status");
  const std::string_view justification = text_of(statement, "justification");
  if (!justification.empty() && std::find(kJustifications.begin(), kJustifications.end(),
                                          justification) == kJustifications.end()) {
    return vex_invalid(fmt::format("justification '{}' is not defined", printable(justification)));
  }
  if (status == "not_affected") {
    if (justification.empty() && trim(text_of(statement, "impact_statement")).empty()) {
      return vex_invalid("not_affected without justification or impact_statement");
    }
    read.clears = true;
  } else if (status == "fixed") {
    read.clears = true;
  } else if (status == "affected") {
    if (trim(text_of(statement, "action_statement")).empty())
      return vex_invalid("affected without action_statement");
  } else if (status != "under_investigation") {
    return vex_invalid(fmt::format("status '{}' is not defined", printable(status)));
  }
  return read;
}

Verdict<Vex> read_openvex(Element root) {
  for (const std::string_view field : {"@id", "author"}) {
    if (trim(text_of(root, field)).empty()) return vex_invalid(fmt::format("{} is missing", field));
  }
  if (!from_rfc3339(text_of(root, "timestamp")).ok())
    return vex_invalid("timestamp is no date-time");
  std::int64_t version = 0;
  const auto said = member(root, "version");
  if (!said || said->get(version) != simdjson::SUCCESS || version < 1)
    return vex_invalid("version is no positive integer");
  const Items statements(root, "statements");
  if (statements.empty()) return vex_invalid("statements is missing");
  if (statements.size() > limits::kMaxVulnerabilities)
    return Refusal{"vex-limit", "too many statements"};
  Vex vex{.format = "openvex-0.2.0", .statements = {}};
  for (const Element statement : statements) {
    auto read = read_statement(statement);
    if (!read.ok()) return read.error();
    vex.statements.push_back(std::move(read).value());
  }
  return vex;
}

}  // namespace

Verdict<Vex> parse_vex(std::string_view bytes) {
  const auto document = JsonDocument::parse(bytes);
  if (!document.ok()) return Refusal{"vex-malformed", document.error().message};
  const Element root = document->root();
  if (text_of(root, "@context") == kContext) return read_openvex(root);
  if (!member(root, "bomFormat"))
    return Refusal{"vex-format", "neither OpenVEX v0.2.0 nor CycloneDX"};
  auto bom = read_cyclonedx(root);
  if (!bom.ok()) return bom.error();
  return Vex{.format = bom->format, .statements = std::move(bom->statements)};
}

}  // namespace z5::document
