// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/model.h"

#include <fcntl.h>
#include <unistd.h>

#include "ledger/keys/key.h"

namespace z5::bench {

void write_model(const std::string& folder) {
  constexpr std::size_t kChunk = 8u << 20;
  const Bytes chunk = keys::random_bytes(kChunk);
  for (std::size_t i = 0; i < kModelFiles; ++i) {
    const std::string path = folder + "/part-" + std::to_string(i);
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    for (std::size_t at = 0; at < kModelFileBytes; at += kChunk)
      Z5_ASSERT(::write(file, chunk.data(), kChunk) == ssize_t{kChunk});
    ::close(file);
  }
}

}  // namespace z5::bench
