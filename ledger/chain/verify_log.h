// SPDX-License-Identifier: Apache-2.0
// Verifies the chain of a whole log on several cores: records are examined (hashed) by all of them,
// read and linked in order by the caller's thread. Memory is bounded by a few read batches a
// thread, whatever the log's size.
#pragma once

#include "ledger/chain/verifier.h"
#include "ledger/log/log.h"

namespace z5::chain {

// Takes every record that `reader` has now into `verifier`; does not wait for more, and does not
// call finish(). `threads` >= 1 counts the caller's; the others end before it returns. Errors are
// those of reader and verifier.
Status verify_log(log::Reader& reader, Verifier& verifier, unsigned threads);

}  // namespace z5::chain
