// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/verify_log.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace z5::chain {
namespace {

// A batch on its way: filled by the reading thread, examined by any, linked by the reading thread
// again.
struct Slot {
  log::Batch batch;
  std::vector<Result<Examined>> examined;
  bool done = false;  // guarded by Workers::mutex_

  void examine() {
    examined.clear();
    examined.reserve(batch.records().size());
    for (const log::RecordView& record : batch.records())
      examined.push_back(chain::examine(record));
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

  // Returns when `slot` is examined; until then the caller examines what waits, so that no core is
  // idle.
  void wait_for(Slot& slot) {
    std::unique_lock lock(mutex_);
    while (!slot.done) {
      if (!waiting_.empty()) {
        examine_one(lock);
      } else {
        finished_.wait(lock);
      }
    }
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_) return;
      examine_one(lock);
    }
  }

  void examine_one(std::unique_lock<std::mutex>& lock) {
    Slot& slot = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    slot.examine();
    lock.lock();
    slot.done = true;
    finished_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_, finished_;
  std::deque<Slot*> waiting_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

Status link(Slot& slot, Verifier& verifier) {
  for (std::size_t i = 0; i < slot.examined.size(); ++i) {
    Z5_TRY([[maybe_unused]] const bool ended,
           verifier.take(slot.batch.records()[i], slot.examined[i]));
  }
  return Done{};
}

}  // namespace

Status verify_log(log::Reader& reader, Verifier& verifier, unsigned threads) {
  Z5_ASSERT(threads > 0);
  std::vector<Slot> slots(2 * std::size_t{threads} + 2);
  Workers workers(threads - 1);  // after the slots that they point to
  std::uint64_t filled = 0, linked = 0;
  for (Status read = Done{};;) {
    while (read.ok() && filled - linked < slots.size()) {
      Slot& slot = slots[filled % slots.size()];
      read = reader.next(slot.batch, std::chrono::milliseconds(0));
      if (!read.ok() || slot.batch.empty()) break;
      workers.give(slot);
      ++filled;
    }
    if (linked == filled)
      return read;  // an error of the reader counts after all that came before it
    Slot& oldest = slots[linked % slots.size()];
    workers.wait_for(oldest);
    Z5_CHECK(link(oldest, verifier));
    ++linked;
  }
}

}  // namespace z5::chain
