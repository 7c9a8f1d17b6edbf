# SPDX-License-Identifier: Apache-2.0
# Who may do what (R65-R71, R107): settings.actions is the table. Four eyes and separation of duties beyond it are a
# floor in C++. Inputs hold no ids and no time, so that decisions are memoised.
package registry.authz

default allow := false

row := data.settings.actions[input.action]

allow if {
	row
	count(unmet) == 0
}

reasons := {
	"action": "no such action",
	"actor-kind": "this action is not for an actor of this kind",
	"clearance": "the actor has no clearance for a label of this model",
	"key-use": "the key was not enrolled for this",
	"quorum": "not enough persons signed",
	"role": "the actor has no role for this action and tenant",
	"serving": "a serving actor needs an audience and an environment",
}

unmet := object.keys(reasons) - holds

deny contains {"rule": rule, "reason": reasons[rule]} if some rule in unmet

# The actor's roles that count for input.tenant: role@tenant and role@*, without the ledger's own roles.
roles contains role if {
	some scoped in input.actor.roles
	[role, scope] := split(scoped, "@")
	scope in {input.tenant, "*"}
	not role in data.settings.ledger_roles
}

holds contains "action" if row

# "" = a key of any use
holds contains "key-use" if row.use in {"", input.actor.use}

# [] = both kinds
holds contains "actor-kind" if count(row.kinds) == 0

holds contains "actor-kind" if input.actor.kind in row.kinds

# [] = no role needed; "*" = any role of this tenant; "admin@*" = exactly this scoped role
holds contains "role" if count(row.roles) == 0

holds contains "role" if {
	"*" in row.roles
	input.tenant != ""
	count(roles) > 0
}

holds contains "role" if {
	input.tenant != ""
	some role in row.roles
	roles[role]
}

holds contains "role" if {
	some role in row.roles
	endswith(role, "@*")
	role in input.actor.roles
}

holds contains "quorum" if {
	input.quorum.have >= input.quorum.needed
	input.quorum.have >= row.signatures
}

holds contains "serving" if row.use != "serving"

holds contains "serving" if {
	input.actor.audience != ""
	input.actor.environment in {"staging", "canary", "production"}
}

# Attribute-based: a label in settings.clearances is seen only by an actor with the attribute that it names (R97).
holds contains "clearance" if not input.action in {"read", "permit"}

holds contains "clearance" if {
	every label in input.labels {
		cleared(label)
	}
}

cleared(label) if not data.settings.clearances[label]

cleared(label) if data.settings.clearances[label] in input.actor.attributes
