// SPDX-License-Identifier: Apache-2.0
#include "ledger/gate/release.h"

#include <fmt/format.h>

#include <map>

#include "schemas/encoding.h"

namespace z5::gate {
namespace {

std::string_view role_name(const Approval* approval) {
  return approval->view.role == fb::ApprovalRole::Security ? "security" : "product";
}

Json approvals_json(const Release& release) {
  Json out = Json::array();
  for (const Approval* approval : release.approvals) {
    out.push_back({{"sequence", std::to_string(approval->sequence)},
                   {"role", role_name(approval)},
                   {"person", approval->view.person},
                   {"actor", approval->actor}});
  }
  return out;
}

Json manifest_json(const Release& release, const Digest& snapshot) {
  Json documents = Json::array();
  for (const evidence::Submitted& document : release.documents) {
    documents.push_back({{"kind", document.kind}, {"digest", document.digest.text()}});
  }
  const Version& version = release.version;
  return {{"ref", version.ref},
          {"model_digest", version.model_digest.text()},
          {"run_id", version.run_id},
          {"dataset", version.dataset},
          {"container_digest",
           version.container_digest.is_zero() ? "" : version.container_digest.text()},
          {"evidence_root", version.evidence_root.text()},
          {"facts", release.facts},
          {"documents", documents},
          {"policy_digest", release.decision.policy.text()},
          {"policy_snapshot", snapshot.text()},
          {"approvals", approvals_json(release)},
          {"ticket", release.ticket},
          {"promoted_by", release.promoter},
          {"promoted_at", to_rfc3339(release.now)},
          {"previous", release.previous}};
}

// policy_snapshot/: the bundle that decided, what it was asked, and on which facts.
Digest add_snapshot(const Release& release, const policy::Bundle& bundle,
                    std::vector<Bytes>& documents) {
  std::map<std::string, Bytes> files;
  for (const auto& [path, bytes] : bundle.files()) files["registry/" + path] = bytes;
  files["input.json"] = canonical_json(release.input);
  files["facts.json"] = canonical_json(release.facts);
  std::string manifest;
  for (const auto& [path, bytes] : files) {
    manifest += fmt::format("{}  {}\n", sha256(bytes).hex(), path);
    documents.push_back(bytes);
  }
  documents.push_back(manifest);
  return sha256(manifest);
}

// Holds no text of people: slugs, digests and numbers only, so that it can be kept for ever.
std::string notes_text(const Release& release) {
  const Version& version = release.version;
  std::string text = fmt::format("# {}\n\n", version.ref);
  text += fmt::format("Released {} by `{}`. Replaces {}.\n\n", to_rfc3339(release.now),
                      release.promoter,
                      release.previous.empty() ? "nothing" : "`" + release.previous + "`");
  text += fmt::format("- Model: `{}`\n- Run: `{}`\n- Dataset: `{}`\n- Policy: `{}` ({})\n",
                      version.model_digest.text(), version.run_id, version.dataset,
                      release.decision.policy.text(), release.decision.engine);
  text += fmt::format(
      "- Change ticket: `{}`\n- Security decision: {}\n- Fairness: {}\n- Canary: {}\n",
      release.ticket.value("id", ""), release.facts["security_decision"].get<std::string>(),
      release.facts["fairness"]["result"].get<std::string>(),
      release.facts["canary"]["result"].get<std::string>());
  text += "\n## Approvals\n\n";
  for (const Approval* approval : release.approvals) {
    text += fmt::format("- {} by `{}` (entry {})\n", role_name(approval), approval->view.person,
                        approval->sequence);
  }
  text += "\n## Evidence\n\n";
  for (const evidence::Submitted& document : release.documents) {
    text += fmt::format("- {} `{}`\n", document.kind, document.digest.text());
  }
  return text;
}

Json links_json(const Release& release) {
  const Reference reference = release.version.reference();
  Json links = Json::object();
  if (!release.dashboards_base.empty()) {
    for (const char* board : {"version", "serving", "drift"}) {
      links[board] = fmt::format("{}/{}?tenant={}&model={}&version={}", release.dashboards_base,
                                 board, reference.tenant, reference.model, reference.version);
    }
  }
  return {{"ref", release.version.ref}, {"links", links}};
}

}  // namespace

ReleaseArtefacts make_release(const Release& release, const policy::Bundle& bundle) {
  ReleaseArtefacts out;
  out.policy_snapshot = add_snapshot(release, bundle, out.documents);
  const auto add = [&](Bytes bytes) {
    const Digest digest = sha256(bytes);
    out.documents.push_back(std::move(bytes));
    return digest;
  };
  out.release_manifest = add(canonical_json(manifest_json(release, out.policy_snapshot)));
  out.release_notes = add(notes_text(release));
  out.dashboards_links = add(canonical_json(links_json(release)));
  return out;
}

}  // namespace z5::gate
