// SPDX-License-Identifier: Apache-2.0
// The write path of one ledger: the only thread that decides and appends. Commands come prepared
// (identity and evidence, on snapshots); here they are judged one after another on the writer's own
// fold, sealed in groups, made durable with one sync a group, and only then answered.
//
// Threads: one, the writer; it owns appender, clock and fold, and ends in stop() or when an
// append's outcome is unknown.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "ledger/chain/appender.h"
#include "ledger/clock.h"
#include "ledger/gate/decide.h"
#include "ledger/gate/evidenced.h"
#include "ledger/gate/state.h"
#include "ledger/outcome.h"
#include "ledger/rate.h"

namespace z5::ledger {

// A command that passed identity and evidence. gate::Attachments are kept for the case that trust
// changes before it is judged.
struct Prepared {
  identity::Authentic authentic;
  gate::Evidenced evidenced;
  gate::Attachments attachments;
};
using Reply = std::function<void(Outcome)>;  // called once, on the writer's thread; must not block

class WritePath {
 public:
  struct Settings {
    chain::Appender::Settings ledger;
    std::function<Result<std::unique_ptr<log::Reader>>()>
        open_reader;  // for folding again after a failed append
    Clock clock;
    RateLimits rates;
    std::string engine;  // "opa/1.22.2"
    std::string dashboards_base;
    std::size_t queue = 4096;  // commands waiting; more are Unavailable
  };

  // Reads, verifies and folds the whole log, then starts the writer. Errors are Appender::open's,
  // and Corrupt for an entry that cannot follow. `bundles` and `store` must outlive it.
  static Result<std::unique_ptr<WritePath>> open(std::unique_ptr<log::Writer> log,
                                                 Settings settings, gate::Bundles& bundles,
                                                 const log::EvidenceStore& store);
  ~WritePath();

  void submit(Prepared command, Reply reply);
  // Runs `question` on the writer's thread, between groups, with the time that a group would have.
  void ask(std::function<void(const gate::State&, Result<Time>)> question);

  const gate::State& state() const { return state_; }  // its any-thread functions
  std::string checkpoint() const;                      // newest note
  const chain::Trust& trust() const { return trust_; }
  const std::string& engine() const { return settings_.engine; }
  // Why the writer ended by itself; nullopt while it lives. After that everything is Unavailable.
  std::optional<std::string> ended() const;
  // Answers what is queued, then ends the thread.
  void stop();

 private:
  struct Item {
    std::variant<Prepared, std::function<void(const gate::State&, Result<Time>)>> work;
    Reply reply;
  };
  struct Answered {
    Reply reply;
    Outcome outcome;
  };

  WritePath(Settings settings, gate::Bundles& bundles, const log::EvidenceStore& store);
  void run();
  void run_group(std::vector<Item> items);
  Outcome judge(Prepared& command, Time now);
  std::optional<Outcome> known(const identity::Authentic& authentic) const;
  std::optional<Outcome> authenticate_again(Prepared& command, Time now) const;
  Status refresh(Prepared& command) const;
  Outcome accept(const Prepared& command, gate::Decided decided);
  Outcome record_refusal(const Prepared& command, gate::Refused refused, Time now);
  Status append_due(Time now);
  Result<std::uint64_t> append(Entry& entry, const identity::Authentic* authentic);
  void commit_group(std::vector<Answered>& answers);
  Status fold_again();
  void end(std::string why);

  Settings settings_;
  gate::Bundles& bundles_;
  const log::EvidenceStore& store_;
  gate::State state_;
  gate::EvidenceStep evidence_step_;
  std::unique_ptr<chain::Appender> appender_;
  std::optional<GroupClock> clock_;
  chain::Trust trust_;
  Rate refusal_rate_;
  std::unordered_map<std::string, std::pair<std::uint64_t, Time>>
      suppressed_;                                             // refusals not recorded, by actor
  std::deque<std::shared_ptr<const chain::Receipts>> recent_;  // for repeats

  mutable std::mutex mutex_;  // guards the four below
  std::condition_variable arrived_;
  std::deque<Item> queue_;
  std::string checkpoint_;
  std::optional<std::string> ended_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace z5::ledger
