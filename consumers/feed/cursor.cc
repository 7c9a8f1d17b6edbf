// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/cursor.h"

#include <fmt/format.h>

namespace z5::feed {
namespace {

std::string entry_or_none(const std::optional<std::uint64_t>& sequence) {
  return sequence ? fmt::format("entry {}", *sequence) : "no entry";
}

}  // namespace

Result<Cursor> Cursor::read(const identity::LedgerName& ledger, Stream stream, std::string name,
                            const kafka::Tail& tail) {
  Cursor cursor;
  cursor.stream_ = stream;
  cursor.name_ = std::move(name);
  bool first = !tail.whole;
  for (const kafka::StreamRecord& record : tail.records) {
    if (first) {  // what it says of those before it is compared with the ledger later
      cursor.first_offset_ = record.offset;
      const auto claim = read_event(ledger, stream, record.message);
      const auto heartbeat = read_heartbeat(record.message);
      if (claim.ok()) cursor.before_tail_ = claim->previous;
      if (heartbeat.ok()) cursor.before_tail_ = heartbeat->last;
      cursor.newest_ = cursor.before_tail_;
      first = false;
    }
    Z5_CHECK(cursor.add(ledger, record));
  }
  return cursor;
}

Status Cursor::add(const identity::LedgerName& ledger, const kafka::StreamRecord& record) {
  std::optional<std::uint64_t> behind;
  if (record.message.header("ce_type") == kHeartbeatType) {
    const auto heartbeat = read_heartbeat(record.message);
    if (!heartbeat.ok()) return alien(record.offset, heartbeat.error().message);
    if (heartbeat->ledger != ledger || heartbeat->stream != stream_)
      return alien(record.offset, "heartbeat: of another ledger or stream");
    behind = heartbeat->last;
    heartbeats_.push_back(record);
  } else {
    const auto claim = read_event(ledger, stream_, record.message);
    if (!claim.ok()) return alien(record.offset, claim.error().message);
    behind = claim->previous;
    records_.push_back({record.offset, *claim});
  }
  if (behind != newest_)
    return alien(record.offset, fmt::format("stands behind {}, but says {}", entry_or_none(newest_),
                                            entry_or_none(behind)));
  if (!records_.empty()) newest_ = records_.back().claim.sequence;
  return Done{};
}

Result<bool> Cursor::take(const Told& told) {
  previous_ = last_;
  if (before_tail_ && told.sequence > *before_tail_ && last_ < before_tail_)
    return alien(first_offset_, fmt::format("stands behind entry {}, which is none of this stream",
                                            *before_tail_));
  last_ = told.sequence;
  if (before_tail_ && told.sequence <= *before_tail_) return true;
  if (records_.empty()) return false;
  const auto [offset, claim] = records_.front();
  if (claim.sequence > told.sequence)
    return alien(offset, fmt::format("entry {} is missing before it", told.sequence));
  if (claim.sequence < told.sequence || claim.hash != told.hash)
    return alien(offset, fmt::format("entry {} is not what the ledger says", claim.sequence));
  records_.pop_front();
  return true;
}

Status Cursor::reached_end() const {
  if (!records_.empty())
    return alien(records_.front().offset, fmt::format("tells of entry {}, which the ledger lacks",
                                                      records_.front().claim.sequence));
  if (ahead())
    return alien(first_offset_,
                 fmt::format("stands behind entry {}, which the ledger lacks", *before_tail_));
  return Done{};
}

Status Cursor::check_heartbeats(std::span<const keys::PublicKey> services) {
  for (const kafka::StreamRecord& record : heartbeats_) {
    const auto heartbeat = verify_heartbeat(record.message, services);
    if (!heartbeat.ok()) return alien(record.offset, heartbeat.error().message);
  }
  heartbeats_.clear();
  return Done{};
}

Error Cursor::alien(std::uint64_t offset, std::string_view why) const {
  return corrupt(
      fmt::format("{}: offset {}: not written by a feed of this ledger: {}", name_, offset, why));
}

}  // namespace z5::feed
