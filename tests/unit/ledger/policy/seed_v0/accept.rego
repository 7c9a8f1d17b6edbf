package registry.accept
default allow = false
allow {
  input.security_decision == "PASS"
  input.signatures.model_valid
  input.attestation.present
  not input.sbom.has_blocking_cves
  input.model_card.present
  input.dataset.snapshot_present
}
