// SPDX-License-Identifier: Apache-2.0
// A model as benches hash it: 2 GiB in 16 files, of random bytes that repeat after 8 MiB.
#pragma once

#include <cstddef>
#include <string>

namespace z5::bench {

inline constexpr std::size_t kModelFiles = 16, kModelFileBytes = 128u << 20;
inline constexpr std::size_t kModelBytes = kModelFiles * kModelFileBytes;

// Into a folder that exists; afterwards it is in the page cache.
void write_model(const std::string& folder);

}  // namespace z5::bench
