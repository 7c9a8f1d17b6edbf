// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/disk.h"

#include <fcntl.h>
#include <unistd.h>

namespace z5::log {

ssize_t Disk::pwrite(int file, const char* data, std::size_t size, off_t offset) {
  return ::pwrite(file, data, size, offset);
}
int Disk::fdatasync(int file) { return ::fdatasync(file); }
int Disk::ftruncate(int file, off_t size) { return ::ftruncate(file, size); }
int Disk::reserve(int file, off_t offset, off_t size) {
  return ::fallocate(file, FALLOC_FL_KEEP_SIZE, offset, size);
}

Disk& real_disk() {
  static Disk disk;  // has no state
  return disk;
}

}  // namespace z5::log
