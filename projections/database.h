// SPDX-License-Identifier: Apache-2.0
// RocksDB with our column families and our errors. Not for use outside this folder (store.h is the
// door). Reads: any thread; writes: one.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "projections/rows.h"
#include "schemas/result.h"

namespace z5::projections {

class Database {
 public:
  enum class Access { ReadWrite, ReadOnly };

  // Errors as Store::open; read-only never makes a database, and sees what a running owner had
  // written when it was opened.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }

  // `snapshot` null: the newest state.
  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const rocksdb::Snapshot* snapshot = nullptr) const;
  // Calls `on_row` for keys from `from` on that begin with `prefix`, in order, while it says true.
  Status scan(
      Family family, std::string_view prefix, std::string_view from,
      const rocksdb::Snapshot* snapshot,
      const std::function<Result<bool>(std::string_view key, std::string_view row)>& on_row) const;
  // All rows of a family, newest state, in order.
  std::unique_ptr<rocksdb::Iterator> rows(Family family) const;
  std::shared_ptr<const rocksdb::Snapshot> snapshot() const;
  // Not synced.
  Status write(rocksdb::WriteBatch& rows);
  // A copy of all rows in the new folder `path`, made of links where the file system has them.
  Status copy_to(const std::string& path) const;

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}
  Error failure(const rocksdb::Status& status) const;

  std::string path_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
};

}  // namespace z5::projections
