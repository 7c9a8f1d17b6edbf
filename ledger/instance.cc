// SPDX-License-Identifier: Apache-2.0
#include "ledger/instance.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <random>

#include "ledger/carrier.h"
#include "ledger/http/client.h"
#include "ledger/log/kafka/topics.h"
#include "ledger/serve.h"
#include "ledger/topic_intake.h"

namespace z5::ledger {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);

void wait_for(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

// Between two tenures: two writers that came back at once would fence each other for ever.
std::chrono::milliseconds back_off() {
  std::random_device random;
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(1'500, 4'000)(random));
}

std::string address_of(const Config& config, std::uint16_t port) {
  if (!config.url.empty()) return config.url;
  const Listen& listen = config.ledger_listen;
  const bool v6 = listen.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", listen.tls_certificate.empty() ? "http" : "https",
                     v6 ? "[" : "", listen.address, v6 ? "]" : "", port);
}

// Waiting may mend it.
bool passes(const Error& error) {
  return error.code == ErrorCode::Unavailable || error.code == ErrorCode::Conflict;
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::open(const std::string& path) {
  const Home home(path);
  Z5_TRY(Config config, load_config(home));
  std::unique_ptr<Instance> instance(new Instance(home, std::move(config)));
  Z5_TRY(instance->log_, http::ServiceLog::open("z5-ledger", home.log_file("ledger")));
  Z5_TRY(instance->tokens_, http::Tokens::open(home.tokens()));
  if (may_reopen(instance->config_)) {
    // Said here, before anybody waits for an election that cannot come.
    Z5_CHECK(kafka::check_topics(instance->config_.kafka, instance->config_.ledger));
  }
  Z5_CHECK(instance->listen());
  return instance;
}

Instance::~Instance() {
  if (server_) server_->stop();
}

Status Instance::listen() {
  const Office office{.desk = [this]() -> std::shared_ptr<const Desk> {
                        const std::lock_guard lock(mutex_);
                        if (!tenure_) return nullptr;
                        return {tenure_, &tenure_->desk()};
                      },
                      .leader =
                          [this] {
                            const std::lock_guard lock(mutex_);
                            return leader_;
                          }};
  Z5_TRY(server_,
         ledger::serve({home_, config_.ledger_listen, "ledger", http::authenticate_with(tokens_),
                        [this] { return ready(); }, *log_},
                       make_routes(office, *log_)));
  address_ = address_of(config_, server_->port());
  return Done{};
}

Status Instance::ready() const {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  if (tenure_) {
    if (const auto why = tenure_->desk().writer.ended()) return unavailable(*why);
    return Done{};
  }
  if (!leader_.empty()) return unavailable(std::string(kStandby) + standby_reason(leader_));
  return unavailable(standby_reason("") + (trouble_.empty() ? "" : ": " + trouble_));
}

void Instance::seat(std::shared_ptr<Tenure> tenure) {
  const std::lock_guard lock(mutex_);
  tenure_.swap(tenure);  // the old one, if it is the last, ends outside of the lock
  leader_.clear();
}

void Instance::note(const std::string& leader, const std::string& trouble) {
  const std::lock_guard lock(mutex_);
  // Our own name is a group that has not noticed yet.
  leader_ = leader == address_ || !http::parse_url(leader).ok() ? "" : leader;
  trouble_ = trouble;
}

Status Instance::run(const std::stop_token& stop) {
  const Status ended = serve_until(stop);
  if (ended.ok()) {
    log_->info("stopped");
  } else {
    log_->error("the ledger ended", {{"why", ended.error().message}});
    const std::lock_guard lock(mutex_);
    failure_ = ended.error();
  }
  remove_running(home_, "ledger");
  return ended;
}

Status Instance::serve_until(const std::stop_token& stop) {
  if (may_reopen(config_)) return stand_for_election(stop);
  Z5_TRY(const End end, hold_office(nullptr, stop));
  return end == End::Stopped ? Status(Done{}) : corrupt("the writer ended: " + trouble_);
}

Status Instance::stand_for_election(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Z5_TRY(auto group, kafka::ConsumerGroup::join(config_.kafka, config_.ledger, address_));
    stand_by(*group, stop);
    if (stop.stop_requested()) break;
    log_->info("elected", {{"address", address_}});
    const auto end = hold_office(group.get(), stop);
    if (end.ok() && *end == End::Stopped) return Done{};
    if (!end.ok() && !passes(end.error())) return end.error();
    if (!end.ok()) {
      log_->warning("could not begin to write", {{"why", end.error().message}});
      note("", end.error().message);
    }
    group.reset();  // whoever can write is elected
    wait_for(stop, back_off());
  }
  return Done{};
}

// Until this instance is elected.
void Instance::stand_by(kafka::ConsumerGroup& group, const std::stop_token& stop) {
  auto asked = std::chrono::steady_clock::time_point{};
  while (!stop.stop_requested()) {
    group.wait(kPoll);
    if (group.elected()) return;
    if (std::chrono::steady_clock::now() - asked < limits::kElectionAsk) continue;
    asked = std::chrono::steady_clock::now();
    note(group.leader(), group.trouble());
  }
}

Result<Instance::End> Instance::hold_office(kafka::ConsumerGroup* group,
                                            const std::stop_token& stop) {
  Z5_TRY(const auto tenure, Tenure::begin(home_, config_, *log_));
  seat(tenure);
  log_->info("ready", {{"port", server_->port()}});
  const Status written = write(group, tenure->desk(), stop);
  if (stop.stop_requested()) server_->stop();  // what is in hand is still answered
  seat(nullptr);
  tenure->end();
  if (written.ok()) return End::Stopped;
  log_->error("the writer ended", {{"why", written.error().message}});
  note("", written.error().message);
  return End::SteppedDown;
}

Status Instance::write(kafka::ConsumerGroup* group, const Desk& desk, const std::stop_token& stop) {
  std::unique_ptr<TopicIntake> topic;
  if (group != nullptr) {
    Z5_TRY(topic, TopicIntake::open(config_, *group, desk));
  }
  while (!stop.stop_requested()) {
    if (const auto why = desk.writer.ended()) return unavailable(*why);
    if (!topic) {
      wait_for(stop, kPoll);
      continue;
    }
    Z5_CHECK(topic->serve(kPoll));
    if (!group->elected()) return unavailable("Kafka gave the ledger to another instance");
  }
  return Done{};
}

}  // namespace z5::ledger
