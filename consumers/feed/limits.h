#pragma once
#include <chrono>
#include <cstdint>

#include "schemas/limits.h"
namespace z5::limits {
inline constexpr int kFeedSilence = 3;  // heartbeats missed until a stream counts as silent
inline constexpr auto kFeedCheckpoint =
    5ms;  // an entry was read, its checkpoint follows: between two looks
inline constexpr std::uint64_t kFeedTail =
    1'024;  // offsets at a topic's end that are read and checked at start
inline constexpr std::size_t kFeedTransaction =
    500;  // messages of one transaction, about; bounds memory and delay
}  // namespace z5::limits
