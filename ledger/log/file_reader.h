// SPDX-License-Identifier: Apache-2.0
// What reading and writing the file log share: the durable mark, and the reader in its two ways of
// ending. Not for use outside this folder (file_log.h is the door).
#pragma once

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ledger/log/log.h"

namespace z5::log {

// A file descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor = -1) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// The content of `durable`.
struct Mark {
  std::uint64_t end = 0;   // bytes of `entries` that are on disk
  std::uint64_t size = 0;  // records in them
};
Bytes encode_mark(const Mark& mark);
// nullopt: the file is empty (it was made and not yet written). Corrupt: not a mark.
Result<std::optional<Mark>> read_mark(int file, const std::string& path);

// For recovery: reads beyond the mark, and ends without an error where what follows there is not
// whole.
Result<std::unique_ptr<Reader>> open_tail_reader(const std::string& entries, Position from,
                                                 Mark mark);

}  // namespace z5::log
