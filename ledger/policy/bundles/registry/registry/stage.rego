# SPDX-License-Identifier: Apache-2.0
# Candidate -> Staging: what let the version into the catalogue holds today (R36).
package registry.stage

import data.registry.accept

default allow := false

allow if {
	input.stage_from == "Candidate"
	input.stage_to == "Staging"
	accept.allow
}

deny contains reason if some reason in accept.deny

deny contains {"rule": "transition", "reason": "only a Candidate moves to Staging"} if not transition

transition if {
	input.stage_from == "Candidate"
	input.stage_to == "Staging"
}
