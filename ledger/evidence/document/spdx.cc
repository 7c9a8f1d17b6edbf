// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/spdx.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "ledger/evidence/document/text.h"
#include "schemas/time.h"

namespace z5::document {
namespace {

Error misfit(std::string_view where, std::string_view what) {
  return invalid(fmt::format("{}: {}", where, what));
}

bool is_identifier(std::string_view text) {
  constexpr std::string_view kPrefix = "SPDXRef-";
  return text.starts_with(kPrefix) && text.size() > kPrefix.size() &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-';
         });
}

// The hexadecimal length of a checksum, by SPDX's name of the algorithm; 0 = not known here.
std::size_t checksum_length(std::string_view algorithm) {
  if (algorithm == "MD5") return 32;
  if (algorithm == "SHA1") return 40;
  if (algorithm == "SHA256" || algorithm == "SHA3-256") return 64;
  if (algorithm == "SHA384" || algorithm == "SHA3-384") return 96;
  if (algorithm == "SHA512" || algorithm == "SHA3-512") return 128;
  return 0;
}

class Reader {
 public:
  Status read(Element document) {
    Z5_CHECK(read_header(document));
    for (const std::string_view list : {"packages", "files", "snippets"}) {
      for (const Element item : Items(document, list)) Z5_CHECK(read_element(item, list));
    }
    for (const Element relation : Items(document, "relationships"))
      Z5_CHECK(read_relation(relation));
    return Done{};
  }

 private:
  Status read_header(Element document) {
    for (const std::string_view field : {"name", "documentNamespace"}) {
      if (text_of(document, field).empty()) return misfit(field, "missing");
    }
    if (text_of(document, "dataLicense") != "CC0-1.0")
      return misfit("dataLicense", "expected CC0-1.0");
    if (text_of(document, "SPDXID") != "SPDXRef-DOCUMENT")
      return misfit("SPDXID", "expected SPDXRef-DOCUMENT");
    if (text_of(document, "documentNamespace").find('#') != std::string_view::npos) {
      return misfit("documentNamespace", "has a fragment");
    }
    const auto creation = member(document, "creationInfo");
    if (!creation) return misfit("creationInfo", "missing");
    if (!from_rfc3339(text_of(*creation, "created")).ok())
      return misfit("creationInfo.created", "no date-time");
    if (Items(*creation, "creators").empty()) return misfit("creationInfo.creators", "missing");
    identifiers_.insert("SPDXRef-DOCUMENT");
    return Done{};
  }
  Status read_element(Element item, std::string_view list) {
    const std::string_view id = text_of(item, "SPDXID");
    if (!is_identifier(id)) return misfit(list, fmt::format("'{}' is no SPDXID", printable(id)));
    if (!identifiers_.insert(id).second)
      return misfit(list, fmt::format("SPDXID '{}' twice", printable(id)));
    if (list == "files" ? text_of(item, "fileName").empty()
                        : text_of(item, "name").empty() && list == "packages") {
      return misfit(list, "an element without a name");
    }
    if (list == "packages" && text_of(item, "downloadLocation").empty()) {
      return misfit(list, "downloadLocation is missing");
    }
    for (const Element checksum : Items(item, "checksums")) {
      const std::string_view value = text_of(checksum, "checksumValue");
      const std::size_t length = checksum_length(text_of(checksum, "algorithm"));
      const bool hex = value.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
      if (value.empty() || !hex || (length != 0 && value.size() != length))
        return misfit(list, "a checksum of another form");
    }
    return Done{};
  }
  Status read_relation(Element relation) {
    if (text_of(relation, "relationshipType").empty())
      return misfit("relationships", "no relationshipType");
    for (const std::string_view field : {"spdxElementId", "relatedSpdxElement"}) {
      const std::string_view id = text_of(relation, field);
      const bool elsewhere = id.starts_with("DocumentRef-") || id == "NONE" || id == "NOASSERTION";
      if (!elsewhere && !identifiers_.contains(id)) {
        return misfit("relationships", fmt::format("'{}' names nothing", printable(id)));
      }
    }
    return Done{};
  }

  std::unordered_set<std::string_view> identifiers_;
};

}  // namespace

Verdict<Sbom> read_spdx(Element document) {
  if (text_of(document, "spdxVersion") != "SPDX-2.3") {
    return Refusal{"sbom-format", "SPDX version is not 2.3"};
  }
  const std::size_t packages = Items(document, "packages").size();
  if (packages > limits::kMaxComponents) return Refusal{"sbom-limit", "too many packages"};
  if (const Status read = Reader().read(document); !read.ok()) {
    return Refusal{"sbom-invalid", read.error().message};
  }
  Sbom sbom;
  sbom.format = "spdx-2.3";
  sbom.components = packages;
  return sbom;
}

}  // namespace z5::document
