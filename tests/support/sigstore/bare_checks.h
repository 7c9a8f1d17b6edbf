// SPDX-License-Identifier: Apache-2.0
// The limit of a keyless verification: the OpenSSL calls that no verifier can do without, and
// nothing else.
#pragma once

#include <functional>

#include "tests/support/sigstore/private_stack.h"

namespace z5::support {

// One call: read the leaf certificate, check its signature and its issuer's, the artifact's
// signature, the SCT, the checkpoint, and for Rekor v1 the promise, for v2 the timestamp token
// (read, checked with its chain). Asserts that all of them hold. `bundle` is keyless_blob's of this
// stack.
std::function<void()> bare_keyless_checks(const PrivateStack& stack, const Json& bundle, int rekor);

}  // namespace z5::support
