// SPDX-License-Identifier: Apache-2.0
#include "consumers/permit/reverify.h"

#include <algorithm>

#include "ledger/gate/decide.h"
#include "ledger/gate/evidenced.h"

namespace z5::permit {
namespace {

constexpr std::string_view kVoid[] = {"signer-void", "trust-withdrawn", "trust-void",
                                      "certificate-revoked"};

}  // namespace

Result<Reverified> verify_again(const gate::Version& version, const projections::LedgerView& ledger,
                                const log::EvidenceStore& store, gate::Bundles& bundles, Time now) {
  const evidence::Signers signers =
      gate::signers_for(*ledger.actors, ledger.trust, version.reference().tenant, now);
  Reverified out;
  for (const gate::HeldDocument& held : version.documents) {
    const std::string& kind = gate::document_kinds()[held.kind];
    Z5_TRY(const Bytes bytes, store.get(held.digest));
    out.documents.push_back({kind, held.digest, evidence::examine(kind, bytes, signers),
                             held.first_recorded, version.attachers[held.attacher]});
  }
  const evidence::Version about{.ref = version.ref,
                                .model_digest = version.model_digest,
                                .run_id = version.run_id,
                                .dataset = version.dataset,
                                .container_digest = version.container_digest};
  out.collected = evidence::collect_facts(about, out.documents, signers,
                                          gate::evidence_data(bundles, version.policy));
  const auto& notes = out.collected.notes;
  const bool is_void = std::any_of(notes.begin(), notes.end(), [](const evidence::Note& note) {
    return note.kind == "signature" && std::ranges::count(kVoid, note.rule) > 0;
  });
  out.signer_void = is_void && out.collected.facts["signatures"]["model_valid"] != true;
  return out;
}

}  // namespace z5::permit
