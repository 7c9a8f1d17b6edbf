// SPDX-License-Identifier: Apache-2.0
// The port to whatever carries the ledger: records in one total order, appended in groups by one
// writer, read by many. A log only carries. Whether the bytes are the ledger is decided above, by
// chain and seal (ledger/chain); a log that loses, repeats or forges records is found there.
// Implemented by file_log and by kafka_log.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ledger/log/record.h"

namespace z5::log {

// Where the next record stands. `sequence` counts records; `offset` is the log's own (bytes in a
// file, Kafka's offset) and means nothing elsewhere.
struct Position {
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;
  bool operator==(const Position&) const = default;
};

// Records that become durable together or not at all: frames one after another in `bytes`; `ends`
// holds where each one ends, ascending. At most limits::kMaxGroup records and
// limits::kMaxGroupBytes bytes.
struct Group {
  Bytes bytes;
  std::vector<std::size_t> ends;
  // Documents in the writer's evidence store that came with these records. A log whose readers may
  // have no part in that folder carries them too (kafka_log); beside a file they lie already.
  std::vector<Digest> evidence;
};

// Records as they were read, and the memory that they lie in (8-byte aligned). Movable; kept and
// used again by its owner, so that steady reading allocates nothing.
class Batch {
 public:
  std::span<const RecordView> records() const { return records_; }
  Position begin() const { return begin_; }  // of the first record
  bool empty() const { return records_.empty(); }

  // For implementations of Reader: forgets the records, and offers at least `size` bytes to read
  // into.
  char* reset(Position begin, std::size_t size);
  std::size_t capacity() const { return capacity_; }
  void add(const RecordView& record) { records_.push_back(record); }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::vector<RecordView> records_;
  Position begin_;
};

// Reads committed records in order, from a position on. One thread.
class Reader {
 public:
  virtual ~Reader() = default;

  // Fills `batch` with the records that follow, at least one; waits up to `timeout` for the first
  // one and then leaves the batch empty. Wakes within about a millisecond of durability. Corrupt: a
  // record that is not whole, or a log that is shorter than position(); names sequence and offset.
  // Unavailable: the log cannot be reached just now; call again.
  virtual Status next(Batch& batch, std::chrono::milliseconds timeout) = 0;

  // After the last record returned: give this to open a reader that goes on here.
  virtual Position position() const = 0;
};

// Why an append did not succeed. With `unknown` the group may or may not be in the log, and may
// still appear: the writer must end, and whoever is writer next reads and verifies the log before
// it appends. Otherwise nothing was changed, and the same writer may try again later (503).
struct AppendFailure {
  bool unknown;
  std::string reason;
};

// The only one who appends. One thread. Made by an implementation's open(), which refuses a second
// one with Conflict. Order of use: tail() until its end, verified; begin(); then append().
class Writer {
 public:
  virtual ~Writer() = default;

  // Reads all that the log holds from `from` on, also what no mark says is durable. Ends (an empty
  // batch) where nothing whole follows; Corrupt where that is below what was durable.
  virtual Result<std::unique_ptr<Reader>> tail(Position from) = 0;

  // Declares `end` the end of what is verified, cuts what a crash left behind it, and makes the
  // rest durable. Corrupt when something that was durable would be cut. Must be called once.
  virtual Status begin(Position end) = 0;

  // Makes the group durable; the value is the position after it. Readers see it from then on.
  virtual Expected<Position, AppendFailure> append(const Group& group) = 0;
};

}  // namespace z5::log
