// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/ledgers.h"

#include <fmt/format.h>

#include <cstdio>
#include <thread>

#include "tests/bench/bench.h"

namespace z5::bench {
namespace {

std::string ref_of(std::size_t version) { return fmt::format("acme/credit:{}", version); }

}  // namespace

void Slots::take() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return free_ > 0; });
  --free_;
}
void Slots::give() {
  const std::lock_guard lock(mutex_);
  ++free_;
  freed_.notify_one();
}

support::WorldOptions fast_world() {
  support::WorldOptions options;
  options.real_clock = true;
  options.rates.commands_per_minute = 1u << 30;
  return options;
}

std::vector<std::string> sign_annotations(support::World& world, std::size_t versions,
                                          std::size_t count) {
  std::vector<std::string> requests(count);
  std::vector<std::thread> threads;
  const Digest model = world.model().digest();
  for (unsigned t = 0; t < cores(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < count; i += cores()) {
        identity::Command command = world.command(identity::Kind::Annotate, ref_of(i % versions),
                                                  model, {{"tags", {{"step", std::to_string(i)}}}});
        command.expires_at = command.issued_at + std::chrono::hours(20);
        requests[i] = ledger::write_request(world.sign(command, "ci"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return requests;
}

void annotate(support::World& world, std::size_t versions, std::size_t commands) {
  for (std::size_t i = 0; i < versions; ++i) {
    Z5_ASSERT(world.submit(ref_of(i)).answer == ledger::Answer::Accepted);
  }
  constexpr std::size_t kOutstanding = 512;
  Slots slots(kOutstanding);
  for (const std::string& request : sign_annotations(world, versions, commands)) {
    slots.take();
    world.intake().take(request, [&](const ledger::Outcome& outcome) {
      Z5_ASSERT(outcome.answer == ledger::Answer::Accepted);
      slots.give();
    });
  }
  for (std::size_t i = 0; i < kOutstanding; ++i) slots.take();
}

Bytes body_of_1k() {
  Entry entry;
  entry.ledger = entry.previous = entry.command_digest = sha256("x");
  entry.sequence = entry.writer_epoch = 1;
  entry.recorded_at = 1;
  entry.actor = "bench";
  fb::VersionSubmittedT event;
  event.ref = "acme/credit:1.0";
  for (int i = 0; i < 10; ++i) {
    auto document = std::make_unique<fb::DocumentT>();
    document->kind = "attestation";
    document->digest = sha256(std::to_string(i));
    event.documents.push_back(std::move(document));
  }
  entry.event.Set(std::move(event));
  return encode_entry(entry);
}

std::unique_ptr<chain::Appender> open_raw_ledger(std::unique_ptr<log::Writer> log,
                                                 const std::string& checkpoint,
                                                 const keys::PrivateKey& key) {
  const chain::Trust trust{
      .origin = "z5.local/bench", .genesis = {}, .keys = {{key.public_key(), 0, {}}}};
  auto appender =
      chain::Appender::open(std::move(log), {trust, key, checkpoint},
                            [](const chain::VerifiedGroup&) -> Status { return Done{}; });
  Z5_ASSERT(appender.ok());
  fb::LedgerOpenedT opened;
  opened.origin = trust.origin;
  opened.id = "bench";
  opened.key.assign(key.public_key().spki().begin(), key.public_key().spki().end());
  opened.admin_threshold = opened.recovery_threshold = 1;
  Entry entry;
  entry.event.Set(std::move(opened));
  chain::Sealer& sealer = (*appender)->sealer();
  Z5_ASSERT(sealer.begin(ledger::machine_clock().wall()).ok() && sealer.add(entry, {}).ok());
  Z5_ASSERT((*appender)->commit().ok());
  return std::move(*appender);
}

void fill(chain::Appender& appender, std::size_t entries, std::size_t group) {
  Bytes body = body_of_1k();
  for (std::size_t done = 0; done < entries; done += group) {
    chain::Sealer& sealer = appender.sealer();
    Z5_ASSERT(sealer.begin(ledger::machine_clock().wall()).ok());
    for (std::size_t i = 0; i < group; ++i) Z5_ASSERT(sealer.add(body, Digest{}, {}).ok());
    const auto committed = appender.commit();
    if (!committed.ok()) std::fprintf(stderr, "z5-bench: %s\n", committed.error().message.c_str());
    Z5_ASSERT(committed.ok());
  }
}

chain::Trust write_raw_ledger(const std::string& folder, std::size_t entries) {
  auto appender = open_raw_ledger(std::move(*log::open_file_writer(folder)), folder + "/checkpoint",
                                  keys::PrivateKey::generate(keys::Algorithm::Ed25519));
  fill(*appender, entries, 512);
  return appender->trust();
}

}  // namespace z5::bench
