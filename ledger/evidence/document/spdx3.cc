// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/spdx3.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ledger/evidence/document/text.h"
#include "schemas/time.h"

namespace z5::document {
namespace {

Error misfit(std::string_view where, std::string_view what) {
  return invalid(fmt::format("{}: {}", where, what));
}

bool is_package(std::string_view type) {
  return type == "software_Package" || type == "ai_AIPackage" || type == "dataset_DatasetPackage";
}

// Of the individuals that stand for "none" and "nobody says", and may be named without being there.
bool is_individual(std::string_view id) {
  const bool ours = id.starts_with("https://spdx.org/rdf/3.0") || id.find('/') == id.npos;
  return ours && (id.ends_with("NoneElement") || id.ends_with("NoAssertionElement"));
}

std::string_view id_of(Element element) {
  const std::string_view id = text_of(element, "spdxId");
  return id.empty() ? text_of(element, "@id") : id;
}

// The CVE where it is named as one, else the element's name, else its id.
std::string name_of(Element vulnerability) {
  for (const Element identifier : Items(vulnerability, "externalIdentifier")) {
    if (text_of(identifier, "externalIdentifierType") == "cve")
      return std::string(text_of(identifier, "identifier"));
  }
  const std::string_view name = text_of(vulnerability, "name");
  return std::string(name.empty() ? id_of(vulnerability) : name);
}

class Reader {
 public:
  explicit Reader(const Items& graph) : graph_(graph) {}

  Status read() {
    for (const Element element : graph_) Z5_CHECK(read_identity(element));
    if (documents_ != 1) return misfit("@graph", "expected exactly one SpdxDocument");
    for (const Element element : graph_) Z5_CHECK(read_element(element));
    return Done{};
  }

  Sbom sbom() const {
    Sbom out;
    out.format = "spdx-3.0";
    std::unordered_map<std::string_view, std::size_t> findings;
    for (const Element element : graph_) {
      const std::string_view type = text_of(element, "type");
      out.components += is_package(type);
      if (type != "security_Vulnerability") continue;
      findings.emplace(id_of(element), out.findings.size());
      out.findings.push_back({.id = name_of(element)});
    }
    for (const Element element : graph_) rate(element, findings, out.findings);
    for (Finding& finding : out.findings) {
      if (finding.severities.empty()) finding.severities.insert("unknown");
    }
    return out;
  }

 private:
  Status read_identity(Element element) {
    const std::string_view type = text_of(element, "type");
    if (type.empty()) return misfit("@graph", "an element without type");
    const std::string_view id = id_of(element);
    if (id.empty()) return misfit(printable(type), "neither spdxId nor @id");
    if (!types_.emplace(id, type).second)
      return misfit(printable(type), fmt::format("'{}' twice", printable(id)));
    documents_ += type == "SpdxDocument";
    for (const Element import : Items(element, "import"))
      types_.emplace(text_of(import, "externalSpdxId"), "");
    return Done{};
  }

  Status read_element(Element element) const {
    const std::string_view type = text_of(element, "type");
    if (type == "CreationInfo") return read_creation(element);
    if (text_of(element, "spdxId").empty()) return Done{};  // a value, no element
    Z5_CHECK(read_origin(element, type));
    if (is_package(type) && text_of(element, "name").empty())
      return misfit(type, "a package without a name");
    return member(element, "relationshipType") ? read_relationship(element, type) : Status(Done{});
  }

  // creationInfo names a CreationInfo of the graph, or is one.
  Status read_origin(Element element, std::string_view type) const {
    const auto creation = member(element, "creationInfo");
    if (!creation) return misfit(printable(type), "creationInfo is missing");
    if (creation->is_object()) return read_creation(*creation);
    const auto named = types_.find(text_of(*creation));
    if (named == types_.end() || named->second != "CreationInfo")
      return misfit(printable(type), "creationInfo names no CreationInfo");
    return Done{};
  }

  static Status read_creation(Element creation) {
    if (!text_of(creation, "specVersion").starts_with("3.0"))
      return misfit("CreationInfo.specVersion", "expected 3.0");
    if (!from_rfc3339(text_of(creation, "created")).ok())
      return misfit("CreationInfo.created", "no date-time");
    if (Items(creation, "createdBy").empty()) return misfit("CreationInfo.createdBy", "missing");
    return Done{};
  }

  Status read_relationship(Element relation, std::string_view type) const {
    const Items to(relation, "to");
    if (text_of(relation, "relationshipType").empty() || to.empty())
      return misfit(printable(type), "relationshipType or to is missing");
    Z5_CHECK(known(text_of(relation, "from"), type));
    for (const Element target : to) Z5_CHECK(known(text_of(target), type));
    return Done{};
  }

  Status known(std::string_view id, std::string_view type) const {
    if (!id.empty() && (types_.contains(id) || is_individual(id))) return Done{};
    return misfit(printable(type), fmt::format("'{}' names nothing", printable(id)));
  }

  static void rate(Element element,
                   const std::unordered_map<std::string_view, std::size_t>& findings,
                   std::vector<Finding>& out) {
    const std::string_view type = text_of(element, "type");
    const auto finding = findings.find(text_of(element, "from"));
    const bool cvss = type.starts_with("security_Cvss") && type.ends_with("AssessmentRelationship");
    if (!cvss || finding == findings.end()) return;
    const std::string_view severity = text_of(element, "security_severity");
    double score = 0;
    const auto number = member(element, "security_score");
    const bool scored = number && number->get(score) == simdjson::SUCCESS;
    if (!severity.empty()) out[finding->second].severities.insert(severity_of(severity));
    if (scored) out[finding->second].severities.insert(severity_of_score(score));
    for (const Element target : Items(element, "to"))
      out[finding->second].components.emplace_back(text_of(target));
  }

  const Items& graph_;
  std::unordered_map<std::string_view, std::string_view> types_;  // by id; "" = imported
  std::size_t documents_ = 0;
};

}  // namespace

Verdict<Sbom> read_spdx3(Element document) {
  const std::string_view context = text_of(document, "@context");
  if (!context.starts_with("https://spdx.org/rdf/3.0") ||
      !context.ends_with("/spdx-context.jsonld"))
    return Refusal{"sbom-format", "@context is not that of SPDX 3.0"};
  const Items graph(document, "@graph");
  if (graph.size() > limits::kMaxComponents) return Refusal{"sbom-limit", "too many elements"};
  Reader reader(graph);
  if (const Status read = reader.read(); !read.ok())
    return Refusal{"sbom-invalid", read.error().message};
  Sbom sbom = reader.sbom();
  if (sbom.findings.size() > limits::kMaxVulnerabilities)
    return Refusal{"sbom-limit", "too many vulnerabilities"};
  return sbom;
}

}  // namespace z5::document
