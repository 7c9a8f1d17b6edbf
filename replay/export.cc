// SPDX-License-Identifier: Apache-2.0
// z5-replay export: the verified records as one file, byte for byte what a file log holds, for
// somebody else's audit.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "replay/verb.h"

namespace z5::replay {
namespace {

// A new file, which must not exist; removed again unless kept.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) {}
  ~NewFile() {
    if (file_ < 0) return;
    ::close(file_);
    if (!kept_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Error failure() const { return unavailable(path_ + ": " + std::strerror(errno)); }
  bool opened() const { return file_ >= 0; }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(file_, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return failure();
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return Done{};
  }
  Status keep() {
    if (::fsync(file_) != 0) return failure();
    kept_ = true;
    return Done{};
  }

 private:
  std::string path_;
  int file_;
  bool kept_ = false;
};

// `size`: how many entries, a group's end; 0 = all. What follows is not looked at.
Result<Outcome> export_log(const Source& source, const std::string& path, std::uint64_t size) {
  Z5_TRY(Audit audit, open_audit(source));
  NewFile file(path);
  if (!file.opened()) return errno == EEXIST ? invalid(path + ": exists already") : file.failure();
  log::Batch batch;
  Bytes group;
  const auto reached = [&] { return size != 0 && audit.verifier.head().size() >= size; };
  while (!reached()) {
    Z5_CHECK(audit.reader->next(batch, std::chrono::milliseconds(0)));
    if (batch.empty()) break;
    for (const log::RecordView& record : batch.records()) {
      Z5_TRY(const bool ended, audit.verifier.take(record));
      group += record.frame;
      if (!ended) continue;
      Z5_CHECK(file.write(group));
      group.clear();
      if (reached()) break;
    }
  }
  if (size != 0 && audit.verifier.head().size() != size) {
    return invalid(fmt::format("--size: no group ends at {}; the nearest one read ends at {}", size,
                               audit.verifier.head().size()));
  }
  Z5_CHECK(audit.finish());
  Z5_CHECK(file.keep());
  Outcome outcome{fmt::format("exported to {}: {}", path, describe_text(audit)), describe(audit),
                  0};
  outcome.document["file"] = path;
  return outcome;
}

}  // namespace

Verb add_export(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("export", "verify the chain and write it to a new file");
  const auto path = std::make_shared<std::string>();
  verb->add_option("FILE", *path, "must not exist")->required();
  const auto size = std::make_shared<std::uint64_t>(0);
  verb->add_option("--size", *size,
                   "only the first so many entries: what is sound of a log with damage behind");
  return [path, size](const Source& source) { return export_log(source, *path, *size); };
}

}  // namespace z5::replay
