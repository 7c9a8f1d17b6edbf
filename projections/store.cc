// SPDX-License-Identifier: Apache-2.0
#include "projections/store.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "ledger/chain/merkle.h"
#include "projections/database.h"
#include "projections/event_json.h"
#include "projections/ledger_rows.h"
#include "schemas/entry.h"

namespace z5::projections {
namespace {

// Where a range that goes on behind `after` begins.
std::string behind(std::string_view after) {
  return after.empty() ? std::string() : std::string(after) + '\0';
}

Result<TrailItem> read_trail(std::string_view key, std::string_view body) {
  const auto entry = decode_entry(body);
  if (!entry.ok() || entry->sequence != sequence_of(key)) {
    return corrupt(fmt::format("store: trail row of entry {} cannot be read; rebuild the store",
                               sequence_of(key)));
  }
  return TrailItem{
      entry->sequence,    Time{entry->recorded_at}, std::string(event_name(*entry)), entry->actor,
      event_json(*entry), decision_json(*entry),    chain::entry_hash(body)};
}

// A store without a position is new. Its trust is what the caller pins.
Result<std::shared_ptr<const LedgerView>> read_ledger(const Database& database,
                                                      const chain::Trust& trust) {
  Z5_TRY(const auto position, database.get(Family::Meta, kPositionKey));
  Z5_TRY(auto checkpoint, database.get(Family::Meta, kCheckpointKey));
  Z5_TRY(const auto format, database.get(Family::Meta, kFormatKey));
  gate::State state;
  if (!position) return ledger_view(state, chain::empty_head(trust), "");
  if (!format || *format != kRowFormat)
    return corrupt(fmt::format("store {}: rows of another format; rebuild it", database.path()));
  auto head = chain::parse_head(*position);
  if (!head.ok())
    return corrupt(
        fmt::format("store {}: position: {}; rebuild it", database.path(), head.error().message));
  if (head->trust.origin != trust.origin || head->trust.genesis != trust.genesis) {
    return corrupt(fmt::format("store {}: is of ledger {} ({}), not of {} ({})", database.path(),
                               head->trust.origin, head->trust.genesis.text(), trust.origin,
                               trust.genesis.text()));
  }
  Z5_CHECK(fold_ledger(database, trust, state));
  return ledger_view(state, std::move(*head), checkpoint.value_or(""));
}

}  // namespace

Result<std::optional<std::string>> View::get(Family family, std::string_view key) const {
  return database_->get(family, key, snapshot_.get());
}

Result<std::shared_ptr<const gate::Version>> View::version(std::string_view ref) const {
  Z5_TRY(const auto row, get(Family::Versions, ref));
  if (!row) return std::shared_ptr<const gate::Version>();
  return read_version(ref, *row);
}

Result<Annotations> View::annotations(std::string_view ref) const {
  Z5_TRY(const auto row, get(Family::Annotations, ref));
  return row ? read_annotations(*row) : Annotations();
}

Result<std::string> View::serving(std::string_view model) const {
  Z5_TRY(auto row, get(Family::Models, model));
  return row.value_or("");
}

Result<std::vector<std::shared_ptr<const gate::Version>>> View::versions(std::string_view tenant,
                                                                         std::string_view after,
                                                                         std::size_t limit) const {
  std::vector<std::shared_ptr<const gate::Version>> out;
  const std::string prefix = tenant.empty() ? "" : std::string(tenant) + '/';
  Z5_CHECK(database_->scan(Family::Versions, prefix, behind(after), snapshot_.get(),
                           [&](std::string_view ref, std::string_view row) -> Result<bool> {
                             if (out.size() == limit) return false;
                             Z5_TRY(out.emplace_back(), read_version(ref, row));
                             return true;
                           }));
  return out;
}

Result<std::vector<TrailItem>> View::trail(std::string_view ref, std::uint64_t from,
                                           std::size_t limit) const {
  std::vector<TrailItem> out;
  const std::string prefix = std::string(ref) + '\0';
  Z5_CHECK(database_->scan(Family::Trail, prefix, trail_key(ref, from), snapshot_.get(),
                           [&](std::string_view key, std::string_view body) -> Result<bool> {
                             if (out.size() == limit) return false;
                             Z5_TRY(out.emplace_back(), read_trail(key, body));
                             return true;
                           }));
  return out;
}

Result<std::optional<ReleaseRow>> View::release(std::string_view ref) const {
  Z5_TRY(const auto row, get(Family::Releases, ref));
  if (!row) return std::optional<ReleaseRow>();
  Z5_TRY(ReleaseRow release, read_release(*row));
  return std::optional<ReleaseRow>(release);
}

Result<std::optional<Revocation>> View::revocation(std::string_view ref) const {
  Z5_TRY(const auto row, get(Family::Revocations, ref));
  if (!row) return std::optional<Revocation>();
  Z5_TRY(Revocation revocation, read_revocation(ref, *row));
  return std::optional<Revocation>(std::move(revocation));
}

Result<std::vector<Revocation>> View::revocations(std::string_view after, std::size_t limit) const {
  std::vector<Revocation> out;
  Z5_CHECK(database_->scan(Family::Revocations, "", behind(after), snapshot_.get(),
                           [&](std::string_view ref, std::string_view row) -> Result<bool> {
                             if (out.size() == limit) return false;
                             Z5_TRY(out.emplace_back(), read_revocation(ref, row));
                             return true;
                           }));
  return out;
}

Result<std::vector<Pending>> View::pending(std::string_view after, std::size_t limit) const {
  std::vector<Pending> out;
  Z5_CHECK(database_->scan(
      Family::Approvals, "", behind(after), snapshot_.get(),
      [&](std::string_view ref, std::string_view) -> Result<bool> {
        if (out.size() == limit) return false;
        Z5_TRY(auto found, version(ref));
        if (!found)
          return corrupt(fmt::format("store: {} is open but has no row; rebuild the store", ref));
        Pending& pending = out.emplace_back();
        pending.needs_security = pending.needs_product = found->stage == fb::Stage::Staging;
        for (const gate::Approval& approval : found->approvals) {
          (approval.view.role == fb::ApprovalRole::Security ? pending.needs_security
                                                            : pending.needs_product) = false;
        }
        pending.version = std::move(found);
        return true;
      }));
  return out;
}

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const chain::Trust& trust,
                                           Access access) {
  Z5_TRY(auto database,
         Database::open(path, access == Access::ReadOnly ? Database::Access::ReadOnly
                                                         : Database::Access::ReadWrite));
  std::unique_ptr<Store> store(new Store(std::move(database)));
  Z5_TRY(store->ledger_, read_ledger(*store->database_, trust));
  Z5_TRY(const auto snapshot, store->database_->get(Family::Meta, kSnapshotKey));
  store->verified_ = !snapshot;
  return store;
}

Status Store::set_snapshot(const std::string& content) {
  rocksdb::WriteBatch row;
  rocksdb::ColumnFamilyHandle* meta = database_->handle(Family::Meta);
  static_cast<void>(content.empty() ? row.Delete(meta, std::string(kSnapshotKey))
                                    : row.Put(meta, std::string(kSnapshotKey), content));
  Z5_CHECK(database_->write(row));
  verified_ = content.empty();
  return Done{};
}

View Store::view() const {
  const std::lock_guard lock(mutex_);
  return {*database_, database_->snapshot(), ledger_};
}

Status Store::write(rocksdb::WriteBatch& rows, std::shared_ptr<const LedgerView> ledger) {
  const std::lock_guard lock(mutex_);
  Z5_CHECK(database_->write(rows));
  ledger_ = std::move(ledger);
  return Done{};
}

}  // namespace z5::projections
