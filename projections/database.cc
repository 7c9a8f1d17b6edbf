// SPDX-License-Identifier: Apache-2.0
#include "projections/database.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include "schemas/limits.h"

namespace z5::projections {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Families that are asked for single keys, mostly ones that are not there.
bool asked_by_key(Family family) {
  return family == Family::Versions || family == Family::Revocations || family == Family::Commands;
}

rocksdb::ColumnFamilyOptions family_options(Family family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // they count against the cache: memory stays bounded
  if (asked_by_key(family)) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = limits::kStoreBuffer;
  if (asked_by_key(family)) {
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;
  }
  return options;
}

rocksdb::DBOptions database_options(Database::Access access) {
  rocksdb::DBOptions options;
  options.create_if_missing = options.create_missing_column_families =
      access == Database::Access::ReadWrite;
  options.db_write_buffer_size = 4 * limits::kStoreBuffer;
  options.max_total_wal_size = 8 * limits::kStoreBuffer;
  options.max_open_files = 256;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

}  // namespace

Error Database::failure(const rocksdb::Status& status) const {
  const std::string message = fmt::format("store {}: {}", path_, status.ToString());
  return status.IsCorruption() ? corrupt(message + "; remove the folder and build it again")
                               : unavailable(message);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access) {
  std::unique_ptr<Database> database(new Database(path));
  const auto cache = rocksdb::NewLRUCache(limits::kStoreCache);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string(family_name(family)), family_options(family, cache));
  }
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto status =
      access == Access::ReadWrite
          ? rocksdb::DB::Open(database_options(access), path, families, &handles, &db)
          : rocksdb::DB::OpenForReadOnly(database_options(access), path, families, &handles, &db);
  if (!status.ok()) return database->failure(status);
  database->db_.reset(db);
  db->DestroyColumnFamilyHandle(handles.front());  // the default family holds nothing
  std::copy(handles.begin() + 1, handles.end(), database->handles_.begin());
  if (const auto sound = db->VerifyChecksum(); !sound.ok()) return database->failure(sound);
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
}

Result<std::optional<std::string>> Database::get(Family family, std::string_view key,
                                                 const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const auto status = db_->Get(options, handle(family), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return failure(status);
  return std::optional<std::string>(std::move(value));
}

Status Database::scan(
    Family family, std::string_view prefix, std::string_view from,
    const rocksdb::Snapshot* snapshot,
    const std::function<Result<bool>(std::string_view, std::string_view)>& on_row) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(family)));
  for (it->Seek(slice(std::max(prefix, from))); it->Valid(); it->Next()) {
    if (!view(it->key()).starts_with(prefix)) break;
    Z5_TRY(const bool more, on_row(view(it->key()), view(it->value())));
    if (!more) break;
  }
  return it->status().ok() ? Status(Done{}) : failure(it->status());
}

std::unique_ptr<rocksdb::Iterator> Database::rows(Family family) const {
  return std::unique_ptr<rocksdb::Iterator>(
      db_->NewIterator(rocksdb::ReadOptions(), handle(family)));
}

std::shared_ptr<const rocksdb::Snapshot> Database::snapshot() const {
  return {db_->GetSnapshot(),
          [db = db_.get()](const rocksdb::Snapshot* taken) { db->ReleaseSnapshot(taken); }};
}

Status Database::write(rocksdb::WriteBatch& rows) {
  const auto status = db_->Write(rocksdb::WriteOptions(), &rows);
  return status.ok() ? Status(Done{}) : failure(status);
}

Status Database::copy_to(const std::string& path) const {
  rocksdb::Checkpoint* raw = nullptr;
  auto status = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  if (status.ok()) status = checkpoint->CreateCheckpoint(path);
  return status.ok() ? Status(Done{}) : failure(status);
}

}  // namespace z5::projections
