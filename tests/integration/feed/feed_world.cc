// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/feed/feed_world.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "consumers/feed/session.h"
#include "consumers/feed/source.h"
#include "ledger/identity/enrollment.h"
#include "ledger/log/file_reader.h"

namespace z5::feed {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;
using gate::sample::key_of;

// Enrols keys/feed as `z5 init` does it.
void enroll_feed(gate::sample::GovernedLedger& ledger) {
  fb::ActorEnrolledT event = gate::sample::enrolled("feed", "", fb::KeyUse::Service, {});
  const Json object = identity::write_enrollment(event);
  auto draft =
      ledger.signed_as(identity::Kind::EnrollActor, "alice", "",
                       key_of("feed").public_key().digest(), {{"actor", object}}, {"bob", "feed"});
  event.enrolled_by = {"alice", "bob"};
  draft.entry.event.Set(std::move(event));
  ledger.append(std::move(draft));
}

}  // namespace

Process::Process(const std::string& home) {
  const std::string program =
      (fs::read_symlink("/proc/self/exe").parent_path() / "z5-feed").string();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open((home + "/stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 2);
    ::execl(program.c_str(), "z5-feed", "--home", home.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  Z5_ASSERT(pid_ > 0);
}

void Process::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Process::stop() { ::kill(pid_, SIGTERM); }

std::optional<int> Process::exit_within(std::chrono::seconds timeout) {
  for (const auto deadline = std::chrono::steady_clock::now() + timeout;
       std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(50ms)) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) continue;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }
  return std::nullopt;
}

World::World(std::string user, int heartbeat)
    : user_(std::move(user)),
      heartbeat_(heartbeat),
      ledger_(std::make_unique<gate::sample::GovernedLedger>(home() + "/ledger")) {
  if (user_ == "feed") Z5_ASSERT(kafka::broker("grant " + id_) == 0);
  enroll_feed(*ledger_);
  write_home(home());
}

void World::write_home(const std::string& home) const {
  const kafka::Cluster cluster = kafka::cluster_of("reader");
  fs::create_directories(home + "/keys");
  chain::sample::write_file(home + "/trust.json", chain::to_json(trust()));
  chain::sample::write_file(home + "/keys/feed.key", key_of("feed").pem());
  ::chmod((home + "/keys/feed.key").c_str(), 0600);
  chain::sample::write_file(home + "/keys/feed.pub", key_of("feed").public_key().pem());
  chain::sample::write_file(
      home + "/config.toml",
      fmt::format(
          "[ledger]\nid = \"{}\"\norigin = \"{}\"\nlog = \"file\"\n[kafka]\nbrokers = \"{}\"\n"
          "security_protocol = \"sasl_plaintext\"\nsasl_mechanism = \"PLAIN\"\n"
          "sasl_username = \"reader\"\nsasl_password_file = \"{}\"\n"
          "[feed]\nport = 0\nheartbeat_seconds = {}\nsasl_username = \"{}\"\n"
          "sasl_password_file = \"{}\"\n",
          id_, trust().origin, cluster.brokers, cluster.sasl_password_file, heartbeat_, user_,
          kafka::cluster_of(user_).sasl_password_file));
}

std::string World::second_home() {
  write_home(second_.path());
  fs::create_directory_symlink(home() + "/ledger", second_.path() + "/ledger");
  return second_.path();
}

std::string World::topic(Stream stream) const { return topics_of(id_)[index_of(stream)]; }

void World::live() {
  const std::string ref = fmt::format("acme/credit:{}", lives_++);
  ledger_->promote_all_the_way(ref);
  ledger_->append(ledger_->quarantine(ref, ledger_->now() + std::chrono::hours(1)));
  ledger_->append(ledger_->lift(ref));
  ledger_->append(ledger_->revoke(ref));
}

void World::start_load() {
  loading_ = true;
  load_ = std::thread([this] {
    while (loading_) {
      live();
      std::this_thread::sleep_for(20ms);
    }
  });
}

void World::stop_load() {
  loading_ = false;
  load_.join();
}

World::Events World::expected(Stream stream) const {
  auto reader = log::open_file_reader(home() + "/ledger", {});
  Z5_ASSERT(reader.ok());
  Source source(std::move(*reader), trust());
  Events events;
  for (;;) {
    const auto group = source.next(0ms);
    Z5_ASSERT(group.ok());
    if (*group == nullptr) return events;
    for (const Told& told : (*group)->told) {
      if (told.stream == stream || stream == Stream::Soc)
        events.emplace_back(told.sequence, told.hash);
    }
  }
}

std::vector<kafka::StreamRecord> World::records(Stream stream) const {
  const std::vector<std::string> topics{topic(stream)};
  const kafka::Cluster reader = kafka::cluster_of("reader");
  for (int tries = 0;; ++tries) {
    const auto ends = kafka::stream_ends(reader, topics);
    auto tail = ends.ok() ? kafka::read_tail(reader, topics[0], ends->front(), ends->front() + 1)
                          : Result<kafka::Tail>(ends.error());
    if (tail.ok()) return std::move(tail->records);
    std::fprintf(stderr, "%s\n", tail.error().message.c_str());
    Z5_ASSERT(tries < 10 && tail.error().code == ErrorCode::Unavailable);  // a busy machine
  }
}

World::Events World::found(Stream stream) const {
  Events events;
  for (const kafka::StreamRecord& record : records(stream)) {
    if (record.message.header("ce_type") == kHeartbeatType) continue;
    const auto claim = read_event(name(), stream, record.message);
    Z5_ASSERT(claim.ok());
    Z5_ASSERT(claim->previous ==
              (events.empty() ? std::nullopt : std::optional(events.back().first)));
    events.emplace_back(claim->sequence, claim->hash);
  }
  return events;
}

std::string World::wait_until_told(std::chrono::seconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (const Stream stream : kStreams) {
    const Events wanted = expected(stream);
    Events got = found(stream);
    while (got.size() < wanted.size() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(200ms);
      got = found(stream);
    }
    if (got != wanted)
      return fmt::format("{}: {} of {} events", stream_name(stream), got.size(), wanted.size());
  }
  return "";
}

bool World::wait_for_heartbeats(std::chrono::seconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (const Stream stream : kStreams) {
    for (auto all = records(stream);
         all.empty() || all.back().message.header("ce_type") != kHeartbeatType;
         all = records(stream)) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(200ms);
    }
  }
  return true;
}

}  // namespace z5::feed
