// SPDX-License-Identifier: Apache-2.0
#include "projections/projection.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "projections/database.h"
#include "projections/ledger_rows.h"
#include "schemas/limits.h"

namespace z5::projections {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

bool is_open(fb::Stage stage) {
  return stage == fb::Stage::Candidate || stage == fb::Stage::Staging;
}

// Which trail an entry belongs to. What a refused command asked for may be no reference at all.
std::string trail_of(const Entry& entry) {
  std::string ref = event_reference(entry);
  if (entry.event.type == fb::Event::CommandRefused && !parse_reference(ref).ok()) ref.clear();
  return ref;
}

Error at_entry(const Entry& entry, std::string_view why) {
  return corrupt(fmt::format("entry {}: {}: {}", entry.sequence, event_name(entry), why));
}

}  // namespace

// What is not in the store yet. Rows that many events change are kept as values and become rows
// once, when the batch is written.
struct Projection::Batch {
  rocksdb::WriteBatch rows;
  std::unordered_map<std::string, std::shared_ptr<const gate::Version>> versions;
  std::unordered_map<std::string, Annotations> annotations;
  std::unordered_map<std::string, std::string> serving;  // "" = none any more
  std::unordered_map<std::string, Time> commands;
};

Projection::Projection(Store& store, gate::Signatures signatures)
    : store_(store), signatures_(signatures), batch_(std::make_unique<Batch>()) {}
Projection::~Projection() = default;

Status Projection::load() {
  const View now = store_.view();
  const Database& database = store_.database();
  before_ = head_ = now.head();
  checkpoint_ = now.ledger().checkpoint;
  if (head_.size() == 0) return Done{};
  Z5_TRY(const auto before, database.get(Family::Meta, kBeforeKey));
  auto parsed = chain::parse_head(before.value_or(""));
  if (!parsed.ok())
    return corrupt("store: before: " + parsed.error().message + "; rebuild the store");
  before_ = std::move(*parsed);
  Z5_CHECK(fold_ledger(database, head_.trust, ledger_));
  return database.scan(Family::Deadlines, "", "", nullptr,
                       [&](std::string_view ref, std::string_view) -> Result<bool> {
                         Z5_TRY(const auto held, version(std::string(ref)));
                         if (!held)
                           return corrupt(fmt::format(
                               "store: {} has a deadline but no row; rebuild the store", ref));
                         deadlines_.changed(nullptr, *held);
                         return true;
                       });
}

Status Projection::apply(const ReadGroup& group) {
  const auto due = deadlines_.due(group.head.recorded_at);
  if (due.size() > group.entries.size()) {
    return corrupt(fmt::format("entry {}: events that were due are missing", group.first));
  }
  gate::OriginCheck origins(group.first, signatures_);
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    Z5_CHECK(gate::check_due(due, i, group.entries[i].entry));
    Z5_CHECK(apply_entry(group.entries[i], origins));
  }
  Z5_CHECK(origins.finish());
  before_ = std::move(head_);
  head_ = group.head;
  return Done{};
}

Status Projection::apply_entry(const ReadEntry& read, gate::OriginCheck& origins) {
  const Entry& entry = read.entry;
  const gate::SignedCommands& commands = read.commands;
  const std::string ref =
      entry.event.type == fb::Event::CommandRefused ? "" : event_reference(entry);
  std::shared_ptr<const gate::Version> before;
  if (!ref.empty()) {
    Z5_TRY(before, version(ref));
  }
  const auto actors = ledger_.actors();
  const auto policies = ledger_.policies();
  Z5_TRY(const auto signatures, origins.check(entry, commands,
                                              {ledger_.name(), *actors, *policies, ledger_.quorum(),
                                               before.get(), ledger_.trust()}));
  for (const gate::AuthorSignature& signature : signatures) Z5_CHECK(signature.verify());
  if (commands.command) {
    Z5_CHECK(remember_command(entry, *commands.command));
    Z5_CHECK(annotate(ref, *commands.command));
  }
  if (!ref.empty()) {
    Z5_TRY(auto after, gate::apply_event(before, entry, *actors));
    Z5_CHECK(put_version(entry, ref, before.get(), *after));
    versions_[ref] = batch_->versions[ref] = std::move(after);
  } else if (entry.event.type != fb::Event::CommandRefused) {
    const identity::Command* command = commands.command ? &*commands.command : nullptr;
    const auto document = gate::carried_document(command);
    Z5_CHECK(ledger_.apply(entry, nullptr, document));
    if (document) put(Family::Trust, document->digest.view(), command->text("document"));
    if (entry.sequence == 0) ledger_.set_genesis(read.hash);
    if (const auto family = ledger_family(entry.event.type))
      put(*family, sequence_key(entry.sequence), read.body);
  }
  put(Family::Trail, trail_key(trail_of(entry), entry.sequence), read.body);
  return Done{};
}

// An id may come again only when the writer, too, has forgotten it.
Status Projection::remember_command(const Entry& entry, const identity::Command& command) {
  const std::string key = command_key(command.command_id, entry.actor);
  std::optional<Time> known;
  if (const auto found = batch_->commands.find(key); found != batch_->commands.end()) {
    known = found->second;
  } else {
    Z5_TRY(const auto row, store_.database().get(Family::Commands, key));
    if (row) {
      Z5_TRY(known, read_time(*row));
    }
  }
  if (known && *known >= Time{entry.recorded_at}) {
    return at_entry(entry, fmt::format("command {} was used before", command.command_id));
  }
  const Time forget_at = command.expires_at + limits::kClockSkew;
  batch_->commands[key] = forget_at;
  put(Family::Commands, key, write_time(forget_at));
  return Done{};
}

Status Projection::annotate(const std::string& ref, const identity::Command& command) {
  const auto tags = command.fields.find("tags"), uris = command.fields.find("artifact_uris");
  if (tags == command.fields.end() && uris == command.fields.end()) return Done{};
  auto found = batch_->annotations.find(ref);
  if (found == batch_->annotations.end()) {
    Z5_TRY(const auto row, store_.database().get(Family::Annotations, ref));
    Annotations stored;
    if (row) {
      Z5_TRY(stored, read_annotations(*row));
    }
    found = batch_->annotations.emplace(ref, std::move(stored)).first;
  }
  if (tags != command.fields.end()) {
    for (const auto& [key, value] : tags->items())
      found->second.tags[key] = value.get<std::string>();
  }
  if (uris != command.fields.end())
    found->second.artifact_uris = uris->get<std::vector<std::string>>();
  return Done{};
}

// The rows beside the version's own that an event changes.
Status Projection::put_version(const Entry& entry, const std::string& ref,
                               const gate::Version* before, const gate::Version& after) {
  deadlines_.changed(before, after);
  const bool had_deadline = before != nullptr && gate::has_deadline(*before);
  const bool has_deadline = gate::has_deadline(after);
  if (!had_deadline && has_deadline) put(Family::Deadlines, ref, "");
  if (had_deadline && !has_deadline) remove(Family::Deadlines, ref);
  const bool was_open = before != nullptr && is_open(before->stage);
  if (!was_open && is_open(after.stage)) put(Family::Approvals, ref, "");
  if (was_open && !is_open(after.stage)) remove(Family::Approvals, ref);
  const Time at{entry.recorded_at};
  if (const auto* held = event_if<fb::VersionQuarantinedT>(entry)) {
    put(Family::Revocations, ref,
        write_revocation({ref, true, entry.sequence, at, held->reason, Time{held->review_by}}));
  } else if (entry.event.type == fb::Event::QuarantineLifted) {
    remove(Family::Revocations, ref);
  } else if (const auto* revoked = event_if<fb::VersionRevokedT>(entry)) {
    put(Family::Revocations, ref,
        write_revocation({ref, false, entry.sequence, at, revoked->reason, Time{}}));
    const std::string model = after.reference().name();
    Z5_TRY(const std::string serves, serving(model));
    if (serves == ref) set_serving(model, "");
  } else if (entry.event.type == fb::Event::VersionPromoted) {
    set_serving(after.reference().name(), ref);
  } else if (const auto* release = event_if<fb::ReleasePublishedT>(entry)) {
    put(Family::Releases, ref,
        write_release({entry.sequence, release->release_manifest, release->policy_snapshot,
                       release->release_notes, release->dashboards_links}));
  }
  return Done{};
}

Result<std::shared_ptr<const gate::Version>> Projection::version(const std::string& ref) {
  if (const auto found = versions_.find(ref); found != versions_.end()) return found->second;
  Z5_TRY(const auto row, store_.database().get(Family::Versions, ref));
  if (!row) return std::shared_ptr<const gate::Version>();
  Z5_TRY(auto stored, read_version(ref, *row));
  versions_[ref] = stored;
  return stored;
}

Result<std::string> Projection::serving(const std::string& model) const {
  if (const auto found = batch_->serving.find(model); found != batch_->serving.end())
    return found->second;
  Z5_TRY(auto row, store_.database().get(Family::Models, model));
  return row.value_or("");
}
void Projection::set_serving(const std::string& model, const std::string& ref) {
  if (ref.empty()) {
    remove(Family::Models, model);
  } else {
    put(Family::Models, model, ref);
  }
  batch_->serving[model] = ref;
}

void Projection::put(Family family, std::string_view key, std::string_view row) {
  static_cast<void>(batch_->rows.Put(store_.database().handle(family), slice(key), slice(row)));
}
void Projection::remove(Family family, std::string_view key) {
  static_cast<void>(batch_->rows.Delete(store_.database().handle(family), slice(key)));
}

bool Projection::empty() const { return batch_->rows.Count() == 0; }
bool Projection::full() const { return batch_->rows.GetDataSize() > limits::kStoreBatch; }

Status Projection::flush(const std::string& checkpoint) {
  for (const auto& [ref, changed] : batch_->versions)
    put(Family::Versions, ref, write_version(*changed));
  for (const auto& [ref, changed] : batch_->annotations)
    put(Family::Annotations, ref, write_annotations(changed));
  if (!checkpoint.empty()) checkpoint_ = checkpoint;
  put(Family::Meta, kFormatKey, kRowFormat);
  put(Family::Meta, kPositionKey, chain::to_json(head_));
  put(Family::Meta, kBeforeKey, chain::to_json(before_));
  put(Family::Meta, kCheckpointKey, checkpoint_);
  Z5_CHECK(store_.write(batch_->rows, ledger_view(ledger_, head_, checkpoint_)));
  *batch_ = Batch();
  if (versions_.size() > limits::kStoreVersions) versions_.clear();
  return Done{};
}

}  // namespace z5::projections
