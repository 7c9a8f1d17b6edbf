// SPDX-License-Identifier: Apache-2.0
#include "projections/rows.h"

#include <fmt/format.h>

#include <array>

namespace z5::projections {
namespace {

constexpr std::array<std::string_view, kFamilies> kNames = {
    "versions", "annotations", "models", "revocations", "approvals", "trail", "releases",
    "actors",   "policies",    "trust",  "commands",    "deadlines", "meta"};

class RowWriter {
 public:
  void integer(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) row_ += static_cast<char>(value | 0x80);
    row_ += static_cast<char>(value);
  }
  void time(Time value) { integer(static_cast<std::uint64_t>(value.ns)); }
  void text(std::string_view value) {
    integer(value.size());
    row_ += value;
  }
  void digest(const Digest& value) { row_ += value.view(); }
  void texts(const std::vector<std::string>& values) {
    integer(values.size());
    for (const std::string& value : values) text(value);
  }
  std::string take() { return std::move(row_); }

 private:
  std::string row_;
};

// Once something is wrong, everything reads as zero; done() tells.
class RowReader {
 public:
  explicit RowReader(std::string_view row) : row_(row) {}

  std::uint64_t integer() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = take(1);
      if (byte.empty()) return 0;
      const auto bits = static_cast<unsigned char>(byte[0]);
      value |= std::uint64_t{bits & 0x7Fu} << shift;
      if (bits < 0x80) return value;
    }
    return fail();
  }
  // Below `limit`.
  std::uint64_t integer(std::uint64_t limit) {
    const std::uint64_t value = integer();
    return value < limit ? value : fail();
  }
  Time time() { return Time{static_cast<std::int64_t>(integer())}; }
  std::string text() { return std::string(take(count())); }
  Digest digest() {
    const std::string_view raw = take(32);
    return raw.size() == 32 ? digest_from_raw(raw) : Digest{};
  }
  // Elements of a list: each takes a byte at least.
  std::size_t count() {
    const std::uint64_t value = integer();
    return static_cast<std::size_t>(value <= row_.size() ? value : fail());
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out(count());
    for (std::string& value : out) value = text();
    return out;
  }
  Status done(Family family, std::string_view key) const {
    if (sound_ && row_.empty()) return Done{};
    return corrupt(fmt::format("store: {} row of '{}' cannot be read; rebuild the store",
                               family_name(family), key));
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > row_.size()) {
      fail();
      return {};
    }
    const std::string_view out = row_.substr(0, size);
    row_.remove_prefix(size);
    return out;
  }
  std::uint64_t fail() {
    sound_ = false;
    row_ = {};
    return 0;
  }
  std::string_view row_;
  bool sound_ = true;
};

template <class Enum>
Enum read_enum(RowReader& row) {
  return static_cast<Enum>(row.integer(static_cast<std::uint64_t>(Enum::MAX) + 1));
}

void write_approval(RowWriter& row, const gate::Approval& approval) {
  const fb::ApprovalGrantedT& view = approval.view;
  row.integer(approval.sequence);
  row.text(approval.actor);
  row.integer(static_cast<std::uint64_t>(view.role));
  row.text(view.person);
  row.integer(static_cast<std::uint64_t>(view.stage_to));
  for (const Digest& digest :
       {view.model_digest, view.evidence_root, view.facts, view.policy, view.ticket}) {
    row.digest(digest);
  }
  row.text(view.engine);
  row.text(view.serving);
}

gate::Approval read_approval(RowReader& row, std::string_view ref) {
  gate::Approval approval;
  fb::ApprovalGrantedT& view = approval.view;
  view.ref = ref;
  approval.sequence = row.integer();
  approval.actor = row.text();
  view.role = read_enum<fb::ApprovalRole>(row);
  view.person = row.text();
  view.stage_to = read_enum<fb::Stage>(row);
  for (Digest* digest :
       {&view.model_digest, &view.evidence_root, &view.facts, &view.policy, &view.ticket}) {
    *digest = row.digest();
  }
  view.engine = row.text();
  view.serving = row.text();
  return approval;
}

void write_big_endian(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

}  // namespace

std::string_view family_name(Family family) { return kNames[static_cast<std::size_t>(family)]; }

std::string sequence_key(std::uint64_t sequence) {
  std::string key;
  write_big_endian(key, sequence);
  return key;
}
std::uint64_t sequence_of(std::string_view key) {
  Z5_ASSERT(key.size() >= 8);
  std::uint64_t sequence = 0;
  for (const char byte : key.substr(key.size() - 8))
    sequence = sequence << 8 | static_cast<unsigned char>(byte);
  return sequence;
}
std::string trail_key(std::string_view ref, std::uint64_t sequence) {
  std::string key;
  key.reserve(ref.size() + 9);
  key += ref;
  key += '\0';
  write_big_endian(key, sequence);
  return key;
}
std::string command_key(std::string_view command_id, std::string_view actor) {
  std::string key(command_id);
  key += '\0';
  key += actor;
  return key;
}

std::string write_version(const gate::Version& version) {
  RowWriter row;
  row.digest(version.model_digest);
  row.integer(static_cast<std::uint64_t>(version.stage));
  row.integer(version.hold ? 1 + std::uint64_t{version.hold->overdue} : 0);
  if (version.hold) {
    row.integer(version.hold->sequence);
    row.time(version.hold->review_by);
  }
  row.integer(version.documents.size());
  for (const gate::HeldDocument& document : version.documents) {
    row.digest(document.digest);
    row.time(document.first_recorded);
    row.integer(document.kind);
    row.integer(document.attacher);
  }
  row.texts(version.attachers);
  for (const Digest& digest :
       {version.evidence_root, version.facts, version.policy, version.container_digest}) {
    row.digest(digest);
  }
  row.text(version.run_id);
  row.text(version.dataset);
  row.texts(version.persons);
  row.text(version.submitter);
  row.texts(version.labels);
  row.integer(version.approvals.size());
  for (const gate::Approval& approval : version.approvals) write_approval(row, approval);
  row.integer(version.submitted);
  row.integer(version.changed);
  row.integer(version.once_served);
  row.integer(version.conditions.size());
  for (const gate::Condition& condition : version.conditions) {
    row.time(condition.due);
    row.digest(condition.text);
    row.integer(condition.overdue);
  }
  return row.take();
}

Result<std::shared_ptr<const gate::Version>> read_version(std::string_view ref,
                                                          std::string_view bytes) {
  RowReader row(bytes);
  auto version = std::make_shared<gate::Version>();
  version->ref = ref;
  version->model_digest = row.digest();
  version->stage = read_enum<fb::Stage>(row);
  if (const std::uint64_t hold = row.integer(3); hold != 0) {
    version->hold.emplace();
    version->hold->overdue = hold == 2;
    version->hold->sequence = row.integer();
    version->hold->review_by = row.time();
  }
  version->documents.resize(row.count());
  for (gate::HeldDocument& document : version->documents) {
    document.digest = row.digest();
    document.first_recorded = row.time();
    document.kind = static_cast<std::uint8_t>(row.integer(gate::document_kinds().size()));
    document.attacher = static_cast<std::uint8_t>(row.integer(256));
  }
  version->attachers = row.texts();
  for (Digest* digest :
       {&version->evidence_root, &version->facts, &version->policy, &version->container_digest}) {
    *digest = row.digest();
  }
  version->run_id = row.text();
  version->dataset = row.text();
  version->persons = row.texts();
  version->submitter = row.text();
  version->labels = row.texts();
  const std::size_t approvals = row.count();
  for (std::size_t i = 0; i < approvals; ++i) version->approvals.push_back(read_approval(row, ref));
  version->submitted = row.integer();
  version->changed = row.integer();
  version->once_served = row.integer(2) != 0;
  version->conditions.resize(row.count());
  for (gate::Condition& condition : version->conditions) {
    condition.due = row.time();
    condition.text = row.digest();
    condition.overdue = row.integer(2) != 0;
  }
  Z5_CHECK(row.done(Family::Versions, ref));
  return std::shared_ptr<const gate::Version>(std::move(version));
}

std::string write_annotations(const Annotations& annotations) {
  RowWriter row;
  row.integer(annotations.tags.size());
  for (const auto& [key, value] : annotations.tags) {
    row.text(key);
    row.text(value);
  }
  row.texts(annotations.artifact_uris);
  return row.take();
}
Result<Annotations> read_annotations(std::string_view bytes) {
  RowReader row(bytes);
  Annotations annotations;
  const std::size_t tags = row.count();
  for (std::size_t i = 0; i < tags; ++i) {
    std::string key = row.text();
    annotations.tags[std::move(key)] = row.text();
  }
  annotations.artifact_uris = row.texts();
  Z5_CHECK(row.done(Family::Annotations, ""));
  return annotations;
}

std::string write_revocation(const Revocation& revocation) {
  RowWriter row;
  row.integer(revocation.hold);
  row.integer(revocation.sequence);
  row.time(revocation.since);
  row.time(revocation.review_by);
  row.text(revocation.reason);
  return row.take();
}
Result<Revocation> read_revocation(std::string_view ref, std::string_view bytes) {
  RowReader row(bytes);
  Revocation revocation;
  revocation.ref = ref;
  revocation.hold = row.integer(2) != 0;
  revocation.sequence = row.integer();
  revocation.since = row.time();
  revocation.review_by = row.time();
  revocation.reason = row.text();
  Z5_CHECK(row.done(Family::Revocations, ref));
  return revocation;
}

std::string write_release(const ReleaseRow& release) {
  RowWriter row;
  row.integer(release.sequence);
  for (const Digest& digest : {release.release_manifest, release.policy_snapshot,
                               release.release_notes, release.dashboards_links}) {
    row.digest(digest);
  }
  return row.take();
}
Result<ReleaseRow> read_release(std::string_view bytes) {
  RowReader row(bytes);
  ReleaseRow release;
  release.sequence = row.integer();
  for (Digest* digest : {&release.release_manifest, &release.policy_snapshot,
                         &release.release_notes, &release.dashboards_links}) {
    *digest = row.digest();
  }
  Z5_CHECK(row.done(Family::Releases, ""));
  return release;
}

std::string write_time(Time time) {
  RowWriter row;
  row.time(time);
  return row.take();
}
Result<Time> read_time(std::string_view bytes) {
  RowReader row(bytes);
  const Time time = row.time();
  Z5_CHECK(row.done(Family::Commands, ""));
  return time;
}

}  // namespace z5::projections
