// SPDX-License-Identifier: Apache-2.0
// The log layer alone. Clients: each has one 1 KiB body outstanding and sends the next when its entry is durable.
// Limit: one thread that hashes, signs, writes and syncs the same bytes in groups of the same size, and nothing else.
#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "bench.h"
#include "ledger/chain/appender.h"
#include "ledger/chain/merkle.h"
#include "ledger/log/file_log.h"
#include "ledger/log/record.h"
#include "ledgers.h"

namespace z5::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Waiting {
  Bytes body;
  Clock::time_point since;
};

// One thread of clients; the writer is the caller's thread.
class Clients {
 public:
  explicit Clients(std::size_t count, const Bytes& body) {
    for (std::size_t i = 0; i < count; ++i) queue_.push_back({body, Clock::now()});
  }
  std::vector<Waiting> take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !queue_.empty(); });
    return std::exchange(queue_, {});
  }
  void answer(std::vector<Waiting> done) {
    const auto now = Clock::now();
    for (Waiting& waiting : done) {
      waits.add(std::chrono::duration<double, std::milli>(now - waiting.since).count());
      waiting.since = now;
    }
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) queue_ = std::move(done);
    else queue_.insert(queue_.end(), std::make_move_iterator(done.begin()), std::make_move_iterator(done.end()));
    arrived_.notify_one();
  }
  Waits waits;

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Waiting> queue_;
};

double bare_loop(const std::string& folder, const Bytes& body, std::size_t group, double seconds, const keys::PrivateKey& key) {
  const int file = ::open((folder + "/bare").c_str(), O_CREAT | O_RDWR, 0600);
  Z5_ASSERT(file >= 0);
  chain::CompactRange tree;
  const std::string note(160, 'n');
  std::uint64_t entries = 0;
  off_t offset = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    Bytes bytes;
    bytes.reserve(group * log::record_size(body.size(), {}, 0) + 256);
    for (std::size_t i = 0; i < group; ++i) {
      tree.append(chain::entry_hash(body));
      log::append_record(bytes, body, {}, "");
    }
    static_cast<void>(tree.root());
    bytes += key.sign(note);
    Z5_ASSERT(::pwrite(file, bytes.data(), bytes.size(), offset) == static_cast<ssize_t>(bytes.size()));
    Z5_ASSERT(::fdatasync(file) == 0);
    static_cast<void>(key.sign(note));
    offset += static_cast<off_t>(bytes.size());
    entries += group;
  }
  const double rate = static_cast<double>(entries) / seconds_since(start);
  ::close(file);
  ::unlink((folder + "/bare").c_str());
  return rate;
}

Report measure(const Options& options, std::size_t clients) {
  support::TemporaryFolder folder;
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  const Bytes body = body_of_1k();
  auto log = log::open_file_writer(folder.path() + "/ledger");
  const chain::Trust trust{.origin = "z5.local/bench", .genesis = {}, .keys = {{key.public_key(), 0, {}}}};
  auto appender = chain::Appender::open(std::move(*log), {trust, key, folder.path() + "/checkpoint"},
                                        [](const chain::VerifiedGroup&) -> Status { return Done{}; });
  Z5_ASSERT(appender.ok());
  Clients crowd(clients, body);
  std::uint64_t entries = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < options.seconds) {
    std::vector<Waiting> group = crowd.take();
    chain::Sealer& sealer = (*appender)->sealer();
    Z5_ASSERT(sealer.begin(ledger::machine_clock().wall()).ok());
    for (Waiting& waiting : group) Z5_ASSERT(sealer.add(waiting.body, Digest{}, {}).ok());
    Z5_ASSERT((*appender)->commit().ok());
    entries += group.size();
    crowd.answer(std::move(group));
  }
  Report report{.bench = "append-raw/" + std::to_string(clients), .figure = static_cast<double>(entries) / seconds_since(start),
                .unit = "entries/s", .limit = 0, .p50_ms = crowd.waits.quantile(0.5), .p99_ms = crowd.waits.quantile(0.99),
                .seconds = options.seconds, .note = "bare loop of the same hashes, signatures, writes and syncs"};
  report.limit = bare_loop(folder.path(), body, clients, options.seconds, key);
  return report;
}

}  // namespace

std::vector<Report> append_raw(const Options& options) { return {measure(options, options.clients), measure(options, 1)}; }

}  // namespace z5::bench
