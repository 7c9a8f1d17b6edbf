# SPDX-License-Identifier: Apache-2.0
# Any stage -> Revoked. Who may is registry.authz's matter; here a revocation must say why and be about something.
package registry.revoke

default allow := false

allow if {
	input.stage in {"Candidate", "Staging", "Approved"}
	input.reason != ""
}

reasons := {
	"reason": "a revocation needs a reason",
	"stage": "the version is revoked already or never was in the catalogue",
}

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

holds contains "stage" if input.stage in {"Candidate", "Staging", "Approved"}

holds contains "reason" if input.reason != ""
