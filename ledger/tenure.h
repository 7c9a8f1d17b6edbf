// SPDX-License-Identifier: Apache-2.0
// A tenure: the time in which this process is the writer of one ledger, and everything that exists
// only then. On a file it lasts as long as the process; on Kafka from an election until the next.
//
// Threads: the writer's (write_path.h). Whoever holds a tenure keeps it in memory, not in office:
// after end() it answers everything with Unavailable.
#pragma once

#include <memory>

#include "ledger/home.h"
#include "ledger/http/service_log.h"
#include "ledger/intake.h"
#include "ledger/policy/engine.h"
#include "ledger/write_path.h"

namespace z5::ledger {

// Who answers requests while this process is the writer.
struct Desk {
  Intake& intake;
  WritePath& writer;
  gate::Bundles& bundles;
};

class Tenure {
 public:
  // Takes over the log, reads and verifies it. Errors are those of open_log_writer and
  // WritePath::open; Invalid or Corrupt also for the home's key and trust.
  static Result<std::shared_ptr<Tenure>> begin(const Home& home, const Config& config,
                                               http::ServiceLog& log);
  Tenure(const Tenure&) = delete;
  Tenure& operator=(const Tenure&) = delete;

  const Desk& desk() const { return *desk_; }
  // Answers what is in hand, then ends the writer's thread. Not from there.
  void end() { writer_->stop(); }

 private:
  explicit Tenure(const Home& home) : store_(home.evidence()), bundles_(engine_, store_) {}

  policy::Engine engine_;
  log::EvidenceStore store_;
  gate::Bundles bundles_;
  std::unique_ptr<WritePath> writer_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Desk> desk_;
};

}  // namespace z5::ledger
