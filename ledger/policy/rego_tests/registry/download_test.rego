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

test_ages if {
	deny := download.deny with input as example.download with data.settings.max_age as {"fairness": "24h"}
	example.rules(deny) == {"evidence-age"}
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
