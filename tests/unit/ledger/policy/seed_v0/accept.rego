# SPDX-License-Identifier: Apache-2.0
# The rules of the contract in their first form (Rego v0).
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
