// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/cyclonedx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "ledger/evidence/document/cyclonedx_shape.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

constexpr std::array<std::string_view, 6> kVersions{"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"};

// What a JSON Schema cannot say, or says per version; one walk over the whole document.
class Walk {
 public:
  explicit Walk(std::string_view version) : version_(version) {}

  std::uint64_t components() const { return components_; }

  Status visit(Element value) {
    if (simdjson::dom::array array; value.get(array) == simdjson::SUCCESS) {
      for (const Element item : array) Z5_CHECK(visit(item));
    }
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return Done{};
    for (const auto field : object) {
      if (field.key == "licenses")
        Z5_CHECK(check_licenses(value));
      else if (field.key == "hashes")
        Z5_CHECK(check_hashes(value));
      else if (field.key == "components" || field.key == "services")
        Z5_CHECK(note_parts(Items(value, field.key), field.key == "components"));
      else if (field.key == "versionRange")
        Z5_CHECK(check_external(value));
      if (field.key != "signature") Z5_CHECK(visit(field.value));
    }
    return Done{};
  }

 private:
  // References of components and services are what dependencies and findings name.
  Status note_parts(const Items& parts, bool are_components) {
    if (are_components) components_ += parts.size();
    for (const Element part : parts) {
      const std::string_view reference = text_of(part, "bom-ref");
      if (!reference.empty() && !references_.insert(reference).second) {
        return invalid(fmt::format("bom-ref '{}' twice", printable(reference)));
      }
    }
    return Done{};
  }
  // 1.5 and 1.6: either licences or exactly one expression; 1.7 mixes them, 1.4 did not say.
  Status check_licenses(Element holder) {
    if (version_ != "1.5" && version_ != "1.6") return Done{};
    const Items licenses(holder, "licenses");
    const auto expressions = std::count_if(licenses.begin(), licenses.end(), [](Element item) {
      return member(item, "expression").has_value();
    });
    if (expressions == 0 || licenses.size() == 1) return Done{};
    return invalid("licenses: an expression beside other licences");
  }
  Status check_hashes(Element holder) {
    for (const Element hash : Items(holder, "hashes")) {
      const std::string_view algorithm = text_of(hash, "alg");
      const std::size_t length = hash_length(algorithm);
      if (length != 0 && text_of(hash, "content").size() != length) {
        return invalid(fmt::format("hashes: content is no {}", algorithm));
      }
    }
    return Done{};
  }
  // A range is for components that are not part of the product.
  Status check_external(Element component) {
    bool external = false;
    const auto said = member(component, "isExternal");
    if (said && said->get(external) == simdjson::SUCCESS && external) return Done{};
    return invalid("versionRange: the component is not external");
  }

  std::string_view version_;
  std::unordered_set<std::string_view> references_;
  std::uint64_t components_ = 0;
};

// The element that a BOM-Link or a plain reference names.
std::string_view reference_of(std::string_view text) {
  const std::size_t hash = text.find('#');
  return text.starts_with("urn:cdx:") && hash != std::string_view::npos ? text.substr(hash + 1)
                                                                        : text;
}

Finding read_finding(Element vulnerability) {
  Finding finding;
  finding.id = text_of(vulnerability, "id");
  for (const Element rating : Items(vulnerability, "ratings")) {
    const std::string_view severity = text_of(rating, "severity");
    double score = -1;
    const auto number = member(rating, "score");
    if (!severity.empty())
      finding.severities.insert(severity_of(severity));
    else if (number && number->get(score) == simdjson::SUCCESS &&
             text_of(rating, "method").starts_with("CVSS")) {
      finding.severities.insert(severity_of_score(score));
    } else {
      finding.severities.insert("unknown");
    }
  }
  if (finding.severities.empty()) finding.severities.insert("unknown");
  for (const Element affected : Items(vulnerability, "affects")) {
    finding.components.emplace_back(reference_of(text_of(affected, "ref")));
  }
  return finding;
}

VexStatement read_statement(Element vulnerability, const Finding& finding) {
  VexStatement statement{.ids = {finding.id}, .components = finding.components};
  for (const Element other : Items(vulnerability, "references")) {
    statement.ids.emplace(text_of(other, "id"));
  }
  statement.ids.erase("");
  const auto analysis = member(vulnerability, "analysis");
  statement.clears = analysis && state_clears(text_of(*analysis, "state"));
  return statement;
}

}  // namespace

bool is_cyclonedx_version(std::string_view version) {
  return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

bool state_clears(std::string_view state) {
  return state == "not_affected" || state == "false_positive" || state == "resolved" ||
         state == "resolved_with_pedigree";
}

std::size_t hash_length(std::string_view algorithm) {
  if (algorithm == "MD5") return 32;
  if (algorithm == "SHA-1") return 40;
  if (algorithm == "SHA-256" || algorithm == "SHA3-256") return 64;
  if (algorithm == "SHA-384" || algorithm == "SHA3-384") return 96;
  if (algorithm == "SHA-512" || algorithm == "SHA3-512") return 128;
  return 0;
}

Verdict<Sbom> read_cyclonedx(Element bom) {
  const std::string_view version = text_of(bom, "specVersion");
  if (!is_cyclonedx_version(version)) {
    return Refusal{"sbom-format",
                   fmt::format("CycloneDX version '{}' is not read", printable(version))};
  }
  const Status shape = cyclonedx_shape().check(bom, "bom");
  if (!shape.ok()) return Refusal{"sbom-invalid", shape.error().message};
  Walk walk(version);
  const Status walked = walk.visit(bom);
  if (!walked.ok()) return Refusal{"sbom-invalid", walked.error().message};

  Sbom sbom{.format = fmt::format("cyclonedx-{}", version), .components = walk.components()};
  const auto metadata = member(bom, "metadata");
  if (metadata && member(*metadata, "component")) ++sbom.components;
  const Items vulnerabilities(bom, "vulnerabilities");
  if (sbom.components > limits::kMaxComponents ||
      vulnerabilities.size() > limits::kMaxVulnerabilities) {
    return Refusal{"sbom-limit", "too many components or vulnerabilities"};
  }
  for (const Element vulnerability : vulnerabilities) {
    sbom.findings.push_back(read_finding(vulnerability));
    sbom.statements.push_back(read_statement(vulnerability, sbom.findings.back()));
  }
  return sbom;
}

}  // namespace z5::document
