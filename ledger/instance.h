// SPDX-License-Identifier: Apache-2.0
// One ledger served by this process: its HTTP face, which is there all the time, and its tenures as
// the writer. On a file the only tenure begins at once. On Kafka an instance first joins the group
// that elects the writer (kafka/consumer_group.h); while another one leads it stands by and says
// who does. After a tenure that ended by itself it leaves the group, waits, and joins again.
//
// Threads: run() is one, which owns election and tenures; the HTTP server has its own.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "ledger/home.h"
#include "ledger/http/server.h"
#include "ledger/http/service_log.h"
#include "ledger/http/tokens.h"
#include "ledger/log/kafka/consumer_group.h"
#include "ledger/routes.h"
#include "ledger/tenure.h"

namespace z5::ledger {

// How the reason of /readyz begins where another instance leads: nothing is wrong here.
inline constexpr std::string_view kStandby = "standby: ";

class Instance {
 public:
  // Reads the home and listens. Invalid, Corrupt: the home is not as z5 init makes it. Unavailable:
  // no port, or, on Kafka, no broker or no topic.
  static Result<std::unique_ptr<Instance>> open(const std::string& home);
  ~Instance();

  // Serves until `stop` is asked for: Done. An error ended it: of a file's writer any, on Kafka
  // what waiting does not mend. After that /readyz says why, until the object goes.
  Status run(const std::stop_token& stop);
  void reload_tokens() { static_cast<void>(tokens_->reload()); }  // any thread

 private:
  // How a tenure ended.
  enum class End { Stopped, SteppedDown };

  Instance(Home home, Config config) : home_(std::move(home)), config_(std::move(config)) {}
  Status listen();
  Status ready() const;
  Status serve_until(const std::stop_token& stop);
  Status stand_for_election(const std::stop_token& stop);
  Result<End> hold_office(kafka::ConsumerGroup* group, const std::stop_token& stop);
  Status write(kafka::ConsumerGroup* group, const Desk& desk, const std::stop_token& stop);
  void stand_by(kafka::ConsumerGroup& group, const std::stop_token& stop);
  void seat(std::shared_ptr<Tenure> tenure);
  void note(const std::string& leader, const std::string& trouble);

  Home home_;
  Config config_;
  std::unique_ptr<http::ServiceLog> log_;
  std::shared_ptr<http::Tokens> tokens_;
  std::string address_;

  mutable std::mutex mutex_;  // guards the four below
  std::shared_ptr<Tenure> tenure_;
  std::string leader_, trouble_;
  std::optional<Error> failure_;

  std::unique_ptr<http::Server> server_;  // last: it goes first
};

}  // namespace z5::ledger
