// SPDX-License-Identifier: Apache-2.0
#include "replay/full.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ledger/chain/history.h"
#include "ledger/gate/due.h"

namespace z5::replay {
namespace {

// A batch on its way: read, parsed on any thread, folded in order, its signatures verified on any
// thread.
struct Slot {
  struct Part {
    Result<chain::Examined> examined;
    Result<Entry> entry;
    Result<gate::SignedCommands> commands;
  };
  log::Batch batch;
  std::vector<Part> parts;
  std::vector<gate::AuthorSignature> signatures;
  Status verdict = Done{};
  bool folded = false;
  bool done = false;  // with the work in hand; guarded by Workers::mutex_

  void work() { folded ? verify() : parse(); }

 private:
  void parse() {
    parts.clear();
    parts.reserve(batch.records().size());
    for (const log::RecordView& record : batch.records()) {
      parts.push_back({chain::examine(record), decode_entry(record.body),
                       gate::read_commands(record.commands)});
    }
  }
  void verify() {
    verdict = Done{};
    for (const gate::AuthorSignature& signature : signatures) {
      verdict = signature.verify();
      if (!verdict.ok()) return;
    }
  }
};

class Workers {
 public:
  explicit Workers(unsigned count) {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void give(Slot& slot) {
    const std::lock_guard lock(mutex_);
    slot.done = false;
    waiting_.push_back(&slot);
    changed_.notify_one();
  }
  // Returns when `slot` is done; until then the caller works too, so that no core is idle.
  void wait_for(Slot& slot) {
    std::unique_lock lock(mutex_);
    while (!slot.done) {
      if (waiting_.empty()) {
        finished_.wait(lock);
      } else {
        work_one(lock);
      }
    }
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      work_one(lock);
    }
  }
  void work_one(std::unique_lock<std::mutex>& lock) {
    Slot& slot = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    slot.work();
    lock.lock();
    slot.done = true;
    finished_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_, finished_;
  std::deque<Slot*> waiting_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

// The serial part: order, meaning, and what it leaves to verify.
class Fold {
 public:
  Fold(chain::Verifier& verifier, gate::State& state, const OnMoment& on_moment)
      : verifier_(verifier), state_(state), on_moment_(on_moment) {}

  const FullCount& count() const { return count_; }

  Status take(Slot& slot) {
    slot.signatures.clear();
    for (std::size_t i = 0; i < slot.parts.size(); ++i) {
      Z5_CHECK(take(slot.batch.records()[i], slot.parts[i], slot.signatures));
    }
    slot.folded = true;
    return Done{};
  }

 private:
  Status take(const log::RecordView& record, const Slot::Part& part,
              std::vector<gate::AuthorSignature>& signatures) {
    const std::uint64_t sequence = verifier_.next_sequence();
    Z5_TRY(const bool ended, verifier_.take(record, part.examined));
    if (!origins_) begin(sequence, part.examined->stamp.recorded_at);
    for (const Error* wrong : {part.entry.ok() ? nullptr : &part.entry.error(),
                               part.commands.ok() ? nullptr : &part.commands.error()}) {
      if (wrong != nullptr) return corrupt(fmt::format("entry {}: {}", sequence, wrong->message));
    }
    const Entry& entry = *part.entry;
    Z5_CHECK(gate::check_due(due_, static_cast<std::size_t>(sequence - first_), entry));
    Z5_CHECK(check_origin(entry, *part.commands, signatures));
    Z5_CHECK(apply(entry, *part.commands));
    if (sequence == 0) {
      state_.set_genesis(part.examined->hash);
      history_.set_genesis(part.examined->hash);
    }
    if (on_moment_) Z5_CHECK(on_moment_({entry, part.examined->hash, *part.commands, state_}));
    return ended ? end() : Status(Done{});
  }

  void begin(std::uint64_t sequence, Time at) {
    first_ = sequence;
    due_ = state_.due(at);
    origins_.emplace(sequence, gate::Signatures::All);
  }

  Status check_origin(const Entry& entry, const gate::SignedCommands& commands,
                      std::vector<gate::AuthorSignature>& signatures) {
    const auto before = state_.version(event_reference(entry));
    const auto actors = state_.actors();
    const auto policies = state_.policies();
    Z5_TRY(auto left, origins_->check(entry, commands,
                                      {state_.name(), *actors, *policies, state_.quorum(),
                                       before.get(), state_.trust(), &history_}));
    count_.commands += commands.command.has_value();
    count_.hidden += commands.hidden;
    count_.signatures += left.size();
    std::move(left.begin(), left.end(), std::back_inserter(signatures));
    return Done{};
  }

  Status apply(const Entry& entry, const gate::SignedCommands& commands) {
    if (!commands.command) return state_.apply(entry, nullptr);
    auto document = gate::carried_document(&*commands.command);
    const identity::Command& command = *commands.command;
    const gate::CommandIdentity identity{entry.actor, command.command_id, command.payload,
                                         command.expires_at};
    return state_.apply(entry, &identity, std::move(document));
  }

  Status end() {
    const chain::Head& head = verifier_.head();
    if (due_.size() > head.size() - first_)
      return corrupt(fmt::format("entry {}: events that were due are missing", first_));
    Z5_CHECK(origins_->finish());
    origins_.reset();
    state_.note_hashes(first_, verifier_.group_hashes());
    state_.forget(head.recorded_at);
    history_.add(head.size(), head.tree.root());
    return Done{};
  }

  chain::Verifier& verifier_;
  gate::State& state_;
  const OnMoment& on_moment_;
  chain::History history_;
  FullCount count_;
  // Of the group that is open:
  std::uint64_t first_ = 0;
  std::vector<fb::EventUnion> due_;
  std::optional<gate::OriginCheck> origins_;
};

}  // namespace

Result<FullCount> verify_full(log::Reader& reader, chain::Verifier& verifier, gate::State& state,
                              unsigned threads, const OnMoment& on_moment) {
  Z5_ASSERT(threads > 0);
  std::vector<Slot> slots(4 * std::size_t{threads} + 4);
  Workers workers(threads - 1);  // after the slots that they point to
  Fold fold(verifier, state, on_moment);
  std::uint64_t filled = 0, folded = 0, verified = 0;
  Status read = Done{}, sound = Done{};
  for (bool more = true; more || verified < filled;) {
    while (more && filled - verified < slots.size()) {
      Slot& slot = slots[filled % slots.size()];
      read = reader.next(slot.batch, std::chrono::milliseconds(0));
      more = read.ok() && !slot.batch.empty();
      if (!more) break;
      slot.folded = false;
      workers.give(slot);
      ++filled;
    }
    if (sound.ok() && folded < filled) {
      Slot& slot = slots[folded % slots.size()];
      workers.wait_for(slot);
      sound = fold.take(slot);
      // What came before the first wrong thing is still verified: one of them may be wrong, too.
      more = more && sound.ok();
      slot.folded = true;
      workers.give(slot);
      ++folded;
      if (filled - verified < slots.size() && more) continue;
    }
    if (verified == folded) {
      if (!sound.ok()) break;
      continue;
    }
    Slot& slot = slots[verified % slots.size()];
    workers.wait_for(slot);
    Z5_CHECK(slot.verdict);
    ++verified;
  }
  Z5_CHECK(sound);
  Z5_CHECK(read);
  return fold.count();
}

}  // namespace z5::replay
