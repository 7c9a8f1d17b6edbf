// SPDX-License-Identifier: Apache-2.0
#include "ledger/chain/appender.h"

#include <fmt/format.h>

#include <algorithm>

namespace z5::chain {
namespace {

using std::chrono_literals::operator""ms;

bool signs_for(const keys::PrivateKey& key, const Head& head) {
  return std::ranges::any_of(head.trust.keys, [&](const LedgerKey& known) {
    return known.holds(head.size() + 1) && known.key == key.public_key();
  });
}

}  // namespace

Receipts::Receipts(Committed group)
    : group_(std::move(group)), tree_(group_.before, group_.hashes) {}

Receipt Receipts::receipt(std::uint64_t sequence) const {
  Z5_ASSERT(holds(sequence));
  const std::uint64_t size = group_.before.size() + group_.hashes.size();
  auto proof = inclusion_proof(sequence, size, [this](std::uint64_t begin, std::uint64_t end) {
    return tree_.subtree(begin, end);
  });
  Z5_ASSERT(proof.ok());  // all that it asks for is at hand
  return {sequence, std::move(*proof), group_.checkpoint};
}

Appender::Appender(std::unique_ptr<log::Writer> log, Sealer sealer, History history,
                   std::string checkpoint_path)
    : log_(std::move(log)), sealer_(std::move(sealer)), history_(std::move(history)) {
  if (!checkpoint_path.empty()) checkpoint_file_.emplace(std::move(checkpoint_path));
}

Result<std::unique_ptr<Appender>> Appender::open(std::unique_ptr<log::Writer> log,
                                                 Settings settings, OnGroup on_group) {
  Z5_TRY(auto tail, log->tail({}));
  ChainReader reader(std::move(tail), empty_head(settings.trust));
  if (!settings.checkpoint_path.empty()) {
    Z5_TRY(const auto note, read_checkpoint_file(settings.checkpoint_path));
    if (note) {
      const auto kept = parse_checkpoint_note(*note);
      if (!kept.ok()) return corrupt(settings.checkpoint_path + ": " + kept.error().message);
      Z5_CHECK(reader.verifier().expect(*kept));
    }
  }
  History history;
  history.set_genesis(settings.trust.genesis);
  for (;;) {
    Z5_TRY(const VerifiedGroup* group, reader.next(0ms));
    if (group == nullptr) break;
    history.add(group->head.size(), group->head.tree.root());
    if (on_group) Z5_CHECK(on_group(*group));
  }
  Z5_CHECK(reader.verifier().reached_expected());
  const Head& head = reader.head();
  if (!signs_for(settings.key, head))
    return invalid("ledger key: not one that trust.json holds for the next size");
  Z5_CHECK(log->begin(head.position()));
  std::unique_ptr<Appender> appender(
      new Appender(std::move(log), Sealer(head, head.epoch + 1, std::move(settings.key)),
                   std::move(history), std::move(settings.checkpoint_path)));
  if (head.size() > 0) Z5_CHECK(appender->publish());
  return appender;
}

// The checkpoint of what is durable. A file that cannot be replaced now is not worth the ledger: it
// only repeats what the log proves, and the next commit writes it again.
Status Appender::publish() {
  checkpoint_ = sealer_.sign_head();
  return checkpoint_file_ ? checkpoint_file_->write(checkpoint_) : Status(Done{});
}

Result<Committed> Appender::commit() {
  if (!ended_.empty()) return corrupt(ended_);
  const auto end = log_->append(sealer_.seal());
  if (!end.ok() && end.error().unknown) {
    ended_ = "the writer ended: " + end.error().reason +
             "; the outcome is unknown until the log is read again";
    return corrupt(ended_);
  }
  if (!end.ok()) {
    sealer_.discard();
    return unavailable(end.error().reason);
  }
  sealer_.committed(*end);
  if (sealer_.tree_before().size() == 0) history_.set_genesis(sealer_.head().trust.genesis);
  history_.add(head().size(), head().tree.root());
  static_cast<void>(publish());
  const auto hashes = sealer_.group_hashes();
  return Committed{sealer_.tree_before().size(),
                   {hashes.begin(), hashes.end()},
                   sealer_.tree_before(),
                   checkpoint_};
}

}  // namespace z5::chain
