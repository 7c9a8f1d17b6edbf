// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/session.h"

#include <fmt/format.h>

#include "ledger/chain/checkpoint.h"
#include "ledger/log/kafka/topics.h"
#include "schemas/limits.h"

namespace z5::feed {

using std::chrono::steady_clock;

std::vector<std::string> topics_of(std::string_view ledger) {
  return {kafka::promotions_topic(ledger), kafka::releases_topic(ledger),
          kafka::revocations_topic(ledger), kafka::soc_topic(ledger)};
}

Session::Session(const Settings& settings, std::unique_ptr<kafka::StreamProducer> producer,
                 std::unique_ptr<log::Reader> reader)
    : settings_(settings),
      producer_(std::move(producer)),
      source_(std::move(reader), settings.trust),
      idle_since_(steady_clock::now()),
      next_beat_(idle_since_) {}

Result<std::unique_ptr<Session>> Session::begin(const Settings& settings) {
  Z5_TRY(auto producer,
         kafka::StreamProducer::open(settings.cluster, fmt::format("z5.{}.feed", settings.ledger),
                                     topics_of(settings.ledger)));
  Z5_TRY(auto reader, settings.open_log({}));
  std::unique_ptr<Session> session(new Session(settings, std::move(producer), std::move(reader)));
  Z5_CHECK(session->read_topics());
  return session;
}

Status Session::read_topics() {
  const identity::LedgerName ledger{settings_.trust.origin, settings_.trust.genesis};
  const std::vector<std::string> topics = topics_of(settings_.ledger);
  for (const Stream stream : kStreams) {
    const std::size_t i = index_of(stream);
    Z5_TRY(const kafka::Tail tail,
           kafka::read_tail(settings_.cluster, topics[i], producer_->ends()[i], limits::kFeedTail));
    Z5_TRY(Cursor cursor, Cursor::read(ledger, stream, topics[i], tail));
    cursors_.push_back(std::move(cursor));
  }
  return Done{};
}

Status Session::step() {
  if (!receipts_) {
    Z5_CHECK(look_at_checkpoint());
    if (target_ != 0 && source_.head().size() == target_) {
      Z5_CHECK(cover());
    } else {
      Z5_CHECK(read_group());
    }
  }
  if (receipts_) Z5_CHECK(publish());
  return admitted_ && pending_.empty() && steady_clock::now() >= next_beat_ ? beat() : Done{};
}

Status Session::look_at_checkpoint() {
  if (source_.head().size() < target_ && !idle_) return Done{};
  Z5_TRY(const auto note, chain::read_checkpoint_file(settings_.checkpoint_file));
  if (!note) {
    ready_ = unavailable(settings_.checkpoint_file + ": the ledger has no checkpoint yet");
    return Done{};
  }
  if (*note == note_) return Done{};
  const auto claimed = chain::parse_checkpoint_note(*note);
  if (!claimed.ok()) return Done{};  // half overwritten
  note_ = *note;
  target_ = claimed->size;
  return Done{};
}

// Reads on behind the newest checkpoint, too: the next one is about to cover it.
Status Session::read_group() {
  const bool soon = !pending_.empty();
  Z5_TRY(const Group* group, source_.next(soon ? limits::kFeedCheckpoint : limits::kLogPoll));
  if (group == nullptr) return caught_up();
  idle_ = false;
  idle_since_ = steady_clock::now();
  return take(*group);
}

Status Session::take(const Group& group) {
  for (const Told& told : group.told) {
    for (const Stream to : {told.stream, Stream::Soc}) {
      Cursor& cursor = cursors_[index_of(to)];
      Z5_TRY(const bool known, cursor.take(told));
      if (known) continue;
      if (pending_.empty()) window_ = {group.before.size(), {}, group.before, {}};
      pending_.push_back({told, to, cursor.previous()});
    }
  }
  if (!pending_.empty())
    window_.hashes.insert(window_.hashes.end(), group.hashes.begin(), group.hashes.end());
  return Done{};
}

Status Session::caught_up() {
  idle_ = true;
  if (source_.head().size() < target_)
    ready_ = unavailable(fmt::format("the log ends at {} entries, its checkpoint says {}",
                                     source_.head().size(), target_));
  // What the topics tell of was committed before it was told; a reader may hear of it late.
  if (steady_clock::now() - idle_since_ < limits::kKafkaStable) return Done{};
  for (const Cursor& cursor : cursors_) Z5_CHECK(cursor.reached_end());
  return Done{};
}

// The source stands where the newest checkpoint does: everything pending may be told.
Status Session::cover() {
  const auto checkpoint = chain::verify_checkpoint(note_, source_.head().trust);
  if (!checkpoint.ok()) {
    ready_ = unavailable("checkpoint: " + checkpoint.error().message);
    idle_ = true;  // half overwritten, or another one follows
    return read_group();
  }
  if (checkpoint->root != source_.head().tree.root())
    return corrupt(
        fmt::format("entry {}: the ledger's checkpoint has another root here: two "
                    "histories",
                    checkpoint->size));
  if (!admitted_) Z5_CHECK(admit());
  if (!admitted_) return read_group();
  seen_ = {checkpoint->size, checkpoint->root};
  if (pending_.empty()) {
    ready_ = Done{};
    return read_group();
  }
  window_.checkpoint = note_;
  receipts_.emplace(std::move(window_));
  return Done{};
}

// Once, before the first word: whose the streams are, and whether anybody would believe ours.
Status Session::admit() {
  for (const Cursor& cursor : cursors_) {
    if (cursor.ahead()) {
      ready_ = unavailable("the streams tell of entries that the ledger does not show yet");
      return Done{};
    }
  }
  std::vector<keys::PublicKey> services;
  bool enrolled = false;
  for (const auto& [id, actor] : source_.actors()->all()) {
    if (actor.use != fb::KeyUse::Service || !actor.key) continue;
    services.push_back(*actor.key);
    enrolled = enrolled || (actor.active() && *actor.key == settings_.key.public_key());
  }
  if (!enrolled) {
    ready_ = unavailable("keys/feed is not the key of an active service actor of this ledger");
    return Done{};
  }
  for (Cursor& cursor : cursors_) Z5_CHECK(cursor.check_heartbeats(services));
  admitted_ = true;
  return Done{};
}

// The next transaction: whole events only.
Status Session::publish() {
  std::vector<kafka::Outgoing> messages;
  std::array<std::uint64_t, kStreams.size()> told = told_;
  std::size_t taken = 0;
  for (; taken < pending_.size(); ++taken) {
    const auto& [event, to, previous] = pending_[taken];
    if (messages.size() >= limits::kFeedTransaction && to != Stream::Soc) break;
    messages.push_back({index_of(to), event_message(source_.name(), to, event, previous,
                                                    receipts_->receipt(event.sequence))});
    ++told[index_of(to)];
  }
  Z5_CHECK(producer_->publish(messages));
  told_ = told;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken));
  if (pending_.empty()) {
    receipts_.reset();
    ready_ = Done{};
  }
  return Done{};
}

Status Session::beat() {
  const Time now = settings_.clock();
  std::vector<kafka::Outgoing> messages;
  for (const Stream stream : kStreams) {
    messages.push_back(
        {index_of(stream),
         heartbeat_message({.ledger = source_.name(),
                            .stream = stream,
                            .last = cursors_[index_of(stream)].last(),
                            .seen = seen_,
                            .time = now,
                            .next_by = now + limits::kFeedSilence * settings_.heartbeat},
                           settings_.key)});
  }
  next_beat_ = steady_clock::now() + settings_.heartbeat;
  return producer_->publish(messages);
}

}  // namespace z5::feed
