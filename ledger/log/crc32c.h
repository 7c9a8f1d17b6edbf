// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli; RFC 3720 appendix B.4): finds torn and rotten bytes, proves nothing against
// people. With the processor's own instruction where there is one. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace z5::log {

// The checksum of A ‖ data, given the checksum of A (0 for nothing).
std::uint32_t crc32c(std::string_view data, std::uint32_t before = 0);
// The same by table, for processors without the instruction and for the tests.
std::uint32_t crc32c_by_table(std::string_view data, std::uint32_t before = 0);

}  // namespace z5::log
