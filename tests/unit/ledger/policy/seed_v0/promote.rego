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
