// SPDX-License-Identifier: Apache-2.0
#include "projections/follower.h"

#include <fmt/format.h>

#include "ledger/chain/checkpoint.h"
#include "schemas/limits.h"

namespace z5::projections {
namespace {

std::string place(const chain::Head& head) {
  return fmt::format("{} entries with root {}", head.size(), head.tree.root().text());
}

}  // namespace

Follower::Follower(Store& store, Settings settings)
    : store_(store), settings_(std::move(settings)), projection_(store, settings_.signatures) {}

Status Follower::connect() {
  const chain::Head& head = projection_.head();
  const chain::Head& from = head.size() == 0 ? head : projection_.before();
  // Read before the log: what it covers must be in the log.
  std::optional<std::string> note;
  if (!settings_.checkpoint_file.empty()) {
    Z5_TRY(note, chain::read_checkpoint_file(settings_.checkpoint_file));
  }
  Z5_TRY(auto reader, settings_.open_log(from.position()));
  auto log = std::make_unique<chain::ChainReader>(std::move(reader), from);
  if (note) {
    // A note that does not verify was caught half overwritten, or is signed by a key that comes
    // later.
    const auto kept = chain::verify_checkpoint(*note, head.trust);
    if (kept.ok() && kept->size > from.size()) Z5_CHECK(log->verifier().expect(*kept));
  }
  if (head.size() > 0) {
    const auto again = log->next(limits::kLogRetry);
    if (!again.ok() && again.error().code == ErrorCode::Unavailable) return again.error();
    if (!again.ok() || *again == nullptr || (*again)->head.size() != head.size() ||
        (*again)->head.last != head.last) {
      return corrupt(
          fmt::format("store {}: stands at {}, but the log is another one, or shorter: {}",
                      settings_.state, place(head),
                      !again.ok()         ? again.error().message
                      : *again == nullptr ? fmt::format("it ends before entry {}", head.size() - 1)
                                          : "it has " + place((*again)->head)));
    }
  }
  log_ = std::make_unique<ReadAhead>(std::move(log));
  return Done{};
}

Result<Follower::Step> Follower::step(std::chrono::milliseconds timeout) {
  if (!log_) Z5_CHECK(connect());
  const auto group = log_->next(projection_.empty() ? timeout : std::chrono::milliseconds(0));
  if (!group.ok()) {
    if (group.error().code != ErrorCode::Unavailable) return group.error();
    log_.reset();
    Z5_CHECK(flush());  // what came before shows, also where the next entry is held back
    return group.error();
  }
  if (*group) {
    Z5_CHECK(projection_.apply(**group));
    if (!projection_.full()) return Step::Gathered;
  }
  Z5_CHECK(flush());
  return !*group ? Step::CaughtUp : Step::Written;
}

Status Follower::flush() {
  Z5_CHECK(compare_checkpoint());
  if (projection_.empty() && checkpoint_.empty()) return Done{};
  const Status written = projection_.flush(checkpoint_);
  failed_ = !written.ok();
  if (written.ok()) checkpoint_.clear();
  return written;
}

// The ledger's own word for where it stands, where it is the same place as ours.
Status Follower::compare_checkpoint() {
  if (settings_.checkpoint_file.empty()) return Done{};
  Z5_TRY(const auto note, chain::read_checkpoint_file(settings_.checkpoint_file));
  if (!note || *note == note_) return Done{};
  const auto kept = chain::verify_checkpoint(*note, head().trust);
  if (!kept.ok() || kept->size != head().size())
    return Done{};  // half overwritten, older, or still to come
  if (kept->root != head().tree.root()) {
    return corrupt(fmt::format(
        "entry {}: the ledger's checkpoint has another root here: two histories", kept->size));
  }
  note_ = checkpoint_ = *note;
  return Done{};
}

}  // namespace z5::projections
