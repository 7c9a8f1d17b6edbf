// SPDX-License-Identifier: Apache-2.0
// Every decision that this service made, in append-only files of JSON lines: each line carries the
// SHA-256 of the line before it (without its newline), so that a line that was changed or taken
// out shows. `<folder>/<20 digits: number of its first decision>.jsonl`; the oldest files go
// (schemas/limits.h).
//
// An answer may leave before its decision is on disk, by at most limits::kDecisionBuffer: what a
// power loss within it takes was answered and is not in the log. Once the log cannot be written,
// add() says so, and no permit is given any more.
//
// Threads: one of its own, which owns the files and ends in the destructor, after it wrote what was
// added; add() is for any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "ledger/log/disk.h"
#include "schemas/digest.h"
#include "schemas/result.h"

namespace z5::permit {

class DecisionLog {
 public:
  // Goes on behind the last whole line, and cuts what a crash left behind it. `disk` must outlive
  // the log. Unavailable: the file system says no, or another process holds the folder. Corrupt:
  // the last file's chain is broken (named).
  static Result<std::unique_ptr<DecisionLog>> open(const std::string& folder,
                                                   log::Disk& disk = log::real_disk());
  ~DecisionLog();

  // `members` are those of the line's JSON object behind "number" and "previous", without braces.
  // Unavailable: the last write failed, or what waits is too much or too old; nothing was added.
  Status add(std::string_view members);
  // Whether add() would take something now.
  Status writable() const;

 private:
  struct Files;
  DecisionLog(std::unique_ptr<Files> files);
  Status writable_locked() const;
  void run();

  std::unique_ptr<Files> files_;  // the thread's own

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable added_;
  std::string waiting_;  // members, each ended by a newline
  std::chrono::steady_clock::time_point waiting_since_;
  std::string failed_;  // why the last write failed; empty = it did not
  bool stopping_ = false;
  std::thread thread_;
};

// Reads all files in order. Corrupt, naming file and line: a line that does not name the one before
// it, a number out of order. The number of decisions from the oldest file kept.
Result<std::uint64_t> verify_decisions(const std::string& folder);

}  // namespace z5::permit
