// SPDX-License-Identifier: Apache-2.0
// One life as the ledger's feed: takes the streams over, finds out from the topics themselves what
// they hold, and tells what follows, exactly once, until the first failure. What a life knows is
// gone with it; the next one reads it again. One thread.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consumers/feed/cursor.h"
#include "consumers/feed/source.h"
#include "ledger/chain/appender.h"

namespace z5::feed {

struct Settings {
  kafka::Cluster cluster;
  std::string ledger;  // short id; names topics and the transactional id
  chain::Trust trust;
  std::function<Result<std::unique_ptr<log::Reader>>(log::Position)> open_log;
  std::string checkpoint_file;  // the ledger's newest; nothing is told that none covers
  keys::PrivateKey key;         // enrolled as a service of the ledger
  std::chrono::milliseconds heartbeat;
  std::function<Time()> clock;
};
std::vector<std::string> topics_of(std::string_view ledger);  // in the order of kStreams

class Session {
 public:
  // Fences whoever told before. Conflict, Unavailable as StreamProducer::open; Corrupt: what lies
  // in a topic is not from a feed of this ledger.
  static Result<std::unique_ptr<Session>> begin(const Settings& settings);

  // Reads the ledger's next group, or tells what a checkpoint covers, or says a heartbeat that is
  // due; waits for the ledger up to limits::kLogPoll. Any error ends the session. Conflict: another
  // feed took over. Corrupt: ledger or topic, named, is not right.
  Status step();

  // Why it does not tell the newest just now; Done when it does.
  const Status& ready() const { return ready_; }
  std::uint64_t size() const { return source_.head().size(); }                 // entries read
  std::uint64_t told(Stream stream) const { return told_[index_of(stream)]; }  // in this life

 private:
  // An event on its way into one stream.
  struct Pending {
    Told told;
    Stream to;
    std::optional<std::uint64_t> previous;
  };

  Session(const Settings& settings, std::unique_ptr<kafka::StreamProducer> producer,
          std::unique_ptr<log::Reader> reader);
  Status read_topics();
  Status look_at_checkpoint();
  Status read_group();
  Status take(const Group& group);
  Status caught_up();
  Status admit();
  Status cover();
  Status publish();
  Status beat();

  const Settings& settings_;
  std::unique_ptr<kafka::StreamProducer> producer_;
  Source source_;
  std::vector<Cursor> cursors_;  // by stream
  Status ready_ = unavailable("reading the ledger");
  std::array<std::uint64_t, kStreams.size()> told_{};

  // The ledger's newest checkpoint, as its file says; verified when the source is there.
  std::string note_;
  std::uint64_t target_ = 0;  // its size
  bool idle_ = true;          // the log had no more when it was asked last

  // What is not told yet, and what its receipts need: the tree from the first such group on.
  std::deque<Pending> pending_;
  chain::Committed window_;
  std::optional<chain::Receipts> receipts_;  // set: a checkpoint covers everything that is pending

  bool admitted_ = false;  // the streams were found to be this ledger's, and the key enrolled
  verify::Seen seen_;      // told up to here
  std::chrono::steady_clock::time_point idle_since_, next_beat_;
};

}  // namespace z5::feed
