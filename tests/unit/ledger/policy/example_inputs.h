// SPDX-License-Identifier: Apache-2.0
// Inputs that the default bundles let through, for tests that then change one member.
#pragma once

#include "schemas/json.h"

namespace z5::policy {

inline Json example_facts() {
  return parse_json(R"({
    "model_digest": "sha256:00", "security_decision": "PASS",
    "signatures": {"model_valid": true, "image_valid": false, "signers": ["signer"],
                   "verified_at": "2026-11-20T00:00:00Z"},
    "attestation": {"present": true, "coherent": true},
    "provenance": {"builder": "ci", "run_id": "run-1", "source": "", "verified_at": "2026-11-20T00:00:00Z"},
    "adversarial": {"result": "PASS", "verified_at": "2026-11-20T00:00:00Z"},
    "sbom": {"present": true, "format": "cyclonedx", "components": 3, "has_blocking_cves": false,
             "scan_present": true, "scanner": "grype", "scanned_at": "2026-11-20T00:00:00Z",
             "db_updated_at": "2026-11-19T00:00:00Z", "blocking": [],
             "verified_at": "2026-11-20T00:00:00Z"},
    "model_card": {"present": true, "purpose": true, "limits": true, "risks": true, "safeguards": true,
                   "audience": true, "license": "apache-2.0",
                   "verified_at": "2026-11-20T00:00:00Z"},
    "dataset": {"name": "d", "snapshot": "1", "digest": "sha256:00", "snapshot_present": true,
                "verified_at": "2026-11-20T00:00:00Z"},
    "lgpd": {"purposes": ["fraud"], "legal_basis": "contract", "sensitivity": "ordinary"},
    "fairness": {"result": "PASS", "verified_at": "2026-11-21T00:00:00Z"},
    "slo": {"present": true, "latency_p99_us": 1000, "availability_ppm": 999000, "verified_at": "2026-11-20T00:00:00Z"},
    "integration_test": {"result": "PASS", "verified_at": "2026-11-22T00:00:00Z"},
    "canary": {"result": "PROCEED", "latency_p99_us": 900, "availability_ppm": 999500,
               "measured": ["availability", "latency_p99"], "verified_at": "2026-11-23T00:00:00Z"},
    "scdr": {"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low", "conditions": [],
             "verified_at": "2026-11-20T00:00:00Z"},
    "adr": {"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low", "conditions": [],
             "verified_at": "2026-11-20T00:00:00Z"}
  })")
      .value();
}

inline Json example_accept() {
  Json input = {
      {"policies", {{"bound", true}}}, {"stage_from", "none"},  {"stage_to", "Candidate"},
      {"container_digest", ""},        {"ref", "acme/fraud:1"}, {"tenant", "acme"},
      {"model", "acme/fraud"},         {"run_id", "run-1"},     {"now", "2026-11-24T09:00:00Z"}};
  input["facts"] = example_facts();
  for (const char* name : {"security_decision", "signatures", "attestation", "sbom", "model_card",
                           "dataset", "canary"}) {
    input[name] = input["facts"][name];
  }
  return input;
}

inline Json example_stage() {
  Json input = example_accept();
  input["stage_from"] = "Candidate";
  input["stage_to"] = "Staging";
  return input;
}

inline Json example_promote() {
  Json input = example_accept();
  input["stage_from"] = "Staging";
  input["stage_to"] = "Approved";
  input["approvals"] = parse_json(R"([{"role": "security", "person": "ana", "actor": "ana-key"},
                                      {"role": "product", "person": "bo", "actor": "bo-key"}])")
                           .value();
  input["ticket"] =
      parse_json(R"({"id": "CHG-1", "rollback_plan": "previous version", "impact": "none",
                                   "window": {"start": "2026-11-24T08:00:00Z", "end": "2026-11-24T10:00:00Z"}})")
          .value();
  return input;
}

inline Json example_download() {
  Json input = parse_json(R"({
    "stage": "Approved", "environment": "production", "signatures": {"model_valid": true},
    "attestation": {"present": true}, "revoke": false, "hold": false, "policy_digest": "sha256:aa",
    "runtime": {"policy_digest": "sha256:aa"}, "tenant": "acme", "model": "acme/fraud",
    "now": "2026-11-24T09:00:00Z"})")
                   .value();
  input["facts"] = example_facts();
  return input;
}

inline Json example_revoke() {
  return parse_json(R"({
    "ref": "acme/fraud:1", "tenant": "acme", "model": "acme/fraud", "stage": "Approved", "reason": "backdoor",
    "actor": {"kind": "person", "roles": ["revoker@acme"]}, "now": "2026-11-24T09:00:00Z"})")
      .value();
}

inline Json example_authz() {
  return parse_json(R"({
    "action": "submit", "tenant": "acme", "model": "acme/fraud", "labels": [], "quorum": {"needed": 1, "have": 1},
    "actor": {"kind": "workload", "use": "command", "roles": ["submitter@acme"], "attributes": [],
              "environment": "", "audience": "", "person": ""}})")
      .value();
}

}  // namespace z5::policy
