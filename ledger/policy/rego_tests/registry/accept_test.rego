# SPDX-License-Identifier: Apache-2.0
# Goal: each rule of accept refuses when its member is absent or anything else than wanted, and only then.
package registry.accept_test

import data.registry.accept
import data.registry.example

test_example_is_accepted if {
	accept.allow with input as example.accept
	count(accept.deny) == 0 with input as example.accept
}

# The trap of Rego: a negated condition over an absent member must still refuse.
test_empty_input_is_refused_by_every_rule if {
	not accept.allow with input as {}
	deny := accept.deny with input as {}
	example.rules(deny) == object.keys(accept.reasons) - {"builder"} # an empty list of builders means any
}

# rule -> where it looks, and values that it must refuse
members := {
	"security-decision": ["/security_decision", ["FAIL", true]],
	"model-signature": ["/signatures/model_valid", [false]],
	"attestation": ["/attestation/present", [false]],
	"blocking-cves": ["/sbom/has_blocking_cves", [true]],
	"model-card": ["/model_card/present", [false]],
	"dataset-snapshot": ["/dataset/snapshot_present", [false]],
	"adversarial-tests": ["/facts/adversarial/result", ["FAIL", true]],
	"provenance": ["/facts/attestation/coherent", [false]],
	"sbom": ["/facts/sbom/present", [false]],
	"scan-fresh": ["/facts/sbom/scan_present", [false]],
	"purpose": ["/facts/lgpd/purposes", [{}]],
	"legal-basis": ["/facts/lgpd/legal_basis", ["because", false]],
	"sensitivity": ["/facts/lgpd/sensitivity", ["secret", false]],
}

test_members[rule] if {
	some rule, [path, wrong] in members
	every changed in example.variants(example.accept, path, wrong) {
		deny := accept.deny with input as changed
		rule in example.rules(deny)
	}
}

# The contract's own six: allow alone, without deny, follows them.
test_allow_follows_the_contract[rule] if {
	some rule in [
		"security-decision", "model-signature", "attestation", "blocking-cves", "model-card", "dataset-snapshot",
	]
	[path, wrong] := members[rule]
	changed := example.with_value(example.accept, path, wrong[0])
	not accept.allow with input as changed
}

test_every_reason_has_a_test if {
	tested := object.keys(members) | {"builder", "image-signature", "purpose-uses"}
	object.keys(accept.reasons) == tested
}

scanned_at(time) := example.with_value(example.accept, "/facts/sbom/scanned_at", time)

rules_of(value) := example.rules(deny) if deny := accept.deny with input as value

test_scan_age if {
	rules_of(scanned_at("2026-11-17T09:00:00Z")) == set()
	rules_of(scanned_at("2026-11-17T08:59:59Z")) == {"scan-fresh"}
	rules_of(scanned_at("2026-11-24T09:05:00Z")) == set()
	rules_of(scanned_at("2026-11-24T09:05:01Z")) == {"scan-fresh"}
	rules_of(scanned_at("")) == {"scan-fresh"}
	rules_of(example.without(example.accept, "/now")) == {"scan-fresh"}
}

test_container_needs_image_signature if {
	given := example.with_value(example.accept, "/container_digest", "sha256:bb")
	rules_of(given) == {"image-signature"}
	rules_of(example.with_value(given, "/signatures/image_valid", true)) == set()
	rules_of(example.without(example.accept, "/container_digest")) == {"image-signature"}
}

test_builders if {
	rules_of(example.accept) == {"builder"} with data.settings.builders as ["other"]
	rules_of(example.accept) == set() with data.settings.builders as ["ci", "other"]
	absent := example.without(example.accept, "/facts/provenance/builder")
	rules_of(absent) == {"builder"} with data.settings.builders as ["ci"]
}

test_uses_are_purposes if {
	rules_of(example.accept) == set() with data.settings.uses as {"acme/fraud": ["fraud"]}
	rules_of(example.accept) == {"purpose-uses"} with data.settings.uses as {"acme/fraud": ["fraud", "marketing"]}
	rules_of(example.accept) == set() with data.settings.uses as {"acme/other": ["marketing"]}
}

test_sensitive_data_needs_its_own_basis if {
	sensitive := example.with_value(example.accept, "/facts/lgpd/sensitivity", "sensitive")
	rules_of(sensitive) == {"legal-basis-sensitivity"}
	rules_of(example.with_value(sensitive, "/facts/lgpd/legal_basis", "consent")) == set()
}

test_blocking_vulnerabilities_are_named if {
	blocked := example.with_value(
		example.with_value(example.accept, "/sbom/has_blocking_cves", true),
		"/facts/sbom/blocking", ["CVE-2026-1"],
	)
	deny := accept.deny with input as blocked
	{"rule": "blocking-cves", "reason": "blocking vulnerability CVE-2026-1"} in deny
}

# Both ends are closed: 105 hours old, and five minutes ahead.
test_ages if {
	limits := {"adversarial": "24h", "provenance": "240h", "fairness": "100h"}
	rules_of(example.accept) == {"evidence-age"} with data.settings.max_age as limits
	rules_of(example.accept) == set() with data.settings.max_age as {"adversarial": "105h", "fairness": "100h"}
	rules_of(example.accept) == {"evidence-age"} with data.settings.max_age as {"adversarial": "104h59m59s"}
	ahead := example.with_value(example.accept, "/facts/provenance/verified_at", "2026-11-24T09:05:00Z")
	rules_of(ahead) == set() with data.settings.max_age as {"provenance": "1h"}
	too_far := example.with_value(example.accept, "/facts/provenance/verified_at", "2026-11-24T09:05:01Z")
	rules_of(too_far) == {"evidence-age"} with data.settings.max_age as {"provenance": "1h"}
	undated := example.with_value(example.accept, "/facts/provenance/verified_at", "")
	rules_of(undated) == {"evidence-age"} with data.settings.max_age as {"provenance": "240h"}
}

# What only a promotion asks for counts from accept on, once it is there.
test_ages_of_what_comes_later if {
	limits := {"fairness": "24h"}
	rules_of(example.accept) == {"evidence-age"} with data.settings.max_age as limits
	none := example.with_value(example.accept, "/facts/fairness/verified_at", "")
	rules_of(none) == set() with data.settings.max_age as limits
	deny := accept.deny with input as {} with data.settings.max_age as {"scan": "1h", "slo": "1h", "speling": "1h"}
	{reason.reason | some reason in deny; reason.rule == "evidence-age"} == {
		"scan: not verified within 1h",
		"speling: not verified within 1h",
	}
}
