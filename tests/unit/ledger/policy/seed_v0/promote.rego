# SPDX-License-Identifier: Apache-2.0
# The rules of the contract in their first form (Rego v0).
package registry.promote
default allow = false
allow {
  input.stage_from == "Staging"
  input.stage_to   == "Approved"
  input.canary.result == "PROCEED"
  input.policies.bound == true
  input.signatures.model_valid
  input.attestation.present
}
