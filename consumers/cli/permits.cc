// SPDX-License-Identifier: Apache-2.0
// z5 permit, verify: what a serving host asks, and the full report about a version.
#include <fmt/format.h>

#include <filesystem>

#include "consumers/cli/files.h"
#include "consumers/cli/installation.h"
#include "consumers/cli/verbs.h"
#include "consumers/verify/permit.h"
#include "consumers/verify/summary.h"
#include "ledger/clock.h"
#include "ledger/keys/key.h"
#include "ledger/policy/bundle.h"
#include "schemas/encoding.h"

namespace z5::cli {
namespace {

struct Flags {
  std::string ref, as, policy_digest, out;
};

// Computed from the bytes in policy/, never from the folders' names.
Result<std::vector<Digest>> policies_held(const ledger::Home& home, const std::string& only) {
  std::vector<Digest> held;
  std::error_code problem;
  for (const auto& folder : std::filesystem::directory_iterator(home.policy(), problem)) {
    if (folder.path().filename().string().starts_with('.')) continue;
    Z5_TRY(const policy::Bundle bundle, policy::bundle_from_directory(folder.path()));
    if (only.empty() || bundle.digest().text() == only) held.push_back(bundle.digest());
  }
  if (problem) return invalid(fmt::format("{}: {}", home.policy(), problem.message()));
  if (held.empty())
    return invalid(fmt::format("no such policy bundle in {}: z5 policy pin", home.policy()));
  if (held.size() > limits::kMaxRuntimePolicies) {
    return invalid(fmt::format("{} holds {} bundles; name one with --policy-digest", home.policy(),
                               held.size()));
  }
  return held;
}

Json permit_json(const verify::Permit& permit, const Json& bundle) {
  return {{"permit", bundle},
          {"ref", permit.ref},
          {"stage", permit.stage == fb::Stage::Approved ? "Approved" : "Staging"},
          {"model_digest", permit.model_digest.text()},
          {"policy_digest", permit.policy_digest.text()},
          {"audience", permit.audience},
          {"sequence", permit.sequence},
          {"issued_at", to_rfc3339(permit.issued_at)},
          {"not_after", to_rfc3339(permit.not_after)}};
}

Result<Outcome> permit(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_CHECK(version_target(flags.ref));
  Z5_TRY(const auto policies, policies_held(installation.home(), flags.policy_digest));
  Z5_TRY(const keys::PublicKey service,
         keys::load_public_key(installation.home().public_key_file("permit")));
  const std::string nonce = to_hex(keys::random_bytes(limits::kMinNonce));
  Json request = {
      {"model", flags.ref}, {"runtime", {{"policy_digests", Json::array()}}}, {"nonce", nonce}};
  for (const Digest& digest : policies)
    request["runtime"]["policy_digests"].push_back(digest.text());
  {
    Z5_TRY(const Heads heads, installation.heads());
    request["min_sequence"] = heads.own_sequence();
  }
  Z5_TRY(Service permits, installation.service("permit", flags.as));
  Z5_TRY(const auto answer, permits.post("/v1/permits", request.dump()));
  if (!answer.ok()) return outcome_of(answer.error());
  Z5_TRY(const Json body, parse_json(*answer));
  Z5_TRY(const Json* bundle, json_object(body, "permit", "answer"));
  // The bundle's own bytes: what was signed is inside it, in base64.
  const std::string text = bundle->dump();
  const auto checked = verify::verify_permit(
      text, {.services = {&service, 1},
             .ledger = {installation.trust().origin, installation.trust().genesis},
             .model = flags.ref,
             .nonce = nonce,
             .audience = {},
             .environment = {},
             .policies = policies,
             .now = ledger::machine_clock().wall()});
  if (!checked.ok())
    return corrupt(fmt::format("permit: {}: {}", checked.error().rule, checked.error().reason));
  if (!flags.out.empty()) Z5_CHECK(write_file(flags.out, text));
  return Outcome{.text = fmt::format("permitted: {} for {} until {}\n", checked->ref,
                                     checked->audience, to_rfc3339(checked->not_after)),
                 .document = permit_json(*checked, *bundle),
                 .exit = 0};
}

// The signed summary must say what the report says.
Status check_summary(const Installation& installation, const Json& report, bool passed) {
  Z5_TRY(const keys::PublicKey service,
         keys::load_public_key(installation.home().public_key_file("permit")));
  Z5_TRY(const Json* bundle, json_object(report, "summary", "report"));
  Z5_TRY(const std::string model, json_string(report, "model_digest", "report"));
  Z5_TRY(const Digest digest, digest_from_text(model));
  const auto summary = verify::verify_summary(bundle->dump(), {&service, 1}, digest);
  if (!summary.ok())
    return corrupt(fmt::format("summary: {}: {}", summary.error().rule, summary.error().reason));
  if (summary->passed != passed) return corrupt("summary: says something else than the report");
  return Done{};
}

Result<Outcome> verify_version(const Globals& globals, const Flags& flags) {
  Z5_TRY(const Installation installation, Installation::open(globals));
  Z5_CHECK(version_target(flags.ref));
  Json request = {{"model", flags.ref}};
  {
    Z5_TRY(const Heads heads, installation.heads());
    request["min_sequence"] = heads.own_sequence();
  }
  Z5_TRY(Service permits, installation.service("permit", flags.as.empty() ? "local" : flags.as));
  Z5_TRY(const auto answer, permits.post("/v1/verifications", request.dump()));
  if (!answer.ok()) return outcome_of(answer.error());
  Z5_TRY(Json report, parse_json(*answer));
  Z5_TRY(const Json* download, json_object(report, "download", "report"));
  std::string text = fmt::format("{} {} {}\n", report.value("ref", ""), report.value("stage", ""),
                                 report.value("model_digest", ""));
  bool passed = false;
  for (const auto& [environment, ruling] : download->items()) {
    const bool permitted = ruling.value("permitted", false);
    passed = passed || permitted;
    text += fmt::format("{}: {}\n", environment, permitted ? "may be loaded" : "refused");
    for (const Json& refusal : ruling.value("refusal", Json::array())) {
      text += fmt::format("  {}: {}\n", refusal.value("rule", ""), refusal.value("reason", ""));
    }
  }
  Z5_CHECK(check_summary(installation, report, passed));
  if (!flags.out.empty()) Z5_CHECK(write_file(flags.out, report["summary"].dump()));
  return Outcome{.text = std::move(text), .document = std::move(report), .exit = passed ? 0 : 1};
}

}  // namespace

void add_permits(CLI::App& app, Verb& chosen) {
  add_verb<Flags>(
      app, chosen, "permit", "may this serving actor load the version now?",
      [](CLI::App& verb, Flags& flags) {
        verb.add_option("ref", flags.ref, "tenant/model:version, or tenant/model@serving")
            ->required();
        verb.add_option("--as", flags.as, "serving actor whose token in tokens/ is used")
            ->required();
        verb.add_option("--policy-digest", flags.policy_digest,
                        "only this one of the bundles in policy/");
        verb.add_option("--out", flags.out, "write the permit here");
      },
      permit);
  add_verb<Flags>(
      app, chosen, "verify", "verify everything about a version afresh",
      [](CLI::App& verb, Flags& flags) {
        verb.add_option("ref", flags.ref, "tenant/model:version, or tenant/model@serving")
            ->required();
        verb.add_option("--as", flags.as, "the actor whose token is used (default: local)");
        verb.add_option("--out", flags.out, "write the signed verification summary here");
      },
      verify_version);
}

}  // namespace z5::cli
