// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace z5::cli {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error problem(const std::string& path) {
  return invalid(fmt::format("{}: {}", path, std::strerror(errno)));
}

Status write_all(const Descriptor& file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(file.get(), content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return problem(path);
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return Done{};
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t max) {
  Z5_TRY(Bytes bytes, read_start(path, max + 1));
  if (bytes.size() > max) return invalid(fmt::format("{}: longer than {} bytes", path, max));
  return bytes;
}

Result<Bytes> read_start(const std::string& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return problem(path);
  if (!S_ISREG(info.st_mode)) return invalid(path + ": is no file");
  Bytes bytes(std::min(static_cast<std::size_t>(info.st_size), most), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t more = ::read(file.get(), bytes.data() + got, bytes.size() - got);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return problem(path);
    if (more == 0) return invalid(path + ": became shorter while it was read");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

Status write_new_file(const std::string& path, std::string_view content, unsigned mode) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0) return problem(path);
  return write_all(file, content, path);
}

Status write_file(const std::string& path, std::string_view content, unsigned mode) {
  const std::string fresh = fmt::format("{}.{}.new", path, ::getpid());
  ::unlink(fresh.c_str());
  Z5_CHECK(write_new_file(fresh, content, mode));
  if (::rename(fresh.c_str(), path.c_str()) != 0) return problem(path);
  return Done{};
}

}  // namespace z5::cli
