// SPDX-License-Identifier: Apache-2.0
// Commands that come by Kafka instead of HTTP, and what became of them:
//   z5.<id>.commands       value: the request, byte for byte as POST /v1/commands takes it
//   z5.<id>.outcomes       key: the command's id; one for each authentic command
//   z5.<id>.commands.dead  key: the request's digest; one for each message that is none
// The value of both is {"status", "request": digest of the request, "answer"}: status and body of
// the HTTP answer; a dead letter has the "offset" of its message too. An outcome says nothing by
// itself: its receipt does. A client believes only a record that names the digest of its own bytes:
// a command id can be used by anybody.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/log/kafka/client.h"
#include "schemas/digest.h"

namespace z5::kafka {

// Puts answers into their topics. One thread.
class AnswerWriter {
 public:
  struct Answer {
    bool dead = false;  // not authentic
    std::string key, value;
  };

  static Result<std::unique_ptr<AnswerWriter>> open(const Cluster& cluster,
                                                    std::string_view ledger);
  // In order, acknowledged by the in-sync replicas. Unavailable: perhaps not all are there; this
  // writer has ended.
  Status put(const std::vector<Answer>& answers);

 private:
  AnswerWriter() = default;
  std::vector<Delivery> deliveries_;  // outlives the client, which reports into it
  std::unique_ptr<Client> client_;
  TopicHandle outcomes_, dead_;
};

// Sends `request` and waits for the record that answers it: the outcome of `command_id`, or a dead
// letter; its value. Invalid: larger than a message may be. Unavailable: no answer within `wait`;
// the command may have been carried out, or still be: the same bytes get the first outcome.
Result<std::string> ask_by_topic(const Cluster& cluster, std::string_view ledger,
                                 const std::string& request, const std::string& command_id,
                                 std::chrono::milliseconds wait);

}  // namespace z5::kafka
