// SPDX-License-Identifier: Apache-2.0
// What the ledger says now, in RocksDB: disposable, rebuilt from the log to equal content. Each
// service embeds its own (state/<service>/); one process at a time. Column families: see rows.h.
//
// Threads: one writes (Projection); any number read, each through a View of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain/head.h"
#include "ledger/gate/state.h"
#include "schemas/json.h"

namespace rocksdb {
class Snapshot;
class WriteBatch;
}  // namespace rocksdb

namespace z5::projections {

class Database;
enum class Family;

// What the ledger as a whole says at one position. Immutable.
struct LedgerView {
  identity::LedgerName name;
  std::string id;  // short id; empty before genesis
  std::shared_ptr<const identity::Actors> actors;
  std::shared_ptr<const gate::Policies> policies;
  std::shared_ptr<const sigstore::TrustRoots> trust;
  gate::Quorum quorum;
  chain::Head head;        // after the last group applied
  std::string checkpoint;  // newest checkpoint note that this chain reached; empty = none seen
};

// What the signed commands say about a version beside its events; a command that was erased no
// longer says it.
struct Annotations {
  std::map<std::string, std::string> tags;  // newest value per key
  std::vector<std::string> artifact_uris;   // of the submission
  bool operator==(const Annotations&) const = default;
};

struct TrailItem {
  std::uint64_t sequence = 0;
  Time recorded_at;
  std::string event;  // "VersionSubmitted"
  std::string actor;  // empty for derived events
  Json fields;        // event_json.h
  Json decision;      // {policy, input, engine, rules}; null when nothing was decided
  Digest entry_hash;  // of the body, which a receipt proves
};

struct Revocation {
  std::string ref;
  bool hold = false;           // in quarantine; otherwise Revoked
  std::uint64_t sequence = 0;  // of the event that did it
  Time since;
  std::string reason;
  Time review_by;  // of a hold
  bool operator==(const Revocation&) const = default;
};

struct ReleaseRow {
  std::uint64_t sequence = 0;  // of ReleasePublished
  Digest release_manifest, policy_snapshot, release_notes, dashboards_links;
  bool operator==(const ReleaseRow&) const = default;
};

// A version that still waits for something before it is Approved.
struct Pending {
  std::shared_ptr<const gate::Version> version;
  bool needs_security = false,
       needs_product = false;  // approval roles without a live approval; Staging only
};

// Everything as it is after one and the same group. Any thread; cheap to make; keep it for one
// answer, not longer (RocksDB holds back old data for it). Must not outlive its Store. Every read:
// Corrupt when a row cannot be read back (page somebody, rebuild), Unavailable when the disk says
// no.
class View {
 public:
  View(View&&) noexcept = default;
  View& operator=(View&&) noexcept = default;
  ~View() = default;

  const LedgerView& ledger() const { return *ledger_; }
  const chain::Head& head() const { return ledger_->head; }

  // Null: never submitted.
  Result<std::shared_ptr<const gate::Version>> version(std::string_view ref) const;
  Result<Annotations> annotations(std::string_view ref) const;
  // The reference that serves "tenant/model"; empty = none.
  Result<std::string> serving(std::string_view model) const;
  // In reference order, at most `limit`, beginning behind `after` ("" = from the start); `tenant`
  // "" = all.
  Result<std::vector<std::shared_ptr<const gate::Version>>> versions(std::string_view tenant,
                                                                     std::string_view after,
                                                                     std::size_t limit) const;
  // Events about `ref` in order, refused commands included; `ref` "" = those about the ledger
  // itself. At most `limit`, from sequence `from` on.
  Result<std::vector<TrailItem>> trail(std::string_view ref, std::uint64_t from,
                                       std::size_t limit) const;
  // nullopt: nothing was published for it.
  Result<std::optional<ReleaseRow>> release(std::string_view ref) const;
  // nullopt: neither Revoked nor on hold. One look-up, most of them answered by a bloom filter.
  Result<std::optional<Revocation>> revocation(std::string_view ref) const;
  // All versions that are Revoked or on hold, in reference order, at most `limit` behind `after`.
  Result<std::vector<Revocation>> revocations(std::string_view after, std::size_t limit) const;
  // Candidate and Staging versions in reference order, at most `limit` behind `after`.
  Result<std::vector<Pending>> pending(std::string_view after, std::size_t limit) const;

 private:
  friend class Store;
  View(const Database& database, std::shared_ptr<const rocksdb::Snapshot> snapshot,
       std::shared_ptr<const LedgerView> ledger)
      : database_(&database), snapshot_(std::move(snapshot)), ledger_(std::move(ledger)) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key) const;

  const Database* database_;
  std::shared_ptr<const rocksdb::Snapshot> snapshot_;
  std::shared_ptr<const LedgerView> ledger_;
};

class Store {
 public:
  // Opens or makes the store in `path`, with every file's checksum verified. Unavailable: another
  // process holds it, or the file system says no. Corrupt: damage, or rows of another format (both:
  // remove the folder, it is rebuilt), or a store of another ledger than `trust` pins.
  // ReadOnly: beside a running owner, as it was when opened; never makes one.
  enum class Access { ReadWrite, ReadOnly };
  static Result<std::unique_ptr<Store>> open(const std::string& path, const chain::Trust& trust,
                                             Access access = Access::ReadWrite);
  ~Store();

  // As of the last group written.
  View view() const;
  // False while the rows rest on a snapshot that was not replayed yet (adoption.h). Any thread.
  bool verified() const { return verified_; }

  // --- For adoption.h: the content digest of the snapshot that the store begins with; empty = it
  // was replayed. Any thread.
  Status set_snapshot(const std::string& content);

  // --- For Projection, on its thread:
  const Database& database() const { return *database_; }
  // Writes the rows and what they leave the ledger like, as one step for crash and readers.
  // Not synced: after a power loss the store stands at an earlier group, and goes on from there.
  Status write(rocksdb::WriteBatch& rows, std::shared_ptr<const LedgerView> ledger);

 private:
  explicit Store(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
  mutable std::mutex mutex_;  // guards the pair "newest snapshot, newest ledger_"
  std::shared_ptr<const LedgerView> ledger_;
  std::atomic<bool> verified_ = true;
};

}  // namespace z5::projections
