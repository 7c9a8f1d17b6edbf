# SPDX-License-Identifier: Apache-2.0
# The rules of the contract in their first form (Rego v0).
package registry.download
import future.keywords.in
default permit = false
permit {
  input.stage in {"Staging","Approved"}
  input.signatures.model_valid
  not input.revoke
  input.policy_digest == input.runtime.policy_digest
}
