// SPDX-License-Identifier: Apache-2.0
// What the writer's recovery needs of the reader. Not for use outside this folder (kafka_log.h is
// the door).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ledger/log/evidence_store.h"
#include "ledger/log/kafka/client.h"
#include "ledger/log/log.h"

namespace z5::kafka {

// Where a topic ended when it was asked about, once all before it was committed or aborted: an end
// of a transaction shows a little after its commit was acknowledged. `open`: a transaction did not
// end within limits::kKafkaStable; `end` is where it begins. `all`: a read_uncommitted consumer.
// Unavailable: no broker answers.
struct Settled {
  std::uint64_t low, end;
  bool open;
};
Result<Settled> settle(Client& committed, Client& all, const std::string& topic);

// How far a reader with an end has come; shared with the writer that recovers through it.
struct Progress {
  log::Position position;
  bool ended = false;
};

struct ReaderSettings {
  std::string ledger;
  log::Position from;
  std::optional<log::EvidenceStore> evidence;  // nullopt: entries come without their documents
  bool to_end = false;                         // follow otherwise
  std::optional<std::uint64_t> end = {};       // to_end: this offset; nullopt: as settle() says
  std::shared_ptr<Progress> progress = {};
};
Result<std::unique_ptr<log::Reader>> open_reader(const Cluster& cluster, ReaderSettings settings);

}  // namespace z5::kafka
