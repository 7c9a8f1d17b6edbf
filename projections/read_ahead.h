// SPDX-License-Identifier: Apache-2.0
// Groups of a log, verified and read while the ones before them are folded: hashing, decoding and
// parsing take as long as the fold, and need no store.
//
// Threads: "read-ahead", one per object, owns the log's reader; it keeps at most limits::kReadAhead
// bytes ready, waits for its caller at the log's end and after an error, and ends with the object.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/chain/chain_reader.h"
#include "projections/read_group.h"

namespace z5::projections {

class ReadAhead {
 public:
  explicit ReadAhead(std::unique_ptr<chain::ChainReader> log);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next group; nullopt: the log held no more when it was asked during this call, and nothing
  // came within `timeout`. Errors are those of the log, of its chain and of read_group, after every
  // group that came before, and Corrupt when the log ends before what ChainReader was told to
  // expect.
  Result<std::optional<ReadGroup>> next(std::chrono::milliseconds timeout);

 private:
  void run();
  Result<std::optional<ReadGroup>> read(std::chrono::milliseconds timeout);

  std::unique_ptr<chain::ChainReader> log_;  // the thread's

  std::mutex mutex_;  // guards what follows, but for thread_
  std::condition_variable asked_, answered_;
  std::deque<ReadGroup> ready_;
  std::size_t ready_bytes_ = 0;
  std::optional<Status> end_;  // behind ready_: the log's end, or an error; until next() asks anew
  bool told_ = false;          // next() gave an error back
  std::chrono::milliseconds timeout_{0};
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace z5::projections
