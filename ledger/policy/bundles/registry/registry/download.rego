# SPDX-License-Identifier: Apache-2.0
# May a serving host load this version now? Asked at every start and refresh. permit has the contract's conditions
# and nothing else (R137-R141). The facts are those of today: what was attached, voided or became too old since the
# version was accepted refuses here, whatever its stage says.
package registry.download

import data.registry.ages

default permit := false

permit if {
	input.stage in {"Staging", "Approved"}
	input.signatures.model_valid
	not input.revoke
	input.policy_digest == input.runtime.policy_digest
}

reasons := {
	"adversarial-tests": "the adversarial tests did not PASS",
	"attestation": "no attestation of the provenance",
	"blocking-cves": "the SBOM has blocking vulnerabilities, or no counted scan denies it",
	"canary": "the canary of an Approved version did not say PROCEED",
	"environment": "a version of this stage is not loaded in this environment",
	"fairness": "the fairness evaluation of an Approved version did not PASS",
	"hold": "the version is in quarantine",
	"integration-test": "the integration test of an Approved version did not PASS",
	"model-signature": "no valid signature of the model",
	"policy-digest": "the runtime does not hold the policy that the version is bound to",
	"revoked": "the version is revoked",
	"security-decision": "the security decision is not PASS",
	"stage": "only Staging and Approved are loaded",
}

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

deny contains {"rule": "blocking-cves", "reason": reason} if {
	some vulnerability in array.slice(input.facts.sbom.blocking, 0, 10)
	reason := sprintf("blocking vulnerability %s", [vulnerability])
}

deny contains {"rule": "evidence-age", "reason": ages.reason(kind)} if some kind in too_old

too_old := ages.too_old_early if input.stage == "Staging"

else := ages.too_old

# Time places no holds: where the bundle wants decay to stop a version, an overdue condition stops it here.
deny contains {"rule": "condition-overdue", "reason": reason} if {
	data.settings.on_decay == "quarantine"
	some reason in ages.overdue
}

holds contains "stage" if input.stage in {"Staging", "Approved"}

holds contains "environment" if input.environment in data.settings.environments[input.stage]

holds contains "model-signature" if input.signatures.model_valid == true

holds contains "attestation" if input.attestation.present == true

holds contains "revoked" if input.revoke == false

holds contains "hold" if input.hold == false

holds contains "policy-digest" if {
	input.policy_digest != ""
	input.policy_digest == input.runtime.policy_digest
}

holds contains "blocking-cves" if input.facts.sbom.has_blocking_cves == false

holds contains "security-decision" if input.facts.security_decision == "PASS"

holds contains "adversarial-tests" if input.facts.adversarial.result == "PASS"

# A Staging version has these still to come.
holds contains rule if {
	some rule in ["canary", "fairness", "integration-test"]
	input.stage == "Staging"
}

holds contains "canary" if input.facts.canary.result == "PROCEED"

holds contains "fairness" if input.facts.fairness.result == "PASS"

holds contains "integration-test" if input.facts.integration_test.result == "PASS"
