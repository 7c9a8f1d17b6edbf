// SPDX-License-Identifier: Apache-2.0
// Ledgers for benches to read.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/world.h"

namespace z5::bench {

// Appends signed annotate commands of `versions` versions to the world's ledger, as fast as it
// takes them.
void annotate(support::World& world, std::size_t versions, std::size_t commands);

// Requests as `annotate` sends them, signed on all cores.
std::vector<std::string> sign_annotations(support::World& world, std::size_t versions,
                                          std::size_t count);

// A ledger of `entries` bodies of about 1 KiB that only the chain is about; what verifiers pin.
chain::Trust write_raw_ledger(const std::string& folder, std::size_t entries);
Bytes body_of_1k();
// A new ledger that holds its LedgerOpened only.
std::unique_ptr<chain::Appender> open_raw_ledger(std::unique_ptr<log::Writer> log,
                                                 const std::string& checkpoint,
                                                 const keys::PrivateKey& key);
// Appends groups of `group` such bodies until there are `entries`.
void fill(chain::Appender& appender, std::size_t entries, std::size_t group);

// How many may be outstanding.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}
  void take();
  void give();

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
};

support::WorldOptions fast_world();

}  // namespace z5::bench
