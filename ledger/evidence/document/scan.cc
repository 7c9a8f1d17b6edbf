// SPDX-License-Identifier: Apache-2.0
#include "ledger/evidence/document/scan.h"

#include <fmt/format.h>

#include "ledger/evidence/document/json_document.h"
#include "ledger/evidence/document/text.h"

namespace z5::document {
namespace {

Refusal malformed(std::string reason) { return {"scan-malformed", std::move(reason)}; }
Refusal no_database(std::string reason) { return {"scan-database", std::move(reason)}; }

Result<Time> time_of(Element object, std::string_view field) {
  return from_rfc3339(text_of(object, field));
}

// A severity as the predicate gives it: {"method": …, "score": word or number}.
std::string rated(Element severity) {
  const auto score = member(severity, "score");
  double number = 0;
  if (!score) return "unknown";
  if (score->get(number) == simdjson::SUCCESS) return severity_of_score(number);
  return severity_of(text_of(*score));
}

Verdict<std::vector<Finding>> read_results(const Items& results) {
  if (results.size() > limits::kMaxVulnerabilities)
    return Refusal{"scan-limit", "too many results"};
  std::vector<Finding> findings;
  for (const Element result : results) {
    Finding finding{.id = std::string(text_of(result, "id"))};
    if (finding.id.empty()) return malformed("result: id is missing");
    for (const Element severity : Items(result, "severity"))
      finding.severities.insert(rated(severity));
    if (finding.severities.empty()) finding.severities.insert("unknown");
    findings.push_back(std::move(finding));
  }
  return findings;
}

Finding read_match(Element match) {
  Finding finding;
  if (const auto vulnerability = member(match, "vulnerability")) {
    finding.id = text_of(*vulnerability, "id");
    finding.severities.insert(severity_of(text_of(*vulnerability, "severity")));
  } else {
    finding.severities.insert("unknown");
  }
  if (const auto artifact = member(match, "artifact")) {
    const std::string_view purl = text_of(*artifact, "purl");
    finding.components.emplace_back(purl.empty() ? text_of(*artifact, "name") : purl);
  }
  return finding;
}

// What a VEX file that Grype was given says about an ignored match.
VexStatement read_ignored(Element match, const Finding& finding) {
  VexStatement statement{.ids = {finding.id}, .components = finding.components};
  statement.ids.erase("");
  for (const Element rule : Items(match, "appliedIgnoreRules")) {
    const std::string_view status = text_of(rule, "vex-status");
    statement.clears = statement.clears || status == "not_affected" || status == "fixed";
  }
  return statement;
}

// Grype 0.88 and later keep the database's state one level deeper than earlier ones.
Verdict<Time> grype_database(Element descriptor) {
  const auto db = member(descriptor, "db");
  if (!db) return no_database("descriptor.db is missing");
  const auto status = member(*db, "status");
  const Element holder = status ? *status : *db;
  bool valid = true;
  const auto said = member(holder, "valid");
  if (said && (said->get(valid) != simdjson::SUCCESS || !valid)) {
    return no_database("the database is not valid");
  }
  if (!text_of(holder, "error").empty()) return no_database("the database had an error");
  const auto built = time_of(holder, "built");
  if (!built.ok()) return no_database("descriptor.db has no date of build");
  return *built;
}

}  // namespace

Verdict<Scan> parse_vulns_predicate(std::string_view predicate) {
  const auto document = JsonDocument::parse(predicate);
  if (!document.ok()) return malformed(document.error().message);
  const Element root = document->root();
  const auto scanner = member(root, "scanner");
  if (!scanner) return no_database("scanner is missing");
  const std::string_view uri = text_of(*scanner, "uri");
  if (uri.empty() || uri.size() > limits::kMaxFactText)
    return no_database("scanner.uri is missing or too long");
  const auto db = member(*scanner, "db");
  if (!db) return no_database("scanner.db is missing");
  const auto updated = time_of(*db, "lastUpdate");
  if (!updated.ok()) return no_database("scanner.db.lastUpdate: " + updated.error().message);

  const bool inside = member(*scanner, "result").has_value();
  const bool outside = member(root, "result").has_value();
  if (inside == outside) return malformed("expected results once, in scanner.result");
  const auto holder = inside ? *scanner : root;
  if (!member(holder, "result")->is_array()) return malformed("result: expected an array");
  auto findings = read_results(Items(holder, "result"));
  if (!findings.ok()) return findings.error();

  Scan scan{.scanner = std::string(uri),
            .db_updated_at = *updated,
            .findings = std::move(findings).value()};
  if (const auto metadata = member(root, "metadata");
      metadata && member(*metadata, "scanFinishedOn")) {
    const auto finished = time_of(*metadata, "scanFinishedOn");
    if (!finished.ok()) return malformed("metadata.scanFinishedOn: " + finished.error().message);
    scan.scanned_at = *finished;
  }
  return scan;
}

Verdict<Scan> parse_grype(std::string_view bytes) {
  const auto document = JsonDocument::parse(bytes);
  if (!document.ok()) return malformed(document.error().message);
  const Element root = document->root();
  const auto matches = member(root, "matches");
  if (!matches || !matches->is_array()) return malformed("no Grype report: matches is missing");
  const auto descriptor = member(root, "descriptor");
  if (!descriptor || text_of(*descriptor, "name").empty())
    return no_database("descriptor.name is missing");
  const auto database = grype_database(*descriptor);
  if (!database.ok()) return database.error();

  Scan scan{.scanner =
                fmt::format("{}@{}", text_of(*descriptor, "name"), text_of(*descriptor, "version")),
            .db_updated_at = *database};
  if (scan.scanner.size() > limits::kMaxFactText) return malformed("descriptor.name: too long");
  if (const auto scanned = time_of(*descriptor, "timestamp"); scanned.ok())
    scan.scanned_at = *scanned;
  // Ignored ones count: who ignored them, and why, is nobody's signed statement.
  for (const std::string_view list : {"matches", "ignoredMatches"}) {
    const Items items(root, list);
    if (items.size() > limits::kMaxVulnerabilities)
      return Refusal{"scan-limit", "too many matches"};
    for (const Element match : items) {
      scan.findings.push_back(read_match(match));
      scan.statements.push_back(read_ignored(match, scan.findings.back()));
    }
  }
  return scan;
}

}  // namespace z5::document
