# SPDX-License-Identifier: Apache-2.0
# How old evidence may be: facts hold verified times, and only here do they meet input.now.
package registry.ages

skew_ns := 300000000000 # a scanner's clock may be five minutes ahead of ours, no more

# at is at most limit ("168h") before input.now. Undefined, never true, without a time.
within(at, limit) if {
	at != ""
	age := time.parse_rfc3339_ns(input.now) - time.parse_rfc3339_ns(at)
	age >= 0 - skew_ns
	age <= time.parse_duration_ns(limit)
}

# The kinds of evidence in settings.max_age whose verified time is absent or older.
too_old := object.keys(data.settings.max_age) - young

young contains kind if {
	some kind, limit in data.settings.max_age
	within(input.facts[kind].verified_at, limit)
}
