# SPDX-License-Identifier: Apache-2.0
# Goal: the table of who may do what, row by row, and nobody else. Method: every action against every role.
package registry.authz_test

import data.registry.authz

asked(action, kind, use, roles) := {
	"action": action,
	"actor": {
		"kind": kind, "use": use, "roles": roles, "attributes": [], "person": "ana",
		"environment": "production", "audience": "edge",
	},
	"tenant": "acme",
	"model": "acme/fraud",
	"quorum": {"needed": 2, "have": 2},
	"labels": [],
}

allowed(value) if {
	authz.allow with input as value
	count(authz.deny) == 0 with input as value
}

rules_of(value) := {reason.rule | some reason in deny} if deny := authz.deny with input as value

# action -> kind and use that may, and the roles that may in tenant acme
table := {
	"submit": ["workload", "command", {"submitter"}],
	"attach": ["workload", "command", {"submitter"}],
	"annotate": ["person", "command", {"submitter"}],
	"stage": ["workload", "command", {"release-manager"}],
	"promote": ["workload", "command", {"release-manager"}],
	"rebind": ["workload", "command", {"release-manager"}],
	"rollback": ["workload", "command", {"release-manager"}],
	"approve": ["person", "command", {"product-approver", "security-approver"}],
	"withdraw-approval": ["person", "command", {"product-approver", "security-approver"}],
	"quarantine": ["person", "command", {"revoker", "security-approver"}],
	"lift-quarantine": ["person", "command", {"revoker"}],
	"revoke": ["person", "command", {"revoker"}],
	"label": ["person", "command", {"dlp-officer"}],
	"break-glass": ["person", "command", {"break-glass"}],
	"report-drift": ["workload", "command", {"drift-reporter", "revoker"}],
	"permit": ["workload", "serving", {"serving"}],
	"acknowledge-purge": ["workload", "serving", {"serving"}],
	"read": ["person", "command", every_role - {"admin", "recovery"}],
}

every_role := {
	"submitter", "release-manager", "security-approver", "product-approver", "revoker", "dlp-officer", "admin",
	"recovery", "break-glass", "serving", "auditor", "drift-reporter",
}

test_roles[action] if {
	some action, [kind, use, may] in table
	every role in every_role {
		every scope in ["acme", "*"] {
			scoped := sprintf("%s@%s", [role, scope])
			permitted := {role | allowed(asked(action, kind, use, [scoped]))}
			permitted == may & {role}
		}
	}
}

test_other_tenant[action] if {
	some action, [kind, use, may] in table
	every role in may {
		foreign := asked(action, kind, use, [sprintf("%s@other", [role])])
		not authz.allow with input as foreign
		rules_of(foreign) == {"role"}
	}
}

test_no_tenant_is_no_wildcard[action] if {
	some action, [kind, use, may] in table
	every role in may {
		nowhere := object.union(asked(action, kind, use, [sprintf("%s@*", [role])]), {"tenant": ""})
		not authz.allow with input as nowhere
	}
}

test_key_use[action] if {
	some action in (object.keys(table) - {"read"}) # any key of the tenant's actors reads
	[kind, use, may] := table[action]
	some role in may
	every other in {"command", "attest", "serving", "service", "witness"} - {use} {
		wrong := asked(action, kind, other, [sprintf("%s@acme", [role])])
		not authz.allow with input as wrong
		rules_of(wrong) == {"key-use"}
	}
}

test_persons_do_not_move_versions[action] if {
	some action in ["stage", "promote", "rebind", "rollback"]
	person := asked(action, "person", "command", ["release-manager@acme"])
	not authz.allow with input as person
	rules_of(person) == {"actor-kind"}
	both := object.union(data.settings.actions, {action: {"kinds": []}})
	allowed(person) with data.settings.actions as both
}

test_workloads_do_not_approve[action] if {
	some action in ["approve", "withdraw-approval"]
	workload := asked(action, "workload", "command", ["security-approver@acme"])
	rules_of(workload) == {"actor-kind"}
}

quorums := {
	"enroll-actor": "admin", "retire-actor": "admin", "set-quorum": "admin", "rotate-key": "admin",
	"set-trust-root": "admin", "activate-policy": "admin", "erase-subject": "admin",
	"revoke-ledger-key": "recovery",
}

test_admin_needs_quorum[action] if {
	some action, role in quorums
	command := object.union(asked(action, "person", "command", [sprintf("%s@*", [role])]), {"tenant": ""})
	allowed(command)
	one := object.union(command, {"quorum": {"have": 1}})
	not authz.allow with input as one
	rules_of(one) == {"quorum"}
	scoped := asked(action, "person", "command", [sprintf("%s@acme", [role])])
	not authz.allow with input as scoped
	rules_of(scoped) == {"role"}
}

test_nobody_signed if {
	none := object.union(
		asked("activate-policy", "person", "command", ["admin@*"]),
		{"quorum": {"needed": 0, "have": 0}},
	)
	rules_of(none) == {"quorum"}
}

test_lifting_needs_two_persons if {
	alone := object.union(
		asked("lift-quarantine", "person", "command", ["revoker@acme"]),
		{"quorum": {"needed": 1, "have": 1}},
	)
	rules_of(alone) == {"quorum"}
}

test_serving_has_audience_and_environment[field] if {
	some field in ["audience", "environment"]
	empty := object.union(asked("permit", "workload", "serving", ["serving@acme"]), {"actor": {field: ""}})
	rules_of(empty) == {"serving"}
}

test_services_and_witnesses if {
	allowed(asked("anchor-decisions", "workload", "service", []))
	allowed(asked("countersign", "workload", "witness", []))
	rules_of(asked("countersign", "person", "command", ["admin@*"])) == {"key-use"}
}

test_ledger_is_read_by_all_actors if allowed(asked("read-ledger", "workload", "serving", []))

test_labels_need_clearance if {
	asks := object.union(asked("read", "person", "command", ["auditor@acme"]), {"labels": ["restricted"]})
	allowed(asks)
	not authz.allow with input as asks with data.settings.clearances as {"restricted": "clearance=high"}
	rules_of(asks) == {"clearance"} with data.settings.clearances as {"restricted": "clearance=high"}
	cleared := object.union(asks, {"actor": {"attributes": ["clearance=high"]}})
	allowed(cleared) with data.settings.clearances as {"restricted": "clearance=high"}
}

test_unknown_action[action] if {
	some action in ["", "shred", "admin", null]
	unknown := asked(action, "person", "command", ["admin@*", "submitter@acme"])
	not authz.allow with input as unknown
	deny := authz.deny with input as unknown
	count(deny) > 0
}

test_empty_input_is_refused_by_every_rule if {
	not authz.allow with input as {}
	rules_of({}) == object.keys(authz.reasons)
}

test_absent_member[path] if {
	some path in [
		"/action", "/actor", "/actor/use", "/actor/roles", "/actor/environment", "/actor/audience", "/tenant",
		"/quorum", "/quorum/needed", "/quorum/have", "/labels",
	]
	absent := json.remove(asked("permit", "workload", "serving", ["serving@acme"]), [path])
	not authz.allow with input as absent
	deny := authz.deny with input as absent
	count(deny) > 0
}
