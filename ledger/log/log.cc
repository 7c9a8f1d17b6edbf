// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/log.h"

namespace z5::log {

char* Batch::reset(Position begin, std::size_t size) {
  records_.clear();
  begin_ = begin;
  if (size > capacity_) {
    memory_ = std::make_unique_for_overwrite<char[]>(size);  // operator new aligns to 16
    capacity_ = size;
  }
  return memory_.get();
}

}  // namespace z5::log
