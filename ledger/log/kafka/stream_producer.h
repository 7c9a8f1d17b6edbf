// SPDX-License-Identifier: Apache-2.0
// Streams beside the ledger: topics of one partition whose messages have a key and headers, written
// by one producer in transactions over all of them, and the end of such a topic read back. What a
// message means is not looked at here. A StreamProducer belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/log/kafka/cluster.h"

namespace z5::kafka {

struct StreamMessage {
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;  // in this order

  std::optional<std::string_view> header(std::string_view name) const;
  bool operator==(const StreamMessage&) const = default;
};

// A message as it lies in the topic.
struct StreamRecord {
  std::uint64_t offset = 0;
  StreamMessage message;
};

struct Outgoing {
  std::size_t topic;  // index in the producer's topics
  StreamMessage message;
};

class StreamProducer {
 public:
  // Takes over as the only one who writes these topics under `transactional_id`: whoever did before
  // is fenced, and what it had not committed is gone. Conflict: somebody else's transaction stays
  // open in one of them. Unavailable: no broker answers, or a topic is not there.
  static Result<std::unique_ptr<StreamProducer>> open(const Cluster& cluster,
                                                      std::string_view transactional_id,
                                                      std::vector<std::string> topics);
  ~StreamProducer();

  // Where the next message of each topic must land: the topics' ends when it took over, and after
  // every publish.
  std::span<const std::uint64_t> ends() const;

  // All messages or none, in this order. After any failure this producer is of no use, and whether
  // the messages are there is known only to who reads the topics again. Conflict: another producer
  // took over. Unavailable: no answer, aborted, or an offset was taken by somebody else (named).
  Status publish(std::span<const Outgoing> messages);

 private:
  struct Connection;
  StreamProducer(std::unique_ptr<Connection> connection, std::vector<std::string> topics,
                 std::vector<std::uint64_t> ends);
  Status send(std::span<const Outgoing> messages);
  Status commit();
  Status give_up(Error why);

  std::unique_ptr<Connection> connection_;
  std::vector<std::string> topics_;
  std::vector<std::uint64_t> ends_;
};

// The committed messages of `topic` in [end - wanted offsets, end), or in more of them where that
// is needed to find one at all. Offsets are not dense: ends of transactions and aborted messages
// take some. Unavailable: no broker answers.
struct Tail {
  bool whole = false;  // nothing was ever in the topic before these
  std::vector<StreamRecord> records;
};
Result<Tail> read_tail(const Cluster& cluster, const std::string& topic, std::uint64_t end,
                       std::uint64_t wanted);

// The ends of the topics, open transactions included: grows whenever somebody writes.
Result<std::vector<std::uint64_t>> stream_ends(const Cluster& cluster,
                                               std::span<const std::string> topics);

}  // namespace z5::kafka
