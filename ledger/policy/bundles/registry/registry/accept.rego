# SPDX-License-Identifier: Apache-2.0
# Into the catalogue: none -> Candidate. allow has the contract's conditions and nothing else (R124-R130); what the
# contract says in prose is in reasons. A rule in reasons refuses unless it holds, so absence never passes.
package registry.accept

import data.registry.ages

default allow := false

allow if {
	input.security_decision == "PASS"
	input.signatures.model_valid
	input.attestation.present
	not input.sbom.has_blocking_cves
	input.model_card.present
	input.dataset.snapshot_present
}

reasons := {
	"adversarial-tests": "the adversarial tests did not PASS",
	"attestation": "no attestation of the provenance",
	"blocking-cves": "the SBOM has blocking vulnerabilities, or no counted scan denies it",
	"builder": "the provenance names a builder that is not in settings.builders",
	"dataset-snapshot": "no dataset snapshot that provenance and catalogue agree on",
	"image-signature": "a container digest is given and no valid signature of the image",
	"legal-basis": "no legal basis, or one that settings.legal_bases does not know",
	"model-card": "no model card",
	"model-signature": "no valid signature of the model",
	"provenance": "the provenance is not coherent with model, run and dataset",
	"purpose": "the dataset has no purpose in the data catalogue",
	"purpose-uses": "settings.uses has a use of this model that is not a purpose of its dataset",
	"sbom": "no SBOM",
	"scan-fresh": "no scan for vulnerabilities within settings.scan_max_age",
	"security-decision": "the security decision is not PASS",
	"sensitivity": "no sensitivity of the dataset, or one that settings.legal_bases does not know",
}

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

deny contains {"rule": "legal-basis-sensitivity", "reason": reason} if {
	basis := input.facts.lgpd.legal_basis
	sensitivity := input.facts.lgpd.sensitivity
	bases := data.settings.legal_bases[sensitivity]
	not basis in bases
	reason := sprintf("%s data cannot rest on %s", [sensitivity, basis])
}

deny contains {"rule": "blocking-cves", "reason": reason} if {
	some vulnerability in array.slice(input.facts.sbom.blocking, 0, 10)
	reason := sprintf("blocking vulnerability %s", [vulnerability])
}

deny contains {"rule": "evidence-age", "reason": ages.reason(kind)} if some kind in ages.too_old_early

holds contains "security-decision" if input.security_decision == "PASS"

holds contains "model-signature" if input.signatures.model_valid == true

holds contains "attestation" if input.attestation.present == true

holds contains "blocking-cves" if input.sbom.has_blocking_cves == false

holds contains "model-card" if input.model_card.present == true

holds contains "dataset-snapshot" if input.dataset.snapshot_present == true

holds contains "sbom" if input.facts.sbom.present == true

holds contains "adversarial-tests" if input.facts.adversarial.result == "PASS"

holds contains "provenance" if input.facts.attestation.coherent == true

holds contains "builder" if count(data.settings.builders) == 0

holds contains "builder" if input.facts.provenance.builder in data.settings.builders

holds contains "scan-fresh" if {
	input.facts.sbom.scan_present == true
	ages.within(input.facts.sbom.scanned_at, data.settings.scan_max_age)
}

holds contains "image-signature" if input.container_digest == ""

holds contains "image-signature" if input.signatures.image_valid == true

holds contains "purpose" if {
	some purpose in input.facts.lgpd.purposes
	purpose != ""
}

holds contains "purpose-uses" if {
	every use in object.get(data.settings.uses, input.model, []) {
		use in input.facts.lgpd.purposes
	}
}

holds contains "legal-basis" if {
	some bases in data.settings.legal_bases
	input.facts.lgpd.legal_basis in bases
}

holds contains "sensitivity" if data.settings.legal_bases[input.facts.lgpd.sensitivity]
