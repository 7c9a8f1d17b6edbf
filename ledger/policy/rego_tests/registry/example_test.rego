# SPDX-License-Identifier: Apache-2.0
# One input that every registry package lets through, and how a member of it is changed or left out.
package registry.example

facts := {
	"model_digest": "sha256:00",
	"signatures": {"model_valid": true, "image_valid": false, "signers": ["signer"], "verified_at": "2026-11-20T00:00:00Z"},
	"attestation": {"present": true, "coherent": true},
	"provenance": {"builder": "ci", "run_id": "run-1", "source": "", "verified_at": "2026-11-20T00:00:00Z"},
	"security_decision": "PASS",
	"adversarial": {"result": "PASS", "verified_at": "2026-11-20T00:00:00Z"},
	"sbom": {
		"present": true, "format": "cyclonedx-1.6", "components": 3, "has_blocking_cves": false,
		"scan_present": true, "scanner": "grype", "scanned_at": "2026-11-20T00:00:00Z",
		"db_updated_at": "2026-11-19T00:00:00Z", "blocking": [], "verified_at": "2026-11-20T00:00:00Z",
	},
	"model_card": {
		"present": true, "purpose": true, "limits": true, "risks": true, "safeguards": true, "audience": true,
		"license": "apache-2.0", "verified_at": "2026-11-20T00:00:00Z",
	},
	"dataset": {
		"name": "d", "snapshot": "1", "digest": "sha256:00", "snapshot_present": true,
		"verified_at": "2026-11-20T00:00:00Z",
	},
	"lgpd": {"purposes": ["fraud"], "legal_basis": "contract", "sensitivity": "ordinary"},
	"fairness": {"result": "PASS", "verified_at": "2026-11-21T00:00:00Z"},
	"slo": {
		"present": true, "latency_p99_us": 1000, "availability_ppm": 999000,
		"verified_at": "2026-11-21T00:00:00Z",
	},
	"integration_test": {"result": "PASS", "verified_at": "2026-11-22T00:00:00Z"},
	"canary": {
		"result": "PROCEED", "measured": ["availability", "latency_p99"], "latency_p99_us": 900,
		"availability_ppm": 999500, "verified_at": "2026-11-23T00:00:00Z",
	},
	"scdr": {
		"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low", "conditions": [],
		"verified_at": "2026-11-22T00:00:00Z",
	},
	"adr": {
		"present": true, "run_id": "run-1", "decision": "accept", "residual_risk": "low", "conditions": [],
		"verified_at": "2026-11-22T00:00:00Z",
	},
}

now := "2026-11-24T09:00:00Z"

transition := {
	"security_decision": facts.security_decision,
	"signatures": facts.signatures,
	"attestation": facts.attestation,
	"sbom": facts.sbom,
	"model_card": facts.model_card,
	"dataset": facts.dataset,
	"canary": facts.canary,
	"policies": {"bound": true},
	"container_digest": "",
	"facts": facts,
	"ref": "acme/fraud:1",
	"tenant": "acme",
	"model": "acme/fraud",
	"run_id": "run-1",
	"now": now,
}

accept := object.union(transition, {"stage_from": "none", "stage_to": "Candidate"})

stage := object.union(transition, {"stage_from": "Candidate", "stage_to": "Staging"})

promote := object.union(transition, {
	"stage_from": "Staging",
	"stage_to": "Approved",
	"approvals": [
		{"role": "security", "person": "ana", "actor": "ana-key"},
		{"role": "product", "person": "bo", "actor": "bo-key"},
	],
	"ticket": {
		"id": "CHG-1",
		"window": {"start": "2026-11-24T08:00:00Z", "end": "2026-11-24T10:00:00Z"},
		"rollback_plan": "previous version",
		"impact": "none",
	},
})

download := {
	"stage": "Approved",
	"environment": "production",
	"signatures": {"model_valid": true},
	"attestation": {"present": true},
	"revoke": false,
	"hold": false,
	"policy_digest": "sha256:aa",
	"runtime": {"policy_digest": "sha256:aa"},
	"facts": facts,
	"tenant": "acme",
	"model": "acme/fraud",
	"now": now,
}

revoke := {
	"ref": "acme/fraud:1",
	"tenant": "acme",
	"model": "acme/fraud",
	"stage": "Approved",
	"reason": "backdoor",
	"actor": {"kind": "person", "roles": ["revoker@acme"]},
	"now": now,
}

with_value(value, path, new) := json.patch(value, [{"op": "add", "path": path, "value": new}])

without(value, path) := json.remove(value, [path])

rules(deny) := {reason.rule | some reason in deny}

# The ways in which a member of an input can fail to be what is wanted.
variants(value, path, wrong) := {without(value, path)} | {with_value(value, path, new) |
	some new in array.concat(wrong, [null, "", 0, "true", []])
}
