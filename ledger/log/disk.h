// SPDX-License-Identifier: Apache-2.0
// The four system calls that change a ledger file, so that tests can make them fail as real disks
// do. Each keeps the convention of its system call (-1 and errno). Any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace z5::log {

class Disk {
 public:
  virtual ~Disk() = default;
  virtual ssize_t pwrite(int file, const char* data, std::size_t size, off_t offset);
  virtual int fdatasync(int file);
  virtual int ftruncate(int file, off_t size);
  // fallocate(2) with FALLOC_FL_KEEP_SIZE.
  virtual int reserve(int file, off_t offset, off_t size);
};

Disk& real_disk();

}  // namespace z5::log
