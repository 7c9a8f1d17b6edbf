// SPDX-License-Identifier: Apache-2.0
// The log layer alone. Clients: each has one 1 KiB body outstanding and sends the next when its
// entry is durable. Limit on a file: one thread that hashes, signs, writes and syncs the same bytes
// in groups of the same size, and nothing else. On Kafka: a bare transactional producer of the same
// records in transactions of the same size, on the same broker.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/chain/appender.h"
#include "ledger/chain/merkle.h"
#include "ledger/log/file_log.h"
#include "ledger/log/record.h"
#include "tests/bench/bench.h"
#include "tests/bench/kafka.h"
#include "tests/bench/ledgers.h"

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
    if (queue_.empty())
      queue_ = std::move(done);
    else
      queue_.insert(queue_.end(), std::make_move_iterator(done.begin()),
                    std::make_move_iterator(done.end()));
    arrived_.notify_one();
  }
  Waits waits;

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Waiting> queue_;
};

double bare_loop(const std::string& folder, const Bytes& body, std::size_t group, double seconds,
                 const keys::PrivateKey& key) {
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
    Z5_ASSERT(::pwrite(file, bytes.data(), bytes.size(), offset) ==
              static_cast<ssize_t>(bytes.size()));
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

// What `clients` get out of the appender; the limit is still to come.
Report measure(const Options& options, chain::Appender& appender, std::size_t clients) {
  Clients crowd(clients, body_of_1k());
  std::uint64_t entries = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < options.seconds) {
    std::vector<Waiting> group = crowd.take();
    chain::Sealer& sealer = appender.sealer();
    Z5_ASSERT(sealer.begin(ledger::machine_clock().wall()).ok());
    for (Waiting& waiting : group) Z5_ASSERT(sealer.add(waiting.body, Digest{}, {}).ok());
    Z5_ASSERT(appender.commit().ok());
    entries += group.size();
    crowd.answer(std::move(group));
  }
  return {.bench = fmt::format("append-raw-{}/{}", options.log, clients),
          .figure = static_cast<double>(entries) / seconds_since(start),
          .unit = "entries/s",
          .limit = 0,
          .p50_ms = crowd.waits.quantile(0.5),
          .p99_ms = crowd.waits.quantile(0.99),
          .seconds = options.seconds,
          .note = {}};
}

Report on_file(const Options& options, std::size_t clients) {
  const support::TemporaryFolder folder;
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  const std::string ledger = folder.path() + "/ledger";
  auto appender =
      open_raw_ledger(std::move(*log::open_file_writer(ledger)), ledger + "/checkpoint", key);
  Report report = measure(options, *appender, clients);
  report.limit = bare_loop(folder.path(), body_of_1k(), clients, options.seconds, key);
  report.note = "bare loop of the same hashes, signatures, writes and syncs";
  return report;
}

// Ours and the bare producer's in turns, so that a busy machine is busy for both.
Report on_kafka(const Options& options, Broker& broker, std::size_t clients) {
  constexpr int kTurns = 3;
  const support::TemporaryFolder folder;
  const keys::PrivateKey key = keys::PrivateKey::generate(keys::Algorithm::Ed25519);
  Bytes record;
  log::append_record(record, body_of_1k(), {}, {});
  auto appender =
      open_raw_ledger(must(kafka::open_kafka_writer(broker.cluster(), broker.fresh_ledger())),
                      folder.path() + "/checkpoint", key);
  const std::string bare_topic = kafka::entries_topic(broker.fresh_ledger());
  Options turn = options;
  turn.seconds = options.seconds / kTurns;
  std::vector<Report> ours;
  std::vector<Bare> bare;
  for (int i = 0; i < kTurns; ++i) {
    bare.push_back(bare_transactions(broker.cluster(), bare_topic, record, clients, turn.seconds));
    ours.push_back(measure(turn, *appender, clients));
  }
  std::ranges::sort(ours, {}, &Report::figure);
  std::ranges::sort(bare, {}, &Bare::per_second);
  Report report = ours[kTurns / 2];
  const Bare& limit = bare[kTurns / 2];
  report.limit = limit.per_second;
  report.seconds = options.seconds;
  report.note = fmt::format(
      "bare transactional producer, as many a transaction, p50 {:.2f} ms, p99 {:.2f} ms",
      limit.p50_ms, limit.p99_ms);
  return report;
}

}  // namespace

std::vector<Report> append_raw(const Options& options) {
  if (options.log == "file") return {on_file(options, options.clients), on_file(options, 1)};
  Broker broker;
  return {on_kafka(options, broker, options.clients), on_kafka(options, broker, 1)};
}

}  // namespace z5::bench
