// SPDX-License-Identifier: Apache-2.0
#include "consumers/feed/feed.h"

#include <random>

#include "schemas/limits.h"

namespace z5::feed {

using std::chrono::steady_clock;

Feed::Feed(Settings settings, http::ServiceLog& log)
    : settings_(std::move(settings)), log_(log), thread_([this] { run(); }) {}

Feed::~Feed() { stop(); }

void Feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Feed::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}
std::optional<Error> Feed::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}
Feed::Figures Feed::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

bool Feed::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopping_; });
}

void Feed::say(Status ready) {
  const std::lock_guard lock(mutex_);
  ready_ = std::move(ready);
}

void Feed::run() {
  while (wait(std::chrono::milliseconds(0))) {
    const Status lived = live();
    if (lived.ok()) return;  // told to stop
    const Error& why = lived.error();
    say(why);
    if (why.code == ErrorCode::Corrupt || why.code == ErrorCode::Invalid) {
      const std::lock_guard lock(mutex_);
      ended_ = why;
      return;
    }
    log_.warning("the session ended", {{"why", why.message}});
    if (why.code == ErrorCode::Conflict) {
      stand_by();
    } else {
      wait(limits::kLogRetry);
    }
  }
}

Status Feed::live() {
  Z5_TRY(const auto session, Session::begin(settings_));
  Figures begun = figures();
  ++begun.sessions;
  while (wait(std::chrono::milliseconds(0))) {
    Z5_CHECK(session->step());
    const std::lock_guard lock(mutex_);
    ready_ = session->ready();
    figures_ = begun;
    figures_.size = session->size();
    for (const Stream stream : kStreams) figures_.told[index_of(stream)] += session->told(stream);
  }
  return Done{};
}

// Two that came back at once would fence each other for ever, so the one that lost waits until
// nobody writes any more.
void Feed::stand_by() {
  std::random_device random;
  if (!wait(std::chrono::milliseconds(std::uniform_int_distribution<int>(1'500, 4'000)(random))))
    return;
  say(unavailable("standing by: another feed of this ledger is at work"));
  const auto topics = topics_of(settings_.ledger);
  std::vector<std::uint64_t> ends;
  for (auto since = steady_clock::now();
       steady_clock::now() - since < limits::kFeedSilence * settings_.heartbeat;) {
    const auto now = kafka::stream_ends(settings_.cluster, topics);
    if (!now.ok() || *now != ends) since = steady_clock::now();
    if (now.ok()) ends = *now;
    if (!wait(settings_.heartbeat / 2)) return;
  }
  log_.info("the other feed is silent: taking over");
}

}  // namespace z5::feed
