# SPDX-License-Identifier: Apache-2.0
# Goal: each rule of stage and promote refuses when its member is absent or anything else than wanted.
package registry.promote_test

import data.registry.accept
import data.registry.ages
import data.registry.example
import data.registry.promote
import data.registry.stage

test_example_is_promoted if {
	promote.allow with input as example.promote
	count(promote.deny) == 0 with input as example.promote
}

test_empty_input_is_refused_by_every_rule if {
	not promote.allow with input as {}
	deny := promote.deny with input as {}
	expected := (object.keys(accept.reasons) | object.keys(promote.reasons)) | {"model-card-complete"}
	example.rules(deny) == expected - {"builder", "four-eyes"} # any builder; four-eyes needs both approvals
}

members := {
	"canary": ["/canary/result", ["HALT", true]],
	"policies-bound": ["/policies/bound", [false]],
	"model-signature": ["/signatures/model_valid", [false]],
	"attestation": ["/attestation/present", [false]],
	"transition": ["/stage_from", ["Candidate", "Approved"]],
	"fairness": ["/facts/fairness/result", ["FAIL", true]],
	"slo-profile": ["/facts/slo/present", [false]],
	"integration-test": ["/facts/integration_test/result", ["FAIL", true]],
	"scdr": ["/facts/scdr/present", [false]],
	"scdr-run": ["/facts/scdr/run_id", ["run-2"]],
	"adr": ["/facts/adr/present", [false]],
	"adr-run": ["/facts/adr/run_id", ["run-2"]],
	"model-card-complete": ["/facts/model_card/risks", [false]],
	"blocking-cves": ["/sbom/has_blocking_cves", [true]],
	"scan-fresh": ["/facts/sbom/scan_present", [false]],
	"security-decision": ["/security_decision", ["FAIL"]],
}

test_members[rule] if {
	some rule, [path, wrong] in members
	every changed in example.variants(example.promote, path, wrong) {
		deny := promote.deny with input as changed
		rule in example.rules(deny)
	}
}

# The contract's own six: allow alone, without deny, follows them.
test_allow_follows_the_contract[rule] if {
	some rule in ["canary", "policies-bound", "model-signature", "attestation", "transition"]
	[path, wrong] := members[rule]
	changed := example.with_value(example.promote, path, wrong[0])
	not promote.allow with input as changed
}

rules_of(value) := example.rules(deny) if deny := promote.deny with input as value

changed_to(path, value) := rules_of(example.with_value(example.promote, path, value))

absent(path) := rules_of(example.without(example.promote, path))

test_stage_to if {
	changed_to("/stage_to", "Staging") == {"transition"}
	absent("/stage_to") == {"transition"}
}

test_decisions_say_what_was_decided if {
	changed_to("/facts/scdr/decision", "") == {"scdr"}
	changed_to("/facts/adr/residual_risk", "") == {"adr"}
	absent("/facts/adr/decision") == {"adr"}
	absent("/facts/scdr") == {"scdr", "scdr-run"}
	changed_to("/run_id", "") == {"adr-run", "scdr-run"}
}

test_four_eyes if {
	ana := {"role": "security", "person": "ana", "actor": "a"}
	bo := {"role": "product", "person": "bo", "actor": "b"}
	changed_to("/approvals", [ana, bo]) == set()
	changed_to("/approvals", []) == {"approval-product", "approval-security"}
	changed_to("/approvals", [ana]) == {"approval-product"}
	changed_to("/approvals", [bo]) == {"approval-security"}
	changed_to("/approvals", [ana, object.union(bo, {"person": "ana"})]) == {"four-eyes"}
	changed_to("/approvals", [ana, object.union(bo, {"person": "ana"}), bo]) == set()
	changed_to("/approvals", [object.union(ana, {"person": ""}), bo]) == {"approval-security"}
	absent("/approvals") == {"approval-product", "approval-security"}
}

test_ticket if {
	absent("/ticket") == {"ticket", "ticket-impact", "ticket-rollback", "ticket-window"}
	changed_to("/ticket/id", "") == {"ticket"}
	changed_to("/ticket/impact", "") == {"ticket-impact"}
	changed_to("/ticket/rollback_plan", "") == {"ticket-rollback"}
	changed_to("/ticket/window/start", "2026-11-24T09:00:00Z") == set()
	changed_to("/ticket/window/start", "2026-11-24T09:00:01Z") == {"ticket-window"}
	changed_to("/ticket/window/end", "2026-11-24T09:00:00Z") == set()
	changed_to("/ticket/window/end", "2026-11-24T08:59:59Z") == {"ticket-window"}
	changed_to("/ticket/window/end", "") == {"ticket-window"}
	absent("/ticket/window/start") == {"ticket-window"}
}

test_missing_sections_are_named if {
	deny := promote.deny with input as example.without(example.promote, "/facts/model_card/limits")
	deny == {{"rule": "model-card-complete", "reason": "the model card has no section: limits"}}
}

# Exactly as old as the limit still holds; both a year-old and an absent time are named with their kind.
test_ages if {
	rules_of(example.promote) == {"evidence-age"} with data.settings.max_age as {"canary": "24h"}
	rules_of(example.promote) == set() with data.settings.max_age as {"canary": "33h"}
	later := example.with_value(example.promote, "/now", "2026-11-24T09:00:01Z")
	rules_of(later) == {"evidence-age"} with data.settings.max_age as {"canary": "33h"}
	deny := promote.deny with input as example.promote with data.settings.max_age as {"slo": "1h", "dataset": "1h"}
	deny == {
		{"rule": "evidence-age", "reason": "slo: not verified within 1h"},
		{"rule": "evidence-age", "reason": "dataset: not verified within 1h"},
	}
}

test_every_kind_has_an_age[kind] if {
	some kind in object.keys(ages.times)
	limit := {kind: "1h"}
	rules_of(example.promote) == {"evidence-age"} with data.settings.max_age as limit
	hundreds := {kind: "400h"}
	rules_of(example.promote) == set() with data.settings.max_age as hundreds
	undated := json.remove(example.promote, [concat("/", ages.times[kind])])
	"evidence-age" in rules_of(undated) with data.settings.max_age as hundreds
	empty := rules_of({}) with data.settings.max_age as hundreds
	"evidence-age" in empty
}

test_a_misspelt_kind_refuses if {
	rules_of(example.promote) == {"evidence-age"} with data.settings.max_age as {"fairnes": "9999h"}
}

test_canary_within_the_profile if {
	changed_to("/facts/canary/latency_p99_us", 1000) == set()
	changed_to("/facts/canary/availability_ppm", 999000) == set()
	deny := promote.deny with input as example.with_value(example.promote, "/facts/canary/availability_ppm", 998999)
	{"rule": "canary-slo", "reason": "canary: availability is outside the SLO profile"} in deny
	slow := promote.deny with input as example.with_value(example.promote, "/facts/canary/latency_p99_us", 1001)
	{"rule": "canary-slo", "reason": "canary: latency_p99_ms is outside the SLO profile"} in slow
	absent("/facts/canary/measured") == {"canary-slo"}
	unmeasured := example.with_value(
		example.with_value(example.promote, "/facts/canary/measured", []),
		"/facts/canary/availability_ppm", 0,
	)
	rules_of(unmeasured) == set()
}

test_overdue_conditions if {
	every kind in ["adr", "scdr"] {
		path := sprintf("/facts/%s/conditions", [kind])
		changed_to(path, [{"due": "2026-11-24T09:00:01Z"}, {"due": ""}]) == set()
		changed_to(path, [{"due": "2027-01-01T00:00:00Z"}, {"due": "2026-11-24T09:00:00Z"}]) == {"condition-overdue"}
	}
}

test_stage if {
	stage.allow with input as example.stage
	count(stage.deny) == 0 with input as example.stage
}

test_stage_needs_a_candidate[from] if {
	some from in ["none", "Staging", "Approved", "Revoked", "", null]
	changed := example.with_value(example.stage, "/stage_from", from)
	not stage.allow with input as changed
	deny := stage.deny with input as changed
	example.rules(deny) == {"transition"}
}

test_stage_needs_what_accept_needs if {
	not stage.allow with input as {}
	deny := stage.deny with input as {}
	example.rules(deny) == (object.keys(accept.reasons) - {"builder"}) | {"transition"}
	failed := example.with_value(example.stage, "/security_decision", "FAIL")
	not stage.allow with input as failed
}
