# SPDX-License-Identifier: Apache-2.0
# Goal: each rule of download and revoke refuses when its member is absent or anything else than wanted.
package registry.download_test

import data.registry.download
import data.registry.example
import data.registry.revoke

test_example_is_permitted if {
	download.permit with input as example.download
	count(download.deny) == 0 with input as example.download
}

test_empty_input_is_refused_by_every_rule if {
	not download.permit with input as {}
	deny := download.deny with input as {}
	example.rules(deny) == object.keys(download.reasons)
}

members := {
	"adversarial-tests": ["/facts/adversarial/result", ["FAIL", true]],
	"blocking-cves": ["/facts/sbom/has_blocking_cves", [true]],
	"canary": ["/facts/canary/result", ["HALT", true]],
	"fairness": ["/facts/fairness/result", ["FAIL", true]],
	"integration-test": ["/facts/integration_test/result", ["FAIL", true]],
	"security-decision": ["/facts/security_decision", ["FAIL", true]],
	"stage": ["/stage", ["Candidate", "Revoked", "none"]],
	"environment": ["/environment", ["laboratory"]],
	"model-signature": ["/signatures/model_valid", [false]],
	"attestation": ["/attestation/present", [false]],
	"revoked": ["/revoke", [true]],
	"hold": ["/hold", [true]],
	"policy-digest": ["/runtime/policy_digest", ["sha256:bb"]],
}

test_members[rule] if {
	some rule, [path, wrong] in members
	every changed in example.variants(example.download, path, wrong) {
		deny := download.deny with input as changed
		rule in example.rules(deny)
	}
}

test_every_reason_has_a_test if object.keys(download.reasons) == object.keys(members)

# The contract's own four: permit alone, without deny, follows them.
test_permit_follows_the_contract[rule] if {
	some rule in ["stage", "model-signature", "revoked", "policy-digest"]
	[path, wrong] := members[rule]
	changed := example.with_value(example.download, path, wrong[0])
	not download.permit with input as changed
}

# Two empty digests are equal; they are no policy.
test_empty_digests if {
	empty := example.with_value(
		example.with_value(example.download, "/policy_digest", ""),
		"/runtime/policy_digest", "",
	)
	deny := download.deny with input as empty
	example.rules(deny) == {"policy-digest"}
}

test_staging_is_not_for_production if {
	staging := example.with_value(example.download, "/stage", "Staging")
	denied := download.deny with input as staging
	example.rules(denied) == {"environment"}
	every environment in ["staging", "canary"] {
		there := example.with_value(staging, "/environment", environment)
		count(download.deny) == 0 with input as there
	}
}

rules_of(value) := example.rules(deny) if deny := download.deny with input as value

# What only a promotion asks for may still be missing, or say no, in Staging.
test_staging_waits_for_its_evaluation if {
	staging := object.union(example.download, {"stage": "Staging", "environment": "canary"})
	every member in ["canary", "fairness", "integration_test"] {
		rules_of(example.with_value(staging, sprintf("/facts/%s/result", [member]), "")) == set()
	}
	rules_of(example.with_value(staging, "/facts/security_decision", "FAIL")) == {"security-decision"}
}

test_blocking_vulnerabilities_are_named if {
	blocked := example.with_value(
		example.with_value(example.download, "/facts/sbom/has_blocking_cves", true),
		"/facts/sbom/blocking", ["CVE-2026-1"],
	)
	deny := download.deny with input as blocked
	{"rule": "blocking-cves", "reason": "blocking vulnerability CVE-2026-1"} in deny
}

# The minute that passes the limit refuses, and the type is named.
test_ages if {
	deny := download.deny with input as example.download with data.settings.max_age as {"fairness": "24h"}
	deny == {{"rule": "evidence-age", "reason": "fairness: not verified within 24h"}}
	at_the_limit := download.deny with input as example.download with data.settings.max_age as {"fairness": "81h"}
	count(at_the_limit) == 0
	later := example.with_value(example.download, "/now", "2026-11-24T09:01:00Z")
	rules_of(later) == {"evidence-age"} with data.settings.max_age as {"fairness": "81h"}
}

test_ages_of_staging if {
	staging := example.with_value(
		object.union(example.download, {"stage": "Staging", "environment": "canary"}),
		"/facts/canary/verified_at", "",
	)
	rules_of(staging) == set() with data.settings.max_age as {"canary": "1h"}
	rules_of(staging) == {"evidence-age"} with data.settings.max_age as {"scan": "1h"}
	approved := example.with_value(staging, "/stage", "Approved")
	rules_of(approved) == {"evidence-age"} with data.settings.max_age as {"canary": "1h"}
}

test_overdue_condition_stops_where_decay_does if {
	conditions := [{"due": "2026-11-24T09:00:00Z"}]
	overdue := example.with_value(example.download, "/facts/scdr/conditions", conditions)
	rules_of(overdue) == set()
	rules_of(overdue) == {"condition-overdue"} with data.settings.on_decay as "quarantine"
}

test_revoke if {
	revoke.allow with input as example.revoke
	count(revoke.deny) == 0 with input as example.revoke
}

test_revoke_needs_stage_and_reason if {
	not revoke.allow with input as {}
	deny := revoke.deny with input as {}
	example.rules(deny) == {"reason", "stage"}
}

test_revoked_stays_revoked[stage] if {
	some stage in ["Revoked", "none", ""]
	changed := example.with_value(example.revoke, "/stage", stage)
	not revoke.allow with input as changed
	deny := revoke.deny with input as changed
	example.rules(deny) == {"stage"}
}
