// SPDX-License-Identifier: Apache-2.0
// The head of a request: request line and fields (RFC 9112), read by Beast's parser and then held
// to one framing. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/http/message.h"
#include "schemas/result.h"

namespace z5::http {

struct Framing {
  std::size_t body_length = 0;
  bool keep_alive = true;
  bool expect_continue = false;  // the caller waits for 100 before it sends the body
};

struct BadHead {
  int status;  // 400, 411, 431 or 505
  std::string message;
};

// `text` is one whole head, up to and including the empty line. Fills method, target and headers of
// `request`. A body has exactly one Content-Length; Transfer-Encoding is 411, since a body framed
// in two ways is how requests are smuggled past a proxy, and no client of ours needs it. Also
// refused: a version other than 1.0 and 1.1, Host missing (1.1) or twice, folded lines, control
// characters, too many fields, Upgrade-only expectations.
Expected<Framing, BadHead> parse_head(std::string_view text, Request& request);

}  // namespace z5::http
