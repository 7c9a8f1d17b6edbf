// SPDX-License-Identifier: Apache-2.0
// One of the two paths of Z5, told from top to bottom: what happens to commands between the queue
// and the answer.
#include "ledger/write_path.h"

#include <fmt/format.h>

#include "ledger/gate/fold.h"
#include "ledger/gate/named_documents.h"

namespace z5::ledger {
namespace {

constexpr std::size_t kRecentGroups =
    256;  // whose receipts can be made again without reading the log
constexpr std::size_t kGroupCommands =
    limits::kMaxGroup / 4;  // leaves room for companions and derived events
constexpr std::size_t kGroupBytes = limits::kMaxGroupBytes / 2;

std::size_t bytes_of(const Prepared& command) {
  std::size_t bytes = command.evidenced.added_bytes();
  for (const Bytes& bundle : command.authentic.bundles()) bytes += bundle.size();
  return bytes;
}

// Companions name the event that they follow, whose sequence is known only now.
void set_cause(fb::EventUnion& companion, std::uint64_t sequence) {
  if (auto* release = companion.AsReleasePublished()) release->cause = sequence;
  if (auto* incident = companion.AsIncidentOpened()) incident->cause = sequence;
  if (auto* hold = companion.AsVersionQuarantined()) hold->cause = sequence;
}

Time remember_since(const Clock& clock) {
  return clock.wall() - limits::kCommandLife - limits::kClockSkew - limits::kClockSkew;
}

}  // namespace

WritePath::WritePath(Settings settings, gate::Bundles& bundles, const log::EvidenceStore& store)
    : settings_(std::move(settings)),
      bundles_(bundles),
      store_(store),
      evidence_step_(state_, store, bundles),
      refusal_rate_(settings_.rates.refusals_per_minute, settings_.rates.refusal_burst) {}

Result<std::unique_ptr<WritePath>> WritePath::open(std::unique_ptr<log::Writer> log,
                                                   Settings settings, gate::Bundles& bundles,
                                                   const log::EvidenceStore& store) {
  std::unique_ptr<WritePath> path(new WritePath(std::move(settings), bundles, store));
  const Time since = remember_since(path->settings_.clock);
  Z5_TRY(path->appender_, chain::Appender::open(std::move(log), path->settings_.ledger,
                                                [&](const chain::VerifiedGroup& group) {
                                                  return gate::fold_group(path->state_, group,
                                                                          since, {});
                                                }));
  if (path->appender_->head().size() == 0)
    return invalid("ledger: has no genesis; z5 init makes one");
  if (path->state_.policies()->registry.is_zero())
    return invalid("ledger: its genesis activates no policy");
  path->clock_.emplace(path->settings_.clock, path->appender_->head().recorded_at);
  path->checkpoint_ = path->appender_->checkpoint();
  path->trust_ = path->appender_->trust();
  path->thread_ = std::thread([raw = path.get()] { raw->run(); });
  return path;
}

WritePath::~WritePath() { stop(); }

void WritePath::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string WritePath::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return checkpoint_;
}
std::optional<std::string> WritePath::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void WritePath::submit(Prepared command, Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && !ended_ && queue_.size() < settings_.queue) {
      queue_.push_back({std::move(command), std::move(reply)});
      reply = nullptr;
    }
  }
  if (reply)
    return reply(Outcome::no(Answer::Unavailable, "busy",
                             ended().value_or("the writer is stopping or has too much in hand")));
  arrived_.notify_one();
}

void WritePath::ask(std::function<void(const gate::State&, Result<Time>)> question) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && !ended_ && queue_.size() < settings_.queue) {
      queue_.push_back({std::move(question), nullptr});
      question = nullptr;
    }
  }
  if (question)
    return question(state_, unavailable("the writer is stopping or has too much in hand"));
  arrived_.notify_one();
}

void WritePath::run() {
  for (;;) {
    std::vector<Item> items;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      for (std::size_t bytes = 0;
           !queue_.empty() && items.size() < kGroupCommands && bytes < kGroupBytes;) {
        if (const Prepared* command = std::get_if<Prepared>(&queue_.front().work))
          bytes += bytes_of(*command);
        items.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    run_group(std::move(items));
  }
}

void WritePath::run_group(std::vector<Item> items) {
  std::vector<Answered> answers;
  Result<Time> now = clock_->open_group();
  Status open = ended()    ? Status(unavailable(*ended()))
                : now.ok() ? appender_->sealer().begin(*now)
                           : Status(now.error());
  if (open.ok()) open = append_due(*now);
  if (open.ok()) state_.forget(*now);
  for (Item& item : items) {
    if (auto* question =
            std::get_if<std::function<void(const gate::State&, Result<Time>)>>(&item.work)) {
      (*question)(state_, now);
      continue;
    }
    Outcome outcome = open.ok()
                          ? judge(std::get<Prepared>(item.work), *now)
                          : Outcome::no(Answer::Unavailable, "unavailable", open.error().message);
    answers.push_back({std::move(item.reply), std::move(outcome)});
  }
  if (open.ok()) commit_group(answers);
  for (Answered& answered : answers) answered.reply(std::move(answered.outcome));
}

// Everything between "somebody known signed this" and "it is decided".
Outcome WritePath::judge(Prepared& command, Time now) {
  const identity::Authentic& authentic = command.authentic;
  const identity::Command& asked = authentic.command();
  if (now >= asked.expires_at)
    return Outcome::no(Answer::Refused, "expired", "predicate.expires_at: has passed");
  if (!appender_->history().contains(asked.seen_size, asked.seen_root)) {
    return Outcome::no(Answer::Refused, "fork",
                       "predicate.seen: is not in this ledger's history; one of the two forked");
  }
  if (auto first = known(authentic)) return *first;
  if (auto no = authenticate_again(command, now)) return *no;
  if (const Status fresh = refresh(command); !fresh.ok()) {
    return Outcome::no(Answer::Unavailable, "unavailable", fresh.error().message);
  }
  auto decided = gate::decide({state_, authentic, command.evidenced, bundles_, now,
                               settings_.engine, settings_.dashboards_base});
  if (!decided.ok()) return record_refusal(command, decided.error(), now);
  if (asked.dry_run) {
    Outcome would = Outcome::yes(0);
    would.dry_run = true;
    return would;
  }
  return accept(command, std::move(*decided));
}

// A command that comes again has its first outcome; its id with another content is nobody's
// command.
std::optional<Outcome> WritePath::known(const identity::Authentic& authentic) const {
  const identity::Command& command = authentic.command();
  if (const gate::FirstOutcome* first =
          state_.first_outcome(authentic.author().id, command.command_id)) {
    if (first->payload != command.payload) {
      return Outcome::no(Answer::Conflict, "command-id-reused",
                         "predicate.command_id: was used for another command");
    }
    Outcome outcome = Outcome::yes(first->sequence);
    outcome.entry_hash = first->entry_hash;
    for (const auto& group : recent_) {
      if (group->holds(first->sequence)) outcome.receipts = group;
    }
    return outcome;
  }
  if (const gate::FirstRefusal* first = state_.first_refusal(command.payload)) {
    return Outcome::no(Answer::Refused, first->rule,
                       "this command was refused before; sign a new one");
  }
  return std::nullopt;
}

// An identity was believed under the roots of a snapshot; where they changed since, it is asked
// again. (Whether it may still speak now is among the gate's first questions.)
std::optional<Outcome> WritePath::authenticate_again(Prepared& command, Time now) const {
  const auto trust = state_.trust();
  if (!command.authentic.keyless() || command.authentic.trust_version() == trust->version())
    return std::nullopt;
  const identity::Authenticator authenticator(state_.name(), state_.actors(), trust);
  auto again = authenticator.authenticate(command.authentic.bundles(), now);
  if (!again.ok())
    return Outcome::no(Answer::Refused, again.error().refusal.rule, again.error().refusal.reason);
  command.authentic = *std::move(again);
  return std::nullopt;
}

// Evidence was examined on snapshots; where trust or the version changed since, it is examined
// again, here.
Status WritePath::refresh(Prepared& command) const {
  if (command.evidenced.documents().empty()) return Done{};
  const auto version = state_.version(command.authentic.command().ref);
  const std::uint64_t changed = version ? version->changed : 0;
  if (command.evidenced.actors_version() == state_.actors()->version() &&
      command.evidenced.trust_version() == state_.trust()->version() &&
      command.evidenced.version_changed() == changed) {
    return Done{};
  }
  Z5_TRY(auto evidenced, evidence_step_.run(command.authentic, command.attachments));
  if (!evidenced.ok()) return unavailable(evidenced.error().reason);  // it was there a moment ago
  command.evidenced = std::move(*evidenced);
  return Done{};
}

Result<std::uint64_t> WritePath::append(Entry& entry, const identity::Authentic* authentic) {
  std::vector<log::SignedCommand> commands;
  if (authentic != nullptr) {
    for (const Bytes& bundle : authentic->bundles())
      commands.push_back({log::Encoding::Clear, bundle});
  }
  Z5_TRY(const std::vector<Digest> documents, gate::named_documents(entry, store_));
  Z5_TRY(const std::uint64_t sequence, appender_->sealer().add(entry, commands));
  appender_->sealer().carry(documents);
  const identity::Command* command = authentic != nullptr ? &authentic->command() : nullptr;
  std::optional<gate::CommandIdentity> identity;
  if (command != nullptr) {
    identity = {authentic->author().id, command->command_id, command->payload, command->expires_at};
  }
  const Status applied =
      state_.apply(entry, identity ? &*identity : nullptr, gate::carried_document(command));
  Z5_ASSERT(applied.ok());  // decide() made an event that cannot follow
  return sequence;
}

Status WritePath::append_due(Time now) {
  for (fb::EventUnion& event : state_.due(now)) {
    Entry entry;
    entry.decision = std::make_unique<fb::DecisionT>();
    entry.event = std::move(event);
    Z5_TRY([[maybe_unused]] const std::uint64_t sequence, append(entry, nullptr));
  }
  return Done{};
}

Outcome WritePath::accept(const Prepared& command, gate::Decided decided) {
  std::vector<std::string_view> artefacts(decided.artefacts().begin(), decided.artefacts().end());
  if (!artefacts.empty()) {
    if (const auto stored = store_.put(artefacts); !stored.ok()) {
      return Outcome::no(Answer::Unavailable, "unavailable", stored.error().message);
    }
  }
  Outcome outcome = Outcome::yes(0);
  for (std::size_t i = 0; i < decided.events().size(); ++i) {
    Entry entry;
    entry.actor = command.authentic.author().id;
    entry.decision = std::make_unique<fb::DecisionT>(decided.decision(i));
    entry.event = decided.events()[i];
    if (i > 0) set_cause(entry.event, outcome.sequence);
    const auto sequence = append(entry, i == 0 ? &command.authentic : nullptr);
    if (!sequence.ok())
      return Outcome::no(Answer::Unavailable, "unavailable", sequence.error().message);
    if (i == 0) outcome.sequence = *sequence;
  }
  return outcome;
}

// The caller always hears why; the ledger hears it as often as the actor's rate allows.
Outcome WritePath::record_refusal(const Prepared& command, gate::Refused refused, Time now) {
  Outcome outcome;
  outcome.answer = refused.conflict ? Answer::Conflict : Answer::Refused;
  outcome.refusals = std::move(refused.refusals);
  const identity::Command& asked = command.authentic.command();
  const std::string& actor = command.authentic.author().id;
  if (asked.dry_run) {
    outcome.dry_run = true;
    return outcome;
  }
  auto& [suppressed, since] = suppressed_[actor];
  if (!refusal_rate_.take(actor, now)) {
    if (suppressed++ == 0) since = now;
    return outcome;
  }
  if (suppressed > 0) {
    fb::RefusalsSuppressedT event;
    event.actor = actor;
    event.count = std::exchange(suppressed, 0);
    event.since = since.ns;
    Entry entry;
    entry.decision = std::make_unique<fb::DecisionT>();
    entry.event.Set(std::move(event));
    if (!append(entry, nullptr).ok()) return outcome;
  }
  fb::CommandRefusedT event;
  event.kind = identity::kind_text(asked.kind);
  event.payload = asked.payload;
  event.rule = outcome.refusals.front().rule;
  event.ref = asked.ref;
  Entry entry;
  entry.actor = actor;
  entry.decision = std::make_unique<fb::DecisionT>(std::move(refused.decision));
  entry.event.Set(std::move(event));
  if (encode_entry(entry).size() > limits::kMaxRefusedEntry) entry.decision->rules.clear();
  if (encode_entry(entry).size() > limits::kMaxRefusedEntry)
    entry.event.AsCommandRefused()->ref.clear();
  static_cast<void>(
      append(entry, nullptr));  // a full group records no more refusals; the caller still hears
  return outcome;
}

// Durable first, answers after: what is not durable is not accepted.
void WritePath::commit_group(std::vector<Answered>& answers) {
  if (appender_->sealer().entries() == 0) return appender_->sealer().discard();
  auto committed = appender_->commit();
  if (committed.ok()) {
    auto receipts = std::make_shared<const chain::Receipts>(std::move(*committed));
    const chain::Committed& group = receipts->group();
    for (Answered& answered : answers) {
      Outcome& outcome = answered.outcome;
      if (outcome.answer != Answer::Accepted || outcome.dry_run || outcome.receipts ||
          !receipts->holds(outcome.sequence))
        continue;
      outcome.entry_hash = group.hashes[outcome.sequence - group.first];
      outcome.receipts = receipts;
    }
    state_.note_hashes(group.first, group.hashes);
    recent_.push_back(receipts);
    if (recent_.size() > kRecentGroups) recent_.pop_front();
    const std::lock_guard lock(mutex_);
    checkpoint_ = group.checkpoint;
    return;
  }
  for (Answered& answered : answers) {
    if (answered.outcome.answer == Answer::Accepted) {
      answered.outcome = Outcome::no(Answer::Unavailable, "unavailable", committed.error().message);
    }
  }
  // The fold is ahead of the log now. Nothing changed there: fold again. Unknown: whoever is writer
  // next does.
  if (committed.error().code != ErrorCode::Unavailable) return end(committed.error().message);
  if (const Status folded = fold_again(); !folded.ok()) end(folded.error().message);
}

Status WritePath::fold_again() {
  gate::State fresh;
  Z5_TRY(auto reader, settings_.open_reader());
  chain::Trust trust = settings_.ledger.trust;
  chain::ChainReader groups(std::move(reader), chain::empty_head(std::move(trust)));
  while (groups.head().size() < appender_->head().size()) {
    Z5_TRY(const chain::VerifiedGroup* group, groups.next(limits::kReadYourWrite));
    if (group == nullptr) return unavailable("the log cannot be read back");
    Z5_CHECK(gate::fold_group(fresh, *group, remember_since(settings_.clock), {}));
  }
  state_.replace(std::move(fresh));
  return Done{};
}

void WritePath::end(std::string why) {
  const std::lock_guard lock(mutex_);
  ended_ = std::move(why);
}

}  // namespace z5::ledger
