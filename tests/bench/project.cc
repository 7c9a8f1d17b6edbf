// SPDX-License-Identifier: Apache-2.0
// Entries folded into RocksDB, catching up from the start. Limit: bare RocksDB batches of the same shape (a trail row, a
// command row and a version row an entry, in batches), with the same options.
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>

#include "bench.h"
#include "ledgers.h"
#include "projections/projector.h"

namespace z5::bench {
namespace {

double bare_batches(const std::string& path, double seconds) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  rocksdb::DB* raw = nullptr;
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {{"default", {}}, {"trail", {}}, {"commands", {}}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  Z5_ASSERT(rocksdb::DB::Open(options, path, families, &handles, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  const std::string body(450, 'b'), row(700, 'r');
  std::uint64_t events = 0;
  const auto start = std::chrono::steady_clock::now();
  while (seconds_since(start) < seconds) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < 512; ++i, ++events) {
      const std::string number = std::to_string(1'000'000'000 + events);
      Z5_ASSERT(batch.Put(handles[1], "acme/credit:" + std::to_string(events % 10) + number, body).ok());
      Z5_ASSERT(batch.Put(handles[2], "ci" + std::string(30, 'u') + number, "12345678").ok());
      Z5_ASSERT(batch.Put(handles[0], "acme/credit:" + std::to_string(events % 10), row).ok());
    }
    Z5_ASSERT(db->Write({}, &batch).ok());
  }
  const double rate = static_cast<double>(events) / seconds_since(start);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  return rate;
}

}  // namespace

std::vector<Report> project(const Options& options) {
  support::World world(fast_world());
  annotate(world, 10, static_cast<std::size_t>(options.seconds * 10'000));
  world.stop();
  projections::Settings settings{.state = world.folder() + "/state",
                                 .trust = world.trust(),
                                 .open_log = [folder = world.ledger_folder()](log::Position from) { return log::open_file_reader(folder, from); },
                                 .checkpoint_file = {}};
  const auto start = std::chrono::steady_clock::now();
  auto store = projections::Store::open(settings.state, settings.trust);
  Z5_ASSERT(store.ok());
  const auto head = projections::build(**store, settings);
  Z5_ASSERT(head.ok());
  const double seconds = seconds_since(start);
  return {{.bench = "project", .figure = static_cast<double>(head->size()) / seconds, .unit = "entries/s",
           .limit = bare_batches(world.folder() + "/bare", options.seconds / 2), .seconds = seconds,
           .note = "bare RocksDB batches of three puts an entry"}};
}

}  // namespace z5::bench
