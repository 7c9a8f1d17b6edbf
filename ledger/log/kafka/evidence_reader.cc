// SPDX-License-Identifier: Apache-2.0
#include "ledger/log/kafka/evidence_reader.h"

#include <fmt/format.h>

#include "schemas/limits.h"

namespace z5::kafka {
namespace {

constexpr std::size_t kStoreAtOnce = limits::kMaxDocument;  // bytes that share a round of syncs
constexpr std::size_t kMismatches = 64;

std::string_view value_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

std::optional<Digest> key_of(const rd_kafka_message_t& message) {
  const auto key = digest_from_text({static_cast<const char*>(message.key), message.key_len});
  return key.ok() ? std::optional(*key) : std::nullopt;
}

}  // namespace

EvidenceReader::EvidenceReader(Client& client, std::string topic, log::EvidenceStore store)
    : client_(client), topic_(std::move(topic)), store_(std::move(store)) {}

EvidenceReader::~EvidenceReader() {
  if (handle_) rd_kafka_consume_stop(handle_.get(), 0);
}

Error EvidenceReader::failed(std::uint64_t offset, std::string_view why) {
  return client_.failed(fmt::format("{}: offset {}", topic_, offset), why);
}

Status EvidenceReader::start(std::uint64_t offset) {
  TopicHandle handle(rd_kafka_topic_new(client_.get(), topic_.c_str(), nullptr));
  if (!handle || rd_kafka_consume_start(handle.get(), 0, static_cast<std::int64_t>(offset)) != 0)
    return failed(offset, rd_kafka_err2str(rd_kafka_last_error()));
  handle_ = std::move(handle);
  return Done{};
}

Result<bool> EvidenceReader::reach(const EvidenceHint& hint,
                                   std::chrono::steady_clock::time_point deadline) {
  if (!position_) position_ = hint.first;
  if (*position_ < hint.next && !handle_) Z5_CHECK(start(*position_));
  // What has arrived already is taken along: it shares the syncs.
  while (handle_) {
    const bool needed = *position_ < hint.next;
    Message message(rd_kafka_consume(handle_.get(), 0, needed ? ms_until(deadline) : 0));
    if (!message) break;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      position_ = std::max(*position_, static_cast<std::uint64_t>(message->offset));
      continue;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failed(*position_, rd_kafka_message_errstr(message.get()));
    position_ = static_cast<std::uint64_t>(message->offset) + 1;
    gathered_bytes_ += message->len;
    gathered_.push_back(std::move(message));
    if (gathered_bytes_ < kStoreAtOnce) continue;
    Z5_CHECK(store_gathered());
    if (!needed) break;
  }
  Z5_CHECK(store_gathered());
  for (const Mismatch& wrong : mismatches_) {
    if (wrong.offset >= hint.first && wrong.offset < hint.next && !store_.has(wrong.key))
      return failed(wrong.offset, fmt::format("the bytes are not those of {}", wrong.key.text()));
  }
  return *position_ >= hint.next;
}

Status EvidenceReader::store_gathered() {
  std::vector<std::string_view> documents;
  for (const Message& message : gathered_) {
    const auto key = key_of(*message);
    if (!key) continue;  // nobody's document
    const std::string_view bytes = value_of(*message);
    if (bytes.size() <= limits::kMaxDocument && sha256(bytes) == *key) {
      documents.push_back(bytes);
      continue;
    }
    if (mismatches_.size() == kMismatches) mismatches_.erase(mismatches_.begin());
    mismatches_.push_back({static_cast<std::uint64_t>(message->offset), *key});
  }
  if (!documents.empty()) {
    Z5_TRY([[maybe_unused]] const auto digests, store_.put(documents));
  }
  gathered_.clear();
  gathered_bytes_ = 0;
  return Done{};
}

}  // namespace z5::kafka
