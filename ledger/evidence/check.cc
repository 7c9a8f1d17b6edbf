// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/check.h"

#include <fmt/format.h>

#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/model_card.h"
#include "ledger/evidence/document/sbom.h"
#include "ledger/evidence/document/scan.h"
#include "ledger/evidence/document/text.h"
#include "ledger/evidence/predicate.h"
#include "ledger/evidence/sigstore/bundle.h"
#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/statement.h"

namespace z5::evidence {
namespace {

// The document itself, taken out of its bundle where it came in one.
struct Opened {
  std::string bytes;
  std::string predicate_type;  // empty for a bare document
  bool trusted = false;        // signed by the trusted VEX signer
};

Verdict<Opened> open_document(const CheckRequest& request) {
  const auto json = document::JsonDocument::parse(request.bytes);
  if (!json.ok() || !document::member(json->root(), "mediaType"))
    return Opened{std::string(request.bytes), "", false};
  if (!request.vex_signer)
    return Refusal{"signer-missing", "a bundle, but no --vex-signer to check it with"};
  Z5_TRY(const sigstore::Bundle bundle, sigstore::parse_bundle(request.bytes));
  Z5_TRY(const std::size_t signer,
         sigstore::verify_dsse_with_keys(bundle, {&*request.vex_signer, 1}));
  Z5_TRY(const sigstore::Statement statement, sigstore::parse_statement(bundle.envelope->payload));
  (void)signer;
  return Opened{statement.predicate.dump(), statement.predicate_type, true};
}

Verdict<Json> check_sbom(std::string_view bytes) {
  Z5_TRY(const document::Sbom sbom, document::parse_sbom(bytes));
  return Json{{"format", sbom.format},
              {"components", sbom.components},
              {"vulnerabilities", sbom.findings.size()}};
}

Verdict<Json> check_vex(const CheckRequest& request) {
  Z5_TRY(const Opened opened, open_document(request));
  Z5_TRY(const document::Vex vex, document::parse_vex(opened.bytes));
  return Json{
      {"format", vex.format}, {"statements", vex.statements.size()}, {"trusted", opened.trusted}};
}

Verdict<Json> check_card(std::string_view bytes) {
  Z5_TRY(const document::ModelCard card, document::parse_model_card(bytes));
  return Json{{"format", card.format},         {"purpose", card.purpose},
              {"limits", card.limits},         {"risks", card.risks},
              {"safeguards", card.safeguards}, {"audience", card.audience},
              {"license", card.license},       {"evaluation", card.evaluation}};
}

// Refuses when one of the findings blocks; statements count only from a trusted signer.
Verdict<Done> check_findings(const std::vector<document::Finding>& findings,
                             std::span<const document::VexStatement> statements, bool trusted,
                             const Data& data) {
  for (const document::Finding& finding : findings) {
    if (!document::is_blocking(finding, data.blocking_severities)) continue;
    const bool said = document::is_cleared(finding, statements);
    if (said && trusted) continue;
    return Refusal{"blocking-vulnerability",
                   fmt::format("'{}' ({}) blocks{}", document::printable(finding.id),
                               fmt::join(finding.severities, ", "),
                               said ? ": its VEX statement is not by a trusted signer" : "")};
  }
  return Done{};
}

Verdict<Json> check_bom_scan(std::string_view bytes, bool trusted, const Data& data) {
  Z5_TRY(const document::Sbom bom, document::parse_sbom(bytes));
  Z5_TRY(const Done clean, check_findings(bom.findings, bom.statements, trusted, data));
  (void)clean;
  return Refusal{"scan-database",
                 "CycloneDX does not say which database, of which date, was searched"};
}

Verdict<Json> check_scan(const CheckRequest& request) {
  Z5_TRY(const Opened opened, open_document(request));
  const auto json = document::JsonDocument::parse(opened.bytes);
  if (!json.ok()) return Refusal{"scan-malformed", json.error().message};
  if (document::member(json->root(), "bomFormat"))
    return check_bom_scan(opened.bytes, opened.trusted, request.data);
  const bool grype = document::member(json->root(), "matches").has_value();
  Z5_TRY(const document::Scan scan, grype ? document::parse_grype(opened.bytes)
                                          : document::parse_vulns_predicate(opened.bytes));
  Z5_TRY(const Done clean,
         check_findings(scan.findings, scan.statements, opened.trusted, request.data));
  (void)clean;
  return Json{{"format", grype ? "grype" : "vulns-0.2"},
              {"scanner", scan.scanner},
              {"db_updated_at", to_rfc3339(scan.db_updated_at)},
              {"scanned_at", scan.scanned_at.is_set() ? to_rfc3339(scan.scanned_at) : ""},
              {"findings", scan.findings.size()}};
}

}  // namespace

Verdict<Json> check(const CheckRequest& request) {
  switch (request.kind) {
    case CheckKind::Sbom:
      return check_sbom(request.bytes);
    case CheckKind::Vex:
      return check_vex(request);
    case CheckKind::ModelCard:
      return check_card(request.bytes);
    case CheckKind::Scan:
      break;
  }
  return check_scan(request);
}

}  // namespace z5::evidence
