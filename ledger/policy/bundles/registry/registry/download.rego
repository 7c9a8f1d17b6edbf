# SPDX-License-Identifier: Apache-2.0
# May a serving host load this version now? Asked at every start and refresh. permit has the contract's conditions
# and nothing else (R137-R141).
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
	"attestation": "no attestation of the provenance",
	"environment": "a version of this stage is not loaded in this environment",
	"hold": "the version is in quarantine",
	"model-signature": "no valid signature of the model",
	"policy-digest": "the runtime does not hold the policy that the version is bound to",
	"revoked": "the version is revoked",
	"stage": "only Staging and Approved are loaded",
}

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

deny contains {"rule": "evidence-age", "reason": reason} if {
	some kind in ages.too_old
	reason := sprintf("%s: not verified within %s", [kind, data.settings.max_age[kind]])
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
