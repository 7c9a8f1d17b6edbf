// SPDX-License-Identifier: Apache-2.0
// A closed-loop HTTP load generator (one thread, epoll, kept connections), and the bare server that it is compared with.
#pragma once

#include <cstdint>
#include <string>

#include "ledger/keys/key.h"

namespace z5::bench {

struct Load {
  double per_second = 0, p50_ms = 0, p99_ms = 0;
};

// POSTs `body` to the target over `connections` connections, each again when its answer (200, else assert) is there.
Load load(std::uint16_t port, const std::string& target, const std::string& body, int connections, double seconds);

// The same load on a one-thread epoll server that reads a request, signs 700 bytes and answers, and nothing else.
Load load_bare_signer(const keys::PrivateKey& key, const std::string& body, int connections, double seconds);

}  // namespace z5::bench
