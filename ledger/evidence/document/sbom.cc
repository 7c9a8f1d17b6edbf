// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/sbom.h"

#include "ledger/evidence/document/cyclonedx.h"
#include "ledger/evidence/document/cyclonedx_xml.h"
#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/spdx.h"
#include "ledger/evidence/document/spdx3.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {

Verdict<Sbom> parse_sbom(std::string_view bytes) {
  if (bytes.size() > limits::kMaxDocument)
    return Refusal{"sbom-malformed", "larger than an SBOM may be"};
  if (trim(bytes.substr(0, 256)).starts_with('<')) return read_cyclonedx_xml(bytes);
  const auto document = JsonDocument::parse(bytes);
  if (!document.ok()) return Refusal{"sbom-malformed", document.error().message};
  const Element root = document->root();
  if (member(root, "spdxVersion")) return read_spdx(root);
  if (member(root, "bomFormat")) return read_cyclonedx(root);
  if (member(root, "@context") && member(root, "@graph")) return read_spdx3(root);
  return Refusal{"sbom-format", "neither CycloneDX nor SPDX"};
}

}  // namespace z5::document
