// SPDX-License-Identifier: Apache-2.0
// What a stream's topic holds, held against the ledger: which of the ledger's events are in it
// already, and whether all that lies at its end was written by a feed of this ledger. This, and no
// file, is the feed's memory. One thread.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consumers/feed/heartbeat.h"
#include "consumers/feed/message.h"

namespace z5::feed {

class Cursor {
 public:
  // `tail`: the end of the topic `name`. Corrupt, naming topic and offset: a message that no feed
  // of this ledger made, or that does not follow the one before it.
  static Result<Cursor> read(const identity::LedgerName& ledger, Stream stream, std::string name,
                             const kafka::Tail& tail);

  // The ledger's next event that this stream tells of, in order; true: the topic has it, false: it
  // is to be published behind previous(). Corrupt: the topic says otherwise.
  Result<bool> take(const Told& told);
  // The event of this stream before the one taken last.
  std::optional<std::uint64_t> previous() const { return previous_; }
  std::optional<std::uint64_t> last() const { return last_; }  // taken

  // True while the topic tells of events that the ledger did not come to yet.
  bool ahead() const { return !records_.empty() || (before_tail_ && last_ < before_tail_); }
  // Corrupt: says of which one; for when the ledger has no more.
  Status reached_end() const;
  // Corrupt: a heartbeat of the tail is not signed by one of `services`. Forgets them.
  Status check_heartbeats(std::span<const keys::PublicKey> services);

 private:
  struct Record {
    std::uint64_t offset;
    Claim claim;
  };
  Status add(const identity::LedgerName& ledger, const kafka::StreamRecord& record);
  Error alien(std::uint64_t offset, std::string_view why) const;

  Stream stream_ = Stream::Promotions;
  std::string name_;
  std::deque<Record> records_;  // events of the tail that the ledger did not come to yet
  std::vector<kafka::StreamRecord> heartbeats_;
  // What the first message of the tail says came before it.
  std::optional<std::uint64_t> before_tail_;
  std::uint64_t first_offset_ = 0;
  std::optional<std::uint64_t> newest_;  // while reading the tail: its last event so far
  std::optional<std::uint64_t> previous_, last_;
};

}  // namespace z5::feed
