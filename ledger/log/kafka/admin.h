// SPDX-License-Identifier: Apache-2.0
// What is asked of a cluster about its topics. A busy controller answers late: what may be repeated
// is asked again until limits::kKafkaStart is over. Not for use outside this folder (topics.h is
// the door). One thread, the client's.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ledger/log/kafka/client.h"

namespace z5::kafka {

using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
// Sends a question about `name` with `send`, again after each answer that is only about time; the
// answer's event. Unavailable: none came, or the broker does not want to, with its reason.
using Send = std::function<void(const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;
Result<Event> ask(Client& client, rd_kafka_admin_op_t what, std::string_view name,
                  const Send& send);

struct NewTopic {
  std::string name;
  int replicas = 1;
  Settings settings;
};

// Makes topics of one partition and waits until the broker knows them; those that are there stay as
// they are. Unavailable as above.
Status make_topics(Client& client, std::span<const NewTopic> topics);
// All settings of each topic, in the order of `names`. Unavailable as above, or a topic that is not
// there.
using TopicSettings = std::map<std::string, std::string>;
Result<std::vector<TopicSettings>> describe_topics(Client& client,
                                                   std::span<const std::string> names);

}  // namespace z5::kafka
