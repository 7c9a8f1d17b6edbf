// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/report.h"

#include "consumers/permit/render.h"
#include "consumers/permit/reverify.h"
#include "consumers/verify/permit.h"
#include "consumers/verify/summary.h"
#include "ledger/gate/policy_input.h"
#include "ledger/keys/dsse.h"

namespace z5::permit {
namespace {

Json documents_json(const Reverified& evidence, std::vector<Digest>& counted) {
  Json out = Json::array();
  for (const evidence::Submitted& document : evidence.documents) {
    Json notes = Json::array();
    for (const evidence::Note& note : evidence.collected.notes) {
      if (note.digest != document.digest || note.kind != document.kind) continue;
      notes.push_back({{"rule", note.rule}, {"reason", note.reason}});
    }
    if (notes.empty()) counted.push_back(document.digest);
    out.push_back({{"kind", document.kind},
                   {"digest", document.digest.text()},
                   {"first_recorded", to_rfc3339(document.first_recorded)},
                   {"counts", notes.empty()},
                   {"notes", notes}});
  }
  return out;
}

}  // namespace

Result<Json> verification_report(const projections::View& view, const gate::Version& version,
                                 const log::EvidenceStore& store, gate::Bundles& bundles,
                                 const keys::PrivateKey& service, Time now) {
  const projections::LedgerView& ledger = view.ledger();
  Z5_TRY(const Reverified evidence, verify_again(version, ledger, store, bundles, now));
  const bool revoked = version.stage == fb::Stage::Revoked || evidence.signer_void;
  const bool bound =
      !ledger.policies->withdrawn.contains(version.policy) && bundles.holds(version.policy);

  Json download = Json::object();
  bool passed = false;
  for (const auto environment :
       {fb::Environment::Staging, fb::Environment::Canary, fb::Environment::Production}) {
    const policy::Decision decision =
        bundles.ask(policy::Package::Download, version.policy,
                    gate::download_input({version, evidence.collected.facts, environment, revoked,
                                          version.policy, now}));
    const bool permitted = decision.allowed && bound && !revoked && !version.hold &&
                           verify::loadable(version.stage, environment);
    passed = passed || permitted;
    download[std::string(identity::environment_name(environment))] = {
        {"permitted", permitted}, {"refusal", refusals_json(decision.reasons)}};
  }
  std::vector<Digest> counted;
  Json documents = documents_json(evidence, counted);
  const verify::Summary summary{.origin = ledger.name.origin,
                                .ref = version.ref,
                                .model_digest = version.model_digest,
                                .policy_digest = version.policy,
                                .attestations = std::move(counted),
                                .stage = version.stage,
                                .passed = passed,
                                .verified_at = now};
  Z5_TRY(Json signed_summary,
         parse_json(keys::sign_bundle(verify::write_summary(summary), service)));
  return Json{
      {"ref", version.ref},
      {"stage", gate::stage_name(version.stage)},
      {"hold", hold_json(version)},
      {"model_digest", version.model_digest.text()},
      {"policy_digest", version.policy.text()},
      {"policy_bound", bound},
      {"evidence_root", version.evidence_root.text()},
      {"facts", evidence.collected.facts},
      {"facts_digest", evidence.collected.facts_digest.text()},
      {"revoked", revoked},
      {"documents", std::move(documents)},
      {"download", std::move(download)},
      {"sequence", version.changed},
      {"seen",
       {{"size", std::to_string(ledger.head.size())}, {"root", ledger.head.tree.root().text()}}},
      {"verified_at", to_rfc3339(now)},
      {"summary", std::move(signed_summary)}};
}

}  // namespace z5::permit
