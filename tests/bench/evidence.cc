// SPDX-License-Identifier: Apache-2.0
// Evidence, in CPU time. Limits, measured in turns with it: for bundles and envelopes the OpenSSL
// calls that no verifier can do without, for a bill of materials simdjson's parse of the same
// bytes. Figure and limit are the best round's; p50 and p99 are of one call, in CPU time too.
#include <fmt/format.h>
#include <malloc.h>
#include <simdjson.h>

#include <ctime>
#include <fstream>

#include "ledger/evidence/facts.h"
#include "ledger/evidence/sigstore/dsse.h"
#include "ledger/evidence/sigstore/verify.h"
#include "ledger/keys/dsse.h"
#include "tests/bench/bench.h"
#include "tests/support/sigstore/bare_checks.h"
#include "tests/support/sigstore/private_stack.h"

namespace z5::bench {
namespace {

double cpu_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Calls a second of CPU time, ours and the bare ones, in turns.
Report measure(std::string bench, const Options& options, int calls_a_round,
               const std::function<void()>& ours, const std::function<void()>& bare) {
  Report report{.bench = std::move(bench), .unit = "a core-second", .note = {}};
  Waits waits;
  const auto start = std::chrono::steady_clock::now();
  do {
    double busy = 0;
    for (int i = 0; i < calls_a_round; ++i) {
      const double before = cpu_seconds();
      ours();
      const double took = cpu_seconds() - before;
      busy += took;
      waits.add(took * 1e3);
    }
    report.figure = std::max(report.figure, calls_a_round / busy);
    const double before = cpu_seconds();
    for (int i = 0; i < calls_a_round; ++i) bare();
    report.limit = std::max(report.limit, calls_a_round / (cpu_seconds() - before));
  } while (seconds_since(start) < options.seconds);
  report.p50_ms = waits.quantile(0.5);
  report.p99_ms = waits.quantile(0.99);
  report.seconds = seconds_since(start);
  return report;
}

Report keyless(const Options& options, int rekor) {
  const support::PrivateStack stack;
  const auto root = *sigstore::parse_trusted_root(stack.trusted_root().dump());
  sigstore::Policy policy;
  policy.trusted_root = &root;
  policy.now = policy.signed_at = Time{support::kSignedAt * 1'000'000'000};
  const sigstore::Asked asked{sigstore::Artifact::of("the weights"), ""};
  support::BundleOptions made;
  made.rekor = rekor;
  made.timestamp = rekor == 2;
  const Json bundle = stack.keyless_blob("the weights", made);
  Report report = measure(
      fmt::format("evidence/keyless-v{}", rekor), options, 40,
      [&, text = bundle.dump()] {
        Z5_ASSERT(sigstore::verify(*sigstore::parse_bundle(text), asked, policy).ok());
      },
      support::bare_keyless_checks(stack, bundle, rekor));
  report.note = "the OpenSSL calls that a keyless verification needs";
  return report;
}

Report managed_key(const Options& options) {
  const auto key = keys::PrivateKey::generate(keys::Algorithm::P256);
  const std::string text = keys::sign_bundle(
      support::statement_for("the weights", "urn:test") + std::string(700, ' '), key);
  const keys::PublicKey trusted[] = {key.public_key()};
  const Bytes signature = key.sign("message");
  Report report = measure(
      "evidence/managed-key", options, 200,
      [&] {
        Z5_ASSERT(sigstore::verify_dsse_with_keys(*sigstore::parse_bundle(text), trusted).ok());
      },
      [&] { Z5_ASSERT(trusted[0].verify("message", signature)); });
  report.note = "P-256 signature checks";
  return report;
}

// A library with what scanners write about one, and two levels of what is inside it.
std::string component(int id, int depth) {
  std::string inside;
  for (int i = 0; depth < 2 && i < 2; ++i)
    inside += (i == 0 ? "" : ",") + component(id * 2 + i + 100'000, depth + 1);
  return fmt::format(
      R"({{"type":"library","bom-ref":"pkg:pypi/package-{0}@1.{0}.{1}?depth={1}","group":"org.example","name":"package-{0}","version":"1.{0}.{1}","description":"Does what package {0} of level {1} does, and says so at some length.","scope":"required","hashes":[{{"alg":"SHA-256","content":"{0:064x}"}},{{"alg":"SHA-512","content":"{0:0128x}"}}],"licenses":[{{"license":{{"id":"Apache-2.0","url":"https://www.apache.org/licenses/LICENSE-2.0"}}}}],"purl":"pkg:pypi/package-{0}@1.{0}.{1}","externalReferences":[{{"type":"website","url":"https://example.org/package-{0}"}},{{"type":"vcs","url":"https://example.org/git/package-{0}"}}],"properties":[{{"name":"syft:package:foundBy","value":"python-installed-package-cataloger"}},{{"name":"syft:location:0:path","value":"/usr/lib/python3/dist-packages/package_{0}/METADATA"}}],"components":[{2}]}})",
      id, depth, inside);
}

std::string vulnerability(int id) {
  return fmt::format(
      R"({{"bom-ref":"v-{0}","id":"CVE-2026-{0}","source":{{"name":"NVD","url":"https://nvd.nist.gov/vuln/detail/CVE-2026-{0}"}},"references":[{{"id":"GHSA-{0:04x}","source":{{"name":"GitHub","url":"https://github.com/advisories"}}}}],"ratings":[{{"source":{{"name":"NVD"}},"score":{1}.5,"severity":"{2}","method":"CVSSv31","vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},{{"source":{{"name":"GitHub"}},"severity":"{2}","method":"other"}}],"cwes":[79,{3}],"description":"{4}","recommendation":"Upgrade to a later version.","advisories":[{{"title":"Advisory","url":"https://example.org/advisories/{0}"}}],"created":"2026-01-01T00:00:00Z","published":"2026-01-02T00:00:00Z","updated":"2026-01-03T00:00:00Z","analysis":{{"state":"in_triage"}},"affects":[{{"ref":"pkg:pypi/package-{0}@1.{0}.0?depth=0","versions":[{{"version":"1.{0}.0","status":"affected"}}]}}]}})",
      id, id % 10, id % 3 == 0 ? "high" : "medium", id % 900 + 1,
      std::string(400, static_cast<char>('a' + id % 26)));
}

// 10 MB of CycloneDX 1.6 with 2,000 vulnerabilities.
std::string bill_of_materials() {
  constexpr std::size_t kBytes = 10'000'000;
  constexpr int kVulnerabilities = 2'000;
  std::string vulnerabilities;
  for (int id = 0; id < kVulnerabilities; ++id)
    vulnerabilities += (id == 0 ? "" : ",") + vulnerability(id);
  std::string text = R"({"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[)";
  for (int id = 0; text.size() + vulnerabilities.size() < kBytes; ++id)
    text += (id == 0 ? "" : ",") + component(id, 0);
  return text + R"(],"vulnerabilities":[)" + vulnerabilities + "]}";
}

// The peak since reset_peak(); of this process alone, unlike what getrusage remembers.
void reset_peak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}
double peak_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  double kib = 0;
  status >> kib;
  return kib / 1024;
}

Report sbom(const Options& options) {
  const std::string text = bill_of_materials();
  const evidence::Version version{.ref = "acme/credit:1",
                                  .model_digest = sha256("model"),
                                  .run_id = "run-1",
                                  .dataset = {},
                                  .container_digest = {}};
  const evidence::Signers signers;
  const auto to_facts = [&] {
    const evidence::Submitted submitted{.kind = "sbom",
                                        .digest = sha256(text),
                                        .examined = evidence::examine("sbom", text, signers),
                                        .first_recorded = Time{1},
                                        .attached_by = {}};
    const auto collected = evidence::collect_facts(version, {&submitted, 1}, signers);
    Z5_ASSERT(collected.facts["sbom"]["blocking"].size() == 64);  // as many as facts name
  };
  const auto parse = [&] {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    Z5_ASSERT(parser.parse(text.data(), text.size(), true).get(root) == simdjson::SUCCESS);
  };
  reset_peak();
  to_facts();
  const double peak = peak_mib();
  Report report = measure("evidence/sbom", options, 3, to_facts, parse);
  report.note = "simdjson's parse of the same 10 MB with 2,000 vulnerabilities";
  report.rss_mib = peak;
  return report;
}

}  // namespace

std::vector<Report> evidence(const Options& options) {
  std::vector<Report> reports{sbom(options), keyless(options, 1), keyless(options, 2),
                              managed_key(options)};
  for (Report& each : signed_model(options)) reports.push_back(std::move(each));
  return reports;
}

}  // namespace z5::bench
