# SPDX-License-Identifier: Apache-2.0
# How old evidence may be, and what is overdue: facts hold verified times, and only here do they meet input.now.
package registry.ages

skew_ns := 300000000000 # a scanner's clock may be five minutes ahead of ours, no more

# at is at most limit ("168h") before input.now. Both ends are closed: exactly limit old, and exactly skew ahead, hold.
# Undefined, never true, without a time.
within(at, limit) if {
	at != ""
	age := time.parse_rfc3339_ns(input.now) - time.parse_rfc3339_ns(at)
	age >= 0 - skew_ns
	age <= time.parse_duration_ns(limit)
}

# A kind of settings.max_age -> where the facts have its time.
times := {
	"adr": ["facts", "adr", "verified_at"],
	"adversarial": ["facts", "adversarial", "verified_at"],
	"canary": ["facts", "canary", "verified_at"],
	"dataset": ["facts", "dataset", "verified_at"],
	"fairness": ["facts", "fairness", "verified_at"],
	"integration_test": ["facts", "integration_test", "verified_at"],
	"model_card": ["facts", "model_card", "verified_at"],
	"provenance": ["facts", "provenance", "verified_at"],
	"sbom": ["facts", "sbom", "verified_at"],
	"scan": ["facts", "sbom", "scanned_at"],
	"scdr": ["facts", "scdr", "verified_at"],
	"signatures": ["facts", "signatures", "verified_at"],
	"slo": ["facts", "slo", "verified_at"],
}

# What only a promotion asks for, and is not there yet. Where it is there, its age counts from accept on.
absent contains kind if {
	some kind in ["adr", "canary", "fairness", "integration_test", "scdr", "slo"]
	object.get(input, times[kind], "") == ""
}

young contains kind if {
	some kind, limit in data.settings.max_age
	within(object.get(input, times[kind], ""), limit)
}

# Kinds whose time is absent or older than settings.max_age says, and kinds that do not exist: a misspelt limit holds
# for nothing, so it refuses.
too_old := object.keys(data.settings.max_age) - young

# The same before a promotion.
too_old_early := too_old - absent

reason(kind) := sprintf("%s: not verified within %s", [kind, data.settings.max_age[kind]])

# Conditions of the newest SCDR and ADR that had to be met by now; at the very moment they are due.
overdue contains sprintf("%s: a condition was due %s", [kind, condition.due]) if {
	some kind in ["adr", "scdr"]
	some condition in input.facts[kind].conditions
	condition.due != ""
	time.parse_rfc3339_ns(condition.due) <= time.parse_rfc3339_ns(input.now)
}
