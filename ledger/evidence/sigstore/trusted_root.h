// SPDX-License-Identifier: Apache-2.0
// What a policy trusts, with its windows. `trusted_root.json` (sigstore/protobuf-specs,
// sigstore_trustroot.proto) says which logs, certificate authorities and timestamp authorities
// count at which time; Window adds what the format cannot say: withdrawal. Values; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/evidence/sigstore/certificate.h"
#include "ledger/keys/key.h"
#include "schemas/result.h"
#include "schemas/time.h"

namespace z5::sigstore {

// When something is trusted. Ended is not withdrawn: what was signed inside [valid_from, valid_to]
// stays good after the end. Withdrawn: nothing counts any more, whenever it was signed.
// invalid_since alone: what was signed or recorded since then is void, the rest stays good.
struct Window {
  Time valid_from = {};     // not set: from ever
  Time valid_to = {};       // closed end; not set: open
  Time withdrawn_at = {};   // not set: never withdrawn
  Time invalid_since = {};  // not set: nothing is void

  bool covers(Time time) const {
    return (!valid_from.is_set() || valid_from <= time) && (!valid_to.is_set() || time <= valid_to);
  }
  // Whether what was signed at `signed_at` and recorded at `recorded` counts when judged at `now`.
  // Refusals: `trust-window`, `trust-withdrawn`, `trust-void`; `what` names the trusted thing.
  Verdict<Done> admits(Time signed_at, Time recorded, Time now, std::string_view what) const;
  Verdict<Done> admits(Time signed_at, Time now, std::string_view what) const {
    return admits(signed_at, signed_at, now, what);
  }
};

struct TrustedLog {  // transparency log (Rekor) or certificate transparency log
  Bytes id;
  keys::PublicKey key;
  Window window;
};

struct TrustedAuthority {          // certificate authority (Fulcio) or timestamp authority
  std::vector<Certificate> chain;  // lowest first; the last one is the anchor
  Window window;
};

struct TrustedRoot {
  std::vector<TrustedLog> logs;
  std::vector<TrustedAuthority> certificate_authorities;
  std::vector<TrustedLog> ct_logs;
  std::vector<TrustedAuthority> timestamp_authorities;
  Window window;  // of the document as a whole: governed by the ledger, not part of the file

  const TrustedLog* log(std::string_view id) const;
  const TrustedLog* ct_log(std::string_view id) const;
};

// Media types v0.1 and v0.2. Refusal `trusted-root-malformed`: unreadable, unknown fields, a window
// without start, an unreadable certificate. A log whose key algorithm we don't verify is left out:
// nothing verifies against it.
Verdict<TrustedRoot> parse_trusted_root(std::string_view json);

}  // namespace z5::sigstore
