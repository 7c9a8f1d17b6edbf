// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/cyclonedx_xml.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <unordered_set>

#include "ledger/evidence/document/cyclonedx.h"
#include "ledger/evidence/document/text.h"
#include "ledger/evidence/document/text_forms.h"
#include "schemas/limits.h"

namespace z5::document {
namespace {

using Node = const xmlNode*;
using Words = std::initializer_list<std::string_view>;

constexpr std::string_view kNamespace = "http://cyclonedx.org/schema/bom/";

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view{}
                         : std::string_view(reinterpret_cast<const char*>(text));
}

std::string_view name_of(Node node) { return view(node->name); }

bool is_element(Node node) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr &&
         view(node->ns->href).starts_with(kNamespace);
}

Node child(Node node, std::string_view name) {
  for (Node at = node->children; at != nullptr; at = at->next) {
    if (is_element(at) && name_of(at) == name) return at;
  }
  return nullptr;
}

std::size_t children(Node node, std::string_view name) {
  std::size_t count = 0;
  for (Node at = node->children; at != nullptr; at = at->next)
    count += is_element(at) && name_of(at) == name;
  return count;
}

// The element's own text and CDATA, entities never: a document with a DTD was refused.
std::string own_text(Node node) {
  std::string text;
  for (Node at = node->children; at != nullptr; at = at->next) {
    if (at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE) text += view(at->content);
  }
  return std::string(trim(text));
}

std::string child_text(Node node, std::string_view name) {
  const Node found = child(node, name);
  return found == nullptr ? std::string() : own_text(found);
}

std::optional<std::string> attribute(Node node, const char* name) {
  const std::unique_ptr<xmlChar, void (*)(void*)> value(
      xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(name)), [](void* p) { xmlFree(p); });
  if (value == nullptr) return std::nullopt;
  return std::string(view(value.get()));
}

bool one_of(std::string_view text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

Error misfit(Node node, std::string_view what) {
  return invalid(
      fmt::format("line {}, {}: {}", xmlGetLineNo(node), printable(name_of(node)), what));
}

class Reader {
 public:
  Reader(std::string_view version, Sbom& sbom) : version_(version), sbom_(sbom) {}

  Status read_bom(Node bom) {
    const auto serial = attribute(bom, "serialNumber");
    if (serial && !text_form("serial")(*serial)) return misfit(bom, "serialNumber is no UUID URN");
    return visit(bom, 1);
  }

 private:
  Status visit(Node node, std::size_t depth) {
    if (depth > limits::kMaxXmlDepth) return misfit(node, "nested too deeply");
    for (Node at = node->children; at != nullptr; at = at->next) {
      if (at->type != XML_ELEMENT_NODE || !is_element(at))
        continue;  // other namespaces are extensions
      Z5_CHECK(check(at));
      Z5_CHECK(visit(at, depth + 1));
    }
    return Done{};
  }

  Status check(Node node) {
    const std::string_view name = name_of(node);
    if (const auto reference = attribute(node, "bom-ref")) {
      if (reference->empty() || !references_.insert(*reference).second)
        return misfit(node, "bom-ref empty or twice");
    }
    if (attribute(node, "encoding").value_or("base64") != "base64")
      return misfit(node, "encoding is not allowed");
    if (name == "metadata") return check_metadata(node);
    if (name == "component") return check_component(node);
    if (name == "hash") return check_hash(node);
    if (name == "licenses") return check_licenses(node);
    if (name == "license") return check_license(node);
    if (name == "citation") return check_citation(node);
    if (name == "swid" && (!attribute(node, "tagId") || !attribute(node, "name")))
      return misfit(node, "tagId or name is missing");
    if (name == "property" && version_ >= "1.6" && !attribute(node, "name"))
      return misfit(node, "name is missing");
    if (const auto flow = attribute(node, "flow");
        flow && !one_of(*flow, {"inbound", "outbound", "bi-directional", "unknown"})) {
      return misfit(node, "flow is not allowed");
    }
    if (name == "dependency" && attribute(node, "ref").value_or("").empty())
      return misfit(node, "ref is missing");
    if (name == "timestamp" && !text_form("date-time")(own_text(node)))
      return misfit(node, "no date-time");
    if (name == "patch" && !one_of(attribute(node, "type").value_or(""),
                                   {"unofficial", "monkey", "backport", "cherry-pick"})) {
      return misfit(node, "type is not allowed");
    }
    if (name == "issue" &&
        !one_of(attribute(node, "type").value_or(""), {"defect", "enhancement", "security"})) {
      return misfit(node, "type is not allowed");
    }
    if (name == "vulnerability" && name_of(node->parent) == "vulnerabilities")
      return read_vulnerability(node);
    return Done{};
  }

  Status check_metadata(Node node) {
    for (Node at = node->children; at != nullptr; at = at->next) {
      if (is_element(at) &&
          !one_of(name_of(at), {"timestamp", "lifecycles", "tools", "authors", "component",
                                "manufacture", "manufacturer", "supplier", "licenses", "properties",
                                "distributionConstraints"})) {
        return misfit(at, "is no part of metadata");
      }
    }
    return Done{};
  }

  Status check_component(Node node) {
    if (++sbom_.components > limits::kMaxComponents) return misfit(node, "too many components");
    if (!one_of(attribute(node, "type").value_or(""),
                {"application", "framework", "library", "container", "platform", "operating-system",
                 "device", "device-driver", "firmware", "file", "machine-learning-model", "data",
                 "cryptographic-asset"})) {
      return misfit(node, "type is not allowed");
    }
    if (child(node, "name") == nullptr) return misfit(node, "name is missing");
    if (child(node, "scope") != nullptr &&
        !one_of(child_text(node, "scope"), {"required", "optional", "excluded"})) {
      return misfit(node, "scope is not allowed");
    }
    // A range is for components that are not part of the product, and stands for the version.
    if (child(node, "versionRange") != nullptr &&
        (child(node, "version") != nullptr ||
         !one_of(attribute(node, "isExternal").value_or(""), {"true", "1"}))) {
      return misfit(node, "versionRange beside a version, or of a component that is not external");
    }
    return Done{};
  }

  Status check_hash(Node node) {
    const std::string algorithm = attribute(node, "alg").value_or("");
    const std::string content = own_text(node);
    const std::size_t length = hash_length(algorithm);
    if (length == 0 && !one_of(algorithm, {"BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3",
                                           "Streebog-256", "Streebog-512"})) {
      return misfit(node, "alg is not allowed");
    }
    if (!text_form("hex-digest")(content) || (length != 0 && content.size() != length)) {
      return misfit(node, "content does not fit alg");
    }
    return Done{};
  }

  // Until 1.6 either licences or one expression; 1.7 mixes them.
  Status check_licenses(Node node) {
    const std::size_t expressions = children(node, "expression");
    if (version_ < "1.7" && expressions > 0 && expressions + children(node, "license") > 1) {
      return misfit(node, "an expression beside other licences");
    }
    return Done{};
  }

  Status check_license(Node node) {
    const Node id = child(node, "id");
    if (children(node, "id") + children(node, "name") != 1)
      return misfit(node, "expected exactly one id or name");
    if (id != nullptr && !is_spdx_license(own_text(id)))
      return misfit(node, "id is no SPDX licence");
    return Done{};
  }

  Status check_citation(Node node) {
    const std::size_t by = children(node, "attributedTo"), process = children(node, "process");
    if (children(node, "pointers") + children(node, "expressions") != 1)
      return misfit(node, "expected either pointers or expressions");
    if (by > 1 || process > 1 || by + process == 0)
      return misfit(node, "expected one attributedTo, one process or both");
    return Done{};
  }

  Status read_vulnerability(Node node) {
    if (sbom_.findings.size() == limits::kMaxVulnerabilities)
      return misfit(node, "too many vulnerabilities");
    Finding finding{.id = child_text(node, "id")};
    if (const Node ratings = child(node, "ratings")) {
      for (Node rating = ratings->children; rating != nullptr; rating = rating->next) {
        if (!is_element(rating) || name_of(rating) != "rating") continue;
        finding.severities.insert(severity_of(child_text(rating, "severity")));
      }
    }
    if (finding.severities.empty()) finding.severities.insert("unknown");
    if (const Node affects = child(node, "affects")) {
      for (Node target = affects->children; target != nullptr; target = target->next) {
        if (is_element(target)) finding.components.push_back(child_text(target, "ref"));
      }
    }
    VexStatement statement{.ids = {finding.id}, .components = finding.components};
    statement.ids.erase("");
    if (const Node analysis = child(node, "analysis"))
      statement.clears = state_clears(child_text(analysis, "state"));
    sbom_.findings.push_back(std::move(finding));
    sbom_.statements.push_back(std::move(statement));
    return Done{};
  }

  std::string_view version_;
  Sbom& sbom_;
  std::unordered_set<std::string> references_;
};

}  // namespace

Verdict<Sbom> read_cyclonedx_xml(std::string_view bytes) {
  const auto malformed = [](std::string_view why) {
    return Refusal{"sbom-malformed", fmt::format("XML: {}", why)};
  };
  if (bytes.size() > limits::kMaxXml) return malformed("too large");
  if (!is_utf8(bytes) || bytes.find('\0') != std::string_view::npos) return malformed("not UTF-8");
  // No CycloneDX document has one; without it there are no entities to expand or to fetch.
  if (bytes.find("<!DOCTYPE") != std::string_view::npos) return malformed("has a DOCTYPE");
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                           XML_PARSE_IGNORE_ENC | XML_PARSE_BIG_LINES | XML_PARSE_COMPACT;
  const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
      xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, "UTF-8", kOptions),
      xmlFreeDoc);
  if (document == nullptr) return malformed("not well-formed");
  const Node root = xmlDocGetRootElement(document.get());
  if (root == nullptr || !is_element(root) || name_of(root) != "bom") {
    return Refusal{"sbom-format", "the root is no CycloneDX bom"};
  }
  const std::string_view version = view(root->ns->href).substr(kNamespace.size());
  if (!is_cyclonedx_version(version)) {
    return Refusal{"sbom-format",
                   fmt::format("CycloneDX version '{}' is not read", printable(version))};
  }
  Sbom sbom{.format = fmt::format("cyclonedx-{}-xml", version)};
  if (const Status read = Reader(version, sbom).read_bom(root); !read.ok()) {
    return Refusal{"sbom-invalid", read.error().message};
  }
  return sbom;
}

}  // namespace z5::document
