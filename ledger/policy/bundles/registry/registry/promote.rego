# SPDX-License-Identifier: Apache-2.0
# Staging -> Approved. allow has the contract's conditions and nothing else (R131-R136). What accept refuses is
# refused here too (R103), on the evidence and the time of the promotion.
package registry.promote

import data.registry.accept
import data.registry.ages

default allow := false

allow if {
	input.stage_from == "Staging"
	input.stage_to == "Approved"
	input.canary.result == "PROCEED"
	input.policies.bound == true
	input.signatures.model_valid
	input.attestation.present
}

reasons := {
	"adr": "no ADR with a decision and a residual risk",
	"adr-run": "the ADR is about another run",
	"approval-product": "no product approval that counts",
	"approval-security": "no security approval that counts",
	"canary": "the canary did not say PROCEED",
	"canary-slo": "what the canary measured is not within the SLO profile",
	"fairness": "the fairness evaluation did not PASS",
	"four-eyes": "security and product approval come from one person",
	"integration-test": "the integration test did not PASS",
	"policies-bound": "the version's bound policy is withdrawn, or its bytes are not in the evidence store",
	"scdr": "no SCDR with a decision and a residual risk",
	"scdr-run": "the SCDR is about another run",
	"slo-profile": "no SLO profile",
	"ticket": "no change ticket",
	"ticket-impact": "the change ticket has no impact",
	"ticket-rollback": "the change ticket has no rollback plan",
	"ticket-window": "now is not within the change ticket's window",
	"transition": "only a version in Staging moves to Approved",
}

sections := {"audience", "limits", "purpose", "risks", "safeguards"}

deny contains reason if some reason in accept.deny

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

deny contains {"rule": "model-card-complete", "reason": reason} if {
	some section in (sections - written)
	reason := sprintf("the model card has no section: %s", [section])
}

deny contains {"rule": "evidence-age", "reason": ages.reason(kind)} if some kind in ages.too_old

deny contains {"rule": "condition-overdue", "reason": reason} if some reason in ages.overdue

deny contains {"rule": "canary-slo", "reason": reason} if {
	some metric in outside
	reason := sprintf("canary: %s is outside the SLO profile", [metric])
}

# What the canary measured and is not within the SLO profile; equal is within.
outside contains "latency_p99_ms" if {
	"latency_p99" in input.facts.canary.measured
	not input.facts.canary.latency_p99_us <= input.facts.slo.latency_p99_us
}

outside contains "availability" if {
	"availability" in input.facts.canary.measured
	not input.facts.canary.availability_ppm >= input.facts.slo.availability_ppm
}

written contains section if {
	some section in sections
	input.facts.model_card[section] == true
}

holds contains "transition" if {
	input.stage_from == "Staging"
	input.stage_to == "Approved"
}

holds contains "canary" if input.canary.result == "PROCEED"

holds contains "canary-slo" if {
	is_array(input.facts.canary.measured)
	count(outside) == 0
}

holds contains "policies-bound" if input.policies.bound == true

holds contains "fairness" if input.facts.fairness.result == "PASS"

holds contains "slo-profile" if input.facts.slo.present == true

holds contains "integration-test" if input.facts.integration_test.result == "PASS"

# "scdr", "adr": there, and saying what was decided and what risk remains (R52, R53).
holds contains kind if {
	some kind in ["adr", "scdr"]
	document := input.facts[kind]
	document.present == true
	document.decision != ""
	document.residual_risk != ""
}

# "scdr-run", "adr-run" (R50)
holds contains sprintf("%s-run", [kind]) if {
	some kind in ["adr", "scdr"]
	input.run_id != ""
	input.facts[kind].run_id == input.run_id
}

security := {approval.person | some approval in input.approvals; approval.role == "security"; approval.person != ""}

product := {approval.person | some approval in input.approvals; approval.role == "product"; approval.person != ""}

holds contains "approval-security" if count(security) > 0

holds contains "approval-product" if count(product) > 0

# A missing approval is said by its own rule; this one speaks when both came from one person.
holds contains "four-eyes" if count(security) == 0

holds contains "four-eyes" if count(product) == 0

holds contains "four-eyes" if count(security | product) > 1

holds contains "ticket" if input.ticket.id != ""

holds contains "ticket-rollback" if input.ticket.rollback_plan != ""

holds contains "ticket-impact" if input.ticket.impact != ""

holds contains "ticket-window" if {
	input.ticket.window.start != ""
	input.ticket.window.end != ""
	now := time.parse_rfc3339_ns(input.now)
	time.parse_rfc3339_ns(input.ticket.window.start) <= now
	now <= time.parse_rfc3339_ns(input.ticket.window.end)
}
