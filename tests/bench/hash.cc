// SPDX-License-Identifier: Apache-2.0
// The manifest of a 2 GiB folder in the page cache. Limit: all cores hashing 8 MiB of memory again
// and again.
#include "ledger/evidence/document/manifest.h"
#include "tests/bench/bench.h"
#include "tests/bench/model.h"
#include "tests/support/world.h"

namespace z5::bench {

std::vector<Report> hash(const Options& options) {
  support::TemporaryFolder folder;
  write_model(folder.path());
  Z5_ASSERT(document::hash_directory(folder.path()).ok());  // warm
  double best = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    const auto once = std::chrono::steady_clock::now();
    Z5_ASSERT(document::hash_directory(folder.path()).ok());
    best = std::max(best, kModelBytes / 1e9 / seconds_since(once));
  }
  const double seconds = seconds_since(start);
  constexpr std::size_t kChunk = 8u << 20;
  const Bytes chunk = keys::random_bytes(kChunk);
  const double limit =
      rate_on_all_cores(options.seconds / 2,
                        [&] { return [&] { static_cast<void>(sha256(chunk)); }; }) *
      kChunk / 1e9;
  return {{.bench = "hash",
           .figure = best,
           .unit = "GB/s",
           .limit = limit,
           .seconds = seconds,
           .note = "cores x SHA-256 of 8 MiB in memory"}};
}

}  // namespace z5::bench
